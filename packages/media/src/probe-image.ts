import { MeshError } from '@infermesh/errors';
import { inputSizeBytes, readHead, type MediaInput } from './media-input.js';
import { mediaInvalid } from './media-invalid.js';
import { sharp } from './sharp-settings.js';
import { sniffFormat, type ImageFormat } from './sniff-format.js';

export interface ImageInfo {
  readonly format: ImageFormat;
  /** As shown: after the EXIF orientation. */
  readonly width: number;
  readonly height: number;
  readonly hasAlpha: boolean;
  /** Frames of an animation; 1 for a still. */
  readonly frameCount: number;
  readonly sizeBytes: number;
}

/**
 * Reads the header and no pixels.
 *
 * @throws MeshError MEDIA_INVALID when it is no image that we decode; the message says what was found and what to send
 */
export async function probeImage(input: MediaInput): Promise<ImageInfo> {
  const { format, description } = sniffFormat(await readHead(input));
  if (format === null) {
    throw new MeshError('MEDIA_INVALID', `found ${description}; send a JPEG, PNG, WebP, GIF or AVIF image`);
  }
  try {
    // The header alone costs nothing, whatever size it claims; the limit is checked by who decodes.
    const metadata = await sharp(input, { limitInputPixels: false, pages: 1 }).metadata();
    const { width, height } = metadata.autoOrient;
    return {
      format,
      width,
      height,
      hasAlpha: metadata.hasAlpha,
      frameCount: metadata.pages ?? 1,
      sizeBytes: await inputSizeBytes(input),
    };
  } catch (error) {
    throw mediaInvalid(description, error);
  }
}
