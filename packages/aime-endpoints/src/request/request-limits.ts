/** What one request may ask for. */
export interface RequestLimits {
  /** Bytes of one medium, after base64. Default 75,000,000, what a body of the dialect's 100 MB can hold. */
  readonly maxMediaBytes: number;
  /** Pictures of one list, or media of one chat. Default 64. */
  readonly maxMediaCount: number;
}

export const defaultRequestLimits: RequestLimits = { maxMediaBytes: 75_000_000, maxMediaCount: 64 };
