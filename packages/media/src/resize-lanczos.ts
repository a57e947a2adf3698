import { lanczosTaps, type Taps } from './lanczos-taps.js';
import type { RawImage } from './raw-image.js';
import type { ResizeOptions } from './resize-options.js';
import { RowPacer } from './row-pacer.js';

/** Lanczos-3 along the rows, then down the columns. Colours are weighted by alpha, so that hidden ones do not bleed. */
export async function resizeLanczos(
  image: RawImage,
  { width, height, signal, onProgress }: ResizeOptions,
): Promise<RawImage> {
  const rowTaps = lanczosTaps(image.width, width);
  const columnTaps = lanczosTaps(image.height, height);
  const rows = new WidenedRows(image, rowTaps, columnTaps.tapCount);
  const data = Buffer.allocUnsafe(width * height * image.channels);
  const sums = new Float32Array(width * image.channels);
  const pacer = new RowPacer(height, signal, onProgress);
  for (let y = 0; y < height; y += 1) {
    const start = columnTaps.starts[y] ?? 0;
    sums.fill(0);
    for (let tap = 0; tap < columnTaps.tapCount; tap += 1) {
      const weight = columnTaps.weights[y * columnTaps.tapCount + tap] ?? 0;
      if (weight !== 0) addWeighted(sums, rows.get(start + tap), weight);
    }
    const target = data.subarray(y * sums.length, (y + 1) * sums.length);
    if (image.channels === 4) storeUnpremultiplied(sums, target);
    else storeRounded(sums, target);
    if (pacer.isDue()) await pacer.giveWay(y + 1);
  }
  return { data, width, height, channels: image.channels };
}

/** Source rows already resampled along x; as many are kept as one output row needs. */
class WidenedRows {
  readonly #image: RawImage;
  readonly #taps: Taps;
  readonly #slots: { row: number; values: Float32Array }[];
  readonly #source: Float32Array;

  constructor(image: RawImage, taps: Taps, slotCount: number) {
    this.#image = image;
    this.#taps = taps;
    const length = taps.starts.length * image.channels;
    this.#slots = Array.from({ length: slotCount }, () => ({ row: -1, values: new Float32Array(length) }));
    this.#source = new Float32Array(image.width * image.channels);
  }

  get(row: number): Float32Array {
    const slot = this.#slots[row % this.#slots.length];
    if (slot === undefined) throw new RangeError('no slot for a row');
    if (slot.row !== row) {
      this.#readSource(row);
      widenRow(this.#source, this.#taps, this.#image.channels, slot.values);
      slot.row = row;
    }
    return slot.values;
  }

  #readSource(row: number): void {
    const { data, channels } = this.#image;
    const length = this.#source.length;
    this.#source.set(data.subarray(row * length, (row + 1) * length));
    if (channels === 4) premultiply(this.#source);
  }
}

function widenRow(
  source: Float32Array,
  { starts, weights, tapCount }: Taps,
  channels: number,
  target: Float32Array,
): void {
  for (let x = 0; x < starts.length; x += 1) {
    const first = (starts[x] ?? 0) * channels;
    for (let channel = 0; channel < channels; channel += 1) {
      let sum = 0;
      for (let tap = 0; tap < tapCount; tap += 1) {
        sum += (weights[x * tapCount + tap] ?? 0) * (source[first + tap * channels + channel] ?? 0);
      }
      target[x * channels + channel] = sum;
    }
  }
}

function addWeighted(sums: Float32Array, values: Float32Array, weight: number): void {
  for (let index = 0; index < sums.length; index += 1) sums[index] = (sums[index] ?? 0) + (values[index] ?? 0) * weight;
}

function premultiply(row: Float32Array): void {
  for (let index = 0; index < row.length; index += 4) {
    const opacity = (row[index + 3] ?? 0) / 255;
    for (let channel = 0; channel < 3; channel += 1) row[index + channel] = (row[index + channel] ?? 0) * opacity;
  }
}

const toByte = (value: number): number => (value <= 0 ? 0 : value >= 255 ? 255 : (value + 0.5) | 0);

function storeRounded(sums: Float32Array, target: Uint8Array): void {
  for (let index = 0; index < sums.length; index += 1) target[index] = toByte(sums[index] ?? 0);
}

function storeUnpremultiplied(sums: Float32Array, target: Uint8Array): void {
  for (let index = 0; index < sums.length; index += 4) {
    const alpha = sums[index + 3] ?? 0;
    const scale = alpha > 0 ? 255 / Math.min(alpha, 255) : 0;
    for (let channel = 0; channel < 3; channel += 1)
      target[index + channel] = toByte((sums[index + channel] ?? 0) * scale);
    target[index + 3] = toByte(alpha);
  }
}
