/** What one image may cost before it is refused. */
export interface ImageLimits {
  /** Width times height after decoding. Default 50,000,000. */
  readonly maxPixels: number;
  /** Width or height: what it costs to resize grows with the sides, not with the area alone. Default 32,768. */
  readonly maxSide: number;
  /** Seconds that decoding or encoding may take. Default 10. */
  readonly timeoutSeconds: number;
}

export const defaultImageLimits: ImageLimits = { maxPixels: 50_000_000, maxSide: 32_768, timeoutSeconds: 10 };
