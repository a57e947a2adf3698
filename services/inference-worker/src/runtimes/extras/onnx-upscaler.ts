import { setImmediate as nextTurn } from 'node:timers/promises';
import { MeshError } from '@infermesh/errors';
import { resizeImage, type RawImage } from '@infermesh/media';
import type { ModelSession } from '@infermesh/model-runtime';
import { cutTiles, type Tile } from './tiles.js';

/** The side of what a network sees at once, margins included, if it does not say so itself. */
const defaultTileSide = 288;
const wantedMargin = 16;
const maxScale = 8;
const probeSide = 64;

export interface UpscaleOptions {
  readonly signal: AbortSignal;
  /** @param fraction 0..1 */
  readonly onProgress: (fraction: number) => void;
}

interface UpscalerShape {
  readonly inputName: string;
  readonly outputName: string;
  /** Set when the network takes tiles of this size only. */
  readonly fixedSide: number | null;
  readonly scale: number;
}

/** Enlarges pictures with a network that takes and gives float32 NCHW RGB from 0 to 1. */
export class OnnxUpscaler {
  readonly scale: number;
  readonly #session: ModelSession;
  readonly #shape: UpscalerShape;

  private constructor(session: ModelSession, shape: UpscalerShape) {
    this.#session = session;
    this.#shape = shape;
    this.scale = shape.scale;
  }

  /**
   * Looks at the model's faces; its scale is the metadata `scale`, or what it makes of a small black tile.
   *
   * @throws MeshError CHECKPOINT_CORRUPT when the model is no upscaler
   */
  static async create(session: ModelSession): Promise<OnnxUpscaler> {
    const faces = readFaces(session);
    const stated = session.metadata.get('scale');
    const scale = stated === undefined ? await measureScale(session, faces) : Number(stated);
    if (!Number.isInteger(scale) || scale < 1 || scale > maxScale) {
      throw noUpscaler(`its scale must be a whole number from 1 to ${maxScale}`);
    }
    return new OnnxUpscaler(session, { ...faces, scale });
  }

  /**
   * Works in tiles, so that memory does not grow with the picture and a cancel comes through between them; alpha is
   * enlarged by Lanczos.
   *
   * @throws the signal's reason
   * @throws MeshError CHECKPOINT_CORRUPT when the model's answer has another size than its scale says
   */
  async upscale(image: RawImage, { signal, onProgress }: UpscaleOptions): Promise<RawImage> {
    const enlarged = await this.#canvasFor(image, signal);
    const side = this.#shape.fixedSide ?? defaultTileSide;
    const margin = Math.min(wantedMargin, Math.floor(side / 4));
    const tiles = cutTiles(image, side - 2 * margin, margin);
    for (const [index, tile] of tiles.entries()) {
      signal.throwIfAborted();
      await this.#upscaleTile(image, tile, enlarged);
      onProgress((index + 1) / tiles.length);
      await nextTurn();
    }
    return enlarged;
  }

  async #canvasFor(image: RawImage, signal: AbortSignal): Promise<RawImage> {
    const width = image.width * this.scale;
    const height = image.height * this.scale;
    if (image.channels === 4) return resizeImage(image, { width, height, kernel: 'lanczos3', signal });
    return { data: Buffer.allocUnsafe(width * height * 3), width, height, channels: 3 };
  }

  async #upscaleTile(image: RawImage, tile: Tile, enlarged: RawImage): Promise<void> {
    const { inputName, outputName, fixedSide } = this.#shape;
    const height = fixedSide ?? tile.height;
    const width = fixedSide ?? tile.width;
    const answer = await this.#session.run({
      [inputName]: { type: 'float32', data: toPlanes(image, tile, { width, height }), dims: [1, 3, height, width] },
    });
    const planes = answer[outputName];
    if (
      planes?.type !== 'float32' ||
      planes.dims.at(-2) !== height * this.scale ||
      planes.dims.at(-1) !== width * this.scale
    ) {
      throw noUpscaler(`it did not answer ${this.scale} times its input`);
    }
    keepCore(planes.data, width * this.scale, height * this.scale, tile, enlarged, this.scale);
  }
}

function noUpscaler(why: string): MeshError {
  return new MeshError('CHECKPOINT_CORRUPT', `the checkpoint is no upscaler: ${why}`);
}

function readFaces({ inputs, outputs }: ModelSession): Omit<UpscalerShape, 'scale'> {
  const [input] = inputs;
  const [output] = outputs;
  if (inputs.length !== 1 || input?.type !== 'float32' || output?.type !== 'float32') {
    throw noUpscaler('it must have one float32 input and a float32 output');
  }
  const [batch = 0, channels = 0, height = 0, width = 0] = input.dims;
  const takesOneRgb =
    input.dims.length === 4 &&
    (typeof batch === 'string' || batch === 1) &&
    (typeof channels === 'string' || channels === 3);
  if (!takesOneRgb) throw noUpscaler('its input must be [1, 3, height, width]');
  if (typeof height !== typeof width || (typeof height === 'number' && height !== width)) {
    throw noUpscaler('its input must be square, or free in height and width');
  }
  return { inputName: input.name, outputName: output.name, fixedSide: typeof height === 'number' ? height : null };
}

async function measureScale(
  session: ModelSession,
  { inputName, outputName, fixedSide }: Omit<UpscalerShape, 'scale'>,
): Promise<number> {
  const side = fixedSide ?? probeSide;
  const answer = await session.run({
    [inputName]: { type: 'float32', data: new Float32Array(3 * side * side), dims: [1, 3, side, side] },
  });
  return (answer[outputName]?.dims.at(-1) ?? 0) / side;
}

/** The part of the picture under the tile as three planes; beyond the tile its last row and column are repeated. */
function toPlanes(
  image: RawImage,
  tile: Tile,
  { width, height }: { readonly width: number; readonly height: number },
): Float32Array {
  const size = width * height;
  const planes = new Float32Array(3 * size);
  for (let row = 0; row < height; row += 1) {
    const rowStart = (tile.top + Math.min(row, tile.height - 1)) * image.width + tile.left;
    for (let column = 0; column < width; column += 1) {
      const from = (rowStart + Math.min(column, tile.width - 1)) * image.channels;
      const to = row * width + column;
      for (let colour = 0; colour < 3; colour += 1) planes[colour * size + to] = (image.data[from + colour] ?? 0) / 255;
    }
  }
  return planes;
}

function keepCore(
  planes: Float32Array,
  planeWidth: number,
  planeHeight: number,
  { left, top, core }: Tile,
  enlarged: RawImage,
  scale: number,
): void {
  const planeSize = planeWidth * planeHeight;
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
