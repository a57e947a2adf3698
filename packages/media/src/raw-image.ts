/** Decoded pixels: 8 bits a channel, sRGB, rows from the top without padding, alpha (if any) not premultiplied. */
export interface RawImage {
  /** `width * height * channels` bytes. */
  readonly data: Buffer;
  readonly width: number;
  readonly height: number;
  /** 3 is RGB, 4 is RGBA. */
  readonly channels: 3 | 4;
}
