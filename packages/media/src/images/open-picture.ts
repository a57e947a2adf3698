import type { Sharp } from 'sharp';
import { sharp } from '../sharp-settings.js';
import type { PictureFormat } from '../sniff-media.js';
import { decodeBmp } from './decode-bmp.js';
import type { AllLimits } from '../limits.js';

/** The first frame, upright. Nothing is decoded yet, but a BMP. @throws MeshError MEDIA_INVALID for a damaged BMP */
export function openPicture(bytes: Buffer, format: PictureFormat, { maxPixels }: AllLimits): Sharp {
  if (format === 'bmp') {
    const { data, width, height, channels } = decodeBmp(bytes);
    return sharp(data, { raw: { width, height, channels }, limitInputPixels: maxPixels });
  }
  // 'error', not 'warning': README.md has what either refuses.
  return sharp(bytes, {
    failOn: 'error',
    limitInputPixels: maxPixels,
    limitInputChannels: 5,
    pages: 1,
    autoOrient: true,
  });
}
