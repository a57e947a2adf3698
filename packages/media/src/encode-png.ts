import { defaultImageLimits } from './image-limits.js';
import type { RawImage } from './raw-image.js';
import { sharp } from './sharp-settings.js';

export interface EncodePngOptions {
  /** Seconds that encoding may take. Default 60: a hundred megapixels need about 15. */
  readonly timeoutSeconds?: number;
}

/** Encodes as 8-bit PNG without metadata. */
export async function encodePng(
  image: RawImage,
  { timeoutSeconds = 6 * defaultImageLimits.timeoutSeconds }: EncodePngOptions = {},
): Promise<Buffer> {
  const { data, width, height, channels } = image;
  return sharp(data, { raw: { width, height, channels }, limitInputPixels: false })
    .timeout({ seconds: timeoutSeconds })
    .png()
    .toBuffer();
}
