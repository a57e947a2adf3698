import type { RawImage } from './raw-image.js';

export interface Region {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** @throws RangeError when the region does not lie inside the image */
export function cropImage(image: RawImage, { left, top, width, height }: Region): RawImage {
  if (left < 0 || top < 0 || width < 1 || height < 1 || left + width > image.width || top + height > image.height) {
    throw new RangeError(
      `region ${String(width)}x${String(height)}+${String(left)}+${String(top)} is outside the image`,
    );
  }
  const { channels } = image;
  const data = Buffer.allocUnsafe(width * height * channels);
  for (let row = 0; row < height; row += 1) {
    const start = ((top + row) * image.width + left) * channels;
    image.data.copy(data, row * width * channels, start, start + width * channels);
  }
  return { data, width, height, channels };
}

/** The middle of the image; a size larger than the image is cut down to it. */
export function cropCentre(image: RawImage, size: { readonly width: number; readonly height: number }): RawImage {
  const width = Math.min(size.width, image.width);
  const height = Math.min(size.height, image.height);
  return cropImage(image, { left: (image.width - width) >> 1, top: (image.height - height) >> 1, width, height });
}
