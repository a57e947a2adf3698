import type { RawImage } from './raw-image.js';

/**
 * Mixes two images of one shape: `weight` 0 gives the first, 1 the second.
 *
 * @throws RangeError when the shapes differ or the weight is outside 0..1
 */
export function blendImages(first: RawImage, second: RawImage, weight: number): RawImage {
  const { width, height, channels } = first;
  if (second.width !== width || second.height !== height || second.channels !== channels)
    throw new RangeError('images of different shape');
  if (!(weight >= 0 && weight <= 1)) throw new RangeError(`weight ${String(weight)} is outside 0..1`);
  const data = Buffer.allocUnsafe(first.data.length);
  for (let index = 0; index < data.length; index += 1) {
    data[index] = Math.round((first.data[index] ?? 0) * (1 - weight) + (second.data[index] ?? 0) * weight);
  }
  return { data, width, height, channels };
}
