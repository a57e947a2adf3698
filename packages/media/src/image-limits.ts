/** What one image may cost before it is refused. */
export interface ImageLimits {
  /** Width times height after decoding. Default 50,000,000. */
  readonly maxPixels: number;
  /** Seconds that decoding or encoding may take. Default 10. */
  readonly timeoutSeconds: number;
}

export const defaultImageLimits: ImageLimits = { maxPixels: 50_000_000, timeoutSeconds: 10 };
