import type { ImageAttributes, ImageColorSpace } from '@infermesh/contracts';
import type { Metadata } from 'sharp';
import { mediaInvalid } from '../media-invalid.js';
import { sharp } from '../sharp-settings.js';
import type { PictureFormat } from '../sniff-media.js';
import { readBmpHeader } from './bmp-header.js';

/**
 * Reads the header and no pixels.
 *
 * @param format as sniffed
 * @throws MeshError MEDIA_INVALID
 */
export async function readPictureAttributes(
  bytes: Buffer,
  format: PictureFormat,
  description: string,
): Promise<ImageAttributes> {
  const common = { kind: 'image', format, sizeBytes: bytes.length } as const;
  if (format === 'bmp') {
    const { width, height, bitsPerPixel, masks } = readBmpHeader(bytes);
    const trueColour = masks[3] === 0 ? 'rgb' : 'rgba';
    return { ...common, width, height, colorSpace: bitsPerPixel > 8 ? trueColour : 'palette', frameCount: 1 };
  }
  try {
    // The header alone costs nothing, whatever size it claims; the limit is checked by who decodes.
    const metadata = await sharp(bytes, { limitInputPixels: false, pages: 1 }).metadata();
    const { width, height } = metadata.autoOrient;
    return { ...common, width, height, colorSpace: colorSpaceOf(metadata), frameCount: metadata.pages ?? 1 };
  } catch (error) {
    throw mediaInvalid(description, error);
  }
}

function colorSpaceOf({ isPalette, space, bitsPerSample, hasAlpha, format }: Metadata): ImageColorSpace {
  if (isPalette || format === 'gif') return 'palette';
  const isGrey = space === 'b-w' || space === 'grey16';
  if (isGrey && bitsPerSample === 1) return 'monochrome';
  if (isGrey) return hasAlpha ? 'gray_alpha' : 'gray';
  return hasAlpha ? 'rgba' : 'rgb';
}
