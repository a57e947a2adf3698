import { MeshError } from '@infermesh/errors';
import { defaultImageLimits, type ImageLimits } from './image-limits.js';
import type { MediaInput } from './media-input.js';
import { mediaInvalid } from './media-invalid.js';
import { probeImage } from './probe-image.js';
import type { RawImage } from './raw-image.js';
import { sharp } from './sharp-settings.js';

/**
 * Decodes to 8-bit sRGB: CMYK, grey, 16-bit and profiled images are converted, the EXIF orientation is applied, of an
 * animation the first frame is taken. Alpha stays.
 *
 * @throws MeshError MEDIA_INVALID when it is no image that we decode, or a truncated one
 * @throws MeshError MEDIA_TOO_LARGE when it has more pixels than `limits.maxPixels`, a side over `limits.maxSide`, or takes longer than the timeout
 */
export async function decodeImage(input: MediaInput, limits: Partial<ImageLimits> = {}): Promise<RawImage> {
  const { maxPixels, maxSide, timeoutSeconds } = { ...defaultImageLimits, ...limits };
  const { format, width, height } = await probeImage(input);
  if (width * height > maxPixels) {
    throw new MeshError(
      'MEDIA_TOO_LARGE',
      `the image has ${String(width)}x${String(height)} pixels; at most ${String(maxPixels)} are allowed`,
    );
  }
  if (Math.max(width, height) > maxSide) {
    throw new MeshError(
      'MEDIA_TOO_LARGE',
      `the image has ${String(width)}x${String(height)} pixels; at most ${String(maxSide)} are allowed on a side`,
    );
  }
  try {
    // 'error', not 'warning': it refuses truncated files all the same, yet lets pass the stray bytes between JPEG segments
    // that some cameras write.
    const { data, info } = await sharp(input, {
      failOn: 'error',
      limitInputPixels: maxPixels,
      limitInputChannels: 5,
      pages: 1,
      autoOrient: true,
    })
      .timeout({ seconds: timeoutSeconds })
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    if (info.channels !== 3 && info.channels !== 4) throw new Error(`decoded to ${String(info.channels)} channels`);
    return { data, width: info.width, height: info.height, channels: info.channels };
  } catch (error) {
    throw mediaInvalid(`the ${format.toUpperCase()} image`, error);
  }
}
