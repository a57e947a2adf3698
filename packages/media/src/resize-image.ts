import { resizeLanczos } from './resize-lanczos.js';
import { resizeNearest } from './resize-nearest.js';
import type { RawImage } from './raw-image.js';
import type { ResizeOptions } from './resize-options.js';

/**
 * Stretches to exactly `width` x `height` pixels. Works on the calling thread, giving way every few milliseconds.
 *
 * Not sharp's resize: libvips enlarges with a bicubic kernel whatever kernel it is asked for.
 *
 * @throws the signal's reason
 */
export async function resizeImage(image: RawImage, options: ResizeOptions): Promise<RawImage> {
  if (options.width === image.width && options.height === image.height) return image;
  return options.kernel === 'nearest' ? resizeNearest(image, options) : resizeLanczos(image, options);
}
