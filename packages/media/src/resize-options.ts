export interface ResizeOptions {
  readonly width: number;
  readonly height: number;
  readonly kernel: 'lanczos3' | 'nearest';
  /** Looked at every few milliseconds; its reason is thrown. */
  readonly signal?: AbortSignal;
  /** Told the part done, 0..1, every few milliseconds. */
  readonly onProgress?: (fraction: number) => void;
}
