import type { RawImage } from './raw-image.js';
import type { ResizeOptions } from './resize-options.js';
import { RowPacer } from './row-pacer.js';

/** Each output pixel is the source pixel whose area holds its centre. */
export async function resizeNearest(
  image: RawImage,
  { width, height, signal, onProgress }: ResizeOptions,
): Promise<RawImage> {
  const { channels } = image;
  const data = Buffer.allocUnsafe(width * height * channels);
  const sourceOffsets = Uint32Array.from(
    { length: width },
    (_, x) => Math.floor(((x + 0.5) * image.width) / width) * channels,
  );
  const pacer = new RowPacer(height, signal, onProgress);
  for (let y = 0; y < height; y += 1) {
    const sourceStart = Math.floor(((y + 0.5) * image.height) / height) * image.width * channels;
    let target = y * width * channels;
    for (const offset of sourceOffsets) {
      for (let channel = 0; channel < channels; channel += 1)
        data[target++] = image.data[sourceStart + offset + channel] ?? 0;
    }
    if (pacer.isDue()) await pacer.giveWay(y + 1);
  }
  return { data, width, height, channels };
}
