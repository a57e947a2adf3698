import { setImmediate as yieldToLoop } from 'node:timers/promises';
import { MeshError } from '@infermesh/errors';
import { resizeImage, type RawImage } from '@infermesh/media';
import type { ModelSession } from '@infermesh/model-runtime';
import { cutTiles, type Tile } from './tiles.js';

const tileCore = 256;
const tileMargin = 16;

interface RunOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (fraction: number) => void;
}

/** Doubles (or more) a picture with a network that takes and gives float32 NCHW RGB from 0 to 1. */
export class OnnxUpscaler {
  readonly scale: number;
  readonly #session: ModelSession;
  readonly #input: string;
  readonly #output: string;

  /** @throws MeshError CHECKPOINT_CORRUPT when the model is no upscaler */
  constructor(session: ModelSession) {
    const scale = Number(session.metadata.get('scale'));
    const [input] = session.inputs;
    const [output] = session.outputs;
    if (!Number.isInteger(scale) || scale < 1 || scale > 8 || input?.type !== 'float32' || output?.type !== 'float32') {
      throw new MeshError(
        'CHECKPOINT_CORRUPT',
        'the model is no upscaler: it needs one float32 input, one float32 output and metadata "scale" of 1 to 8',
      );
    }
    this.scale = scale;
    this.#session = session;
    this.#input = input.name;
    this.#output = output.name;
  }

  /** In tiles, so that memory does not grow with the picture; alpha is enlarged by Lanczos. @throws the signal's reason */
  async upscale(image: RawImage, { signal, onProgress }: RunOptions): Promise<RawImage> {
    const width = image.width * this.scale;
    const height = image.height * this.scale;
    const enlarged: RawImage =
      image.channels === 4
        ? await resizeImage(image, { width, height, kernel: 'lanczos3', signal })
        : { data: Buffer.allocUnsafe(width * height * 3), width, height, channels: 3 };
    const tiles = cutTiles(image, tileCore, tileMargin);
    for (const [index, tile] of tiles.entries()) {
      signal.throwIfAborted();
      await this.#upscaleTile(image, tile, enlarged);
      onProgress((index + 1) / tiles.length);
      await yieldToLoop();
    }
    return enlarged;
  }

  async #upscaleTile(image: RawImage, tile: Tile, enlarged: RawImage): Promise<void> {
    const answer = await this.#session.run({
      [this.#input]: { type: 'float32', data: toPlanes(image, tile), dims: [1, 3, tile.height, tile.width] },
    });
    const planes = answer[this.#output];
    if (planes?.type !== 'float32' || planes.data.length !== 3 * tile.width * tile.height * this.scale ** 2) {
      throw new MeshError(
        'CHECKPOINT_CORRUPT',
        `the model did not answer ${this.scale} times its input: its metadata "scale" is wrong`,
      );
    }
    this.#keepCore(planes.data, tile, enlarged);
  }

  #keepCore(planes: Float32Array, { left, top, width, height, core }: Tile, enlarged: RawImage): void {
    const { scale } = this;
    const planeWidth = width * scale;
    const planeSize = planeWidth * height * scale;
    for (let row = 0; row < core.height * scale; row += 1) {
      const from = ((core.top - top) * scale + row) * planeWidth + (core.left - left) * scale;
      const to = ((core.top * scale + row) * enlarged.width + core.left * scale) * enlarged.channels;
      for (let column = 0; column < core.width * scale; column += 1) {
        for (let colour = 0; colour < 3; colour += 1) {
          const value = planes[colour * planeSize + from + column] ?? 0;
          enlarged.data[to + column * enlarged.channels + colour] = Math.round(Math.min(1, Math.max(0, value)) * 255);
        }
      }
    }
  }
}

function toPlanes({ data, width, channels }: RawImage, tile: Tile): Float32Array {
  const size = tile.width * tile.height;
  const planes = new Float32Array(3 * size);
  for (let row = 0; row < tile.height; row += 1) {
    for (let column = 0; column < tile.width; column += 1) {
      const from = ((tile.top + row) * width + tile.left + column) * channels;
      const to = row * tile.width + column;
      for (let colour = 0; colour < 3; colour += 1) planes[colour * size + to] = (data[from + colour] ?? 0) / 255;
    }
  }
  return planes;
}
