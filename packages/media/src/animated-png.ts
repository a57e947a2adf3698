import { crc32 } from 'node:zlib';
import type { Animation, AnimationOptions } from './animation.js';
import { encodePng } from './encode-png.js';
import type { RawImage } from './raw-image.js';

const signatureBytes = 8;

/** Source: W3C, "Portable Network Graphics (PNG) Specification, Third Edition", animation chunks. */
export class AnimatedPng implements Animation {
  readonly #options: AnimationOptions;
  readonly #chunks: Buffer[] = [];
  #head: Buffer | null = null;
  #frames = 0;
  /** One count over the fcTL and fdAT chunks. */
  #sequence = 0;

  constructor(options: AnimationOptions) {
    this.#options = options;
  }

  async add(frame: RawImage): Promise<void> {
    const png = await encodePng(frame);
    const chunks = [...chunksOf(png)];
    const isFirst = this.#head === null;
    this.#head ??= Buffer.concat([
      png.subarray(0, signatureBytes),
      ...chunks.filter(({ type }) => type === 'IHDR').map(toBuffer),
    ]);
    this.#chunks.push(this.#frameControl());
    for (const { type, data } of chunks) {
      if (type !== 'IDAT') continue;
      this.#chunks.push(isFirst ? toBuffer({ type, data }) : this.#frameData(data));
    }
    this.#frames += 1;
  }

  finish(): Buffer {
    const control = Buffer.alloc(8); // second number: 0 repeats for ever
    control.writeUInt32BE(this.#frames);
    const end = toBuffer({ type: 'IEND', data: Buffer.alloc(0) });
    return Buffer.concat([
      this.#head ?? Buffer.alloc(0),
      toBuffer({ type: 'acTL', data: control }),
      ...this.#chunks,
      end,
    ]);
  }

  #frameControl(): Buffer {
    const { width, height, frameMs } = this.#options;
    const data = Buffer.alloc(26);
    data.writeUInt32BE(this.#nextSequence(), 0);
    data.writeUInt32BE(width, 4);
    data.writeUInt32BE(height, 8);
    data.writeUInt16BE(Math.round(frameMs), 20);
    data.writeUInt16BE(1000, 22);
    return toBuffer({ type: 'fcTL', data });
  }

  #frameData(data: Buffer): Buffer {
    const sequence = Buffer.alloc(4);
    sequence.writeUInt32BE(this.#nextSequence());
    return toBuffer({ type: 'fdAT', data: Buffer.concat([sequence, data]) });
  }

  #nextSequence(): number {
    const sequence = this.#sequence;
    this.#sequence += 1;
    return sequence;
  }
}

interface Chunk {
  readonly type: string;
  readonly data: Buffer;
}

function* chunksOf(png: Buffer): Generator<Chunk> {
  let offset = signatureBytes;
  while (offset < png.length) {
    const length = png.readUInt32BE(offset);
    const data = offset + 8;
    yield { type: png.toString('latin1', offset + 4, data), data: png.subarray(data, data + length) };
    offset = data + length + 4;
  }
}

function toBuffer({ type, data }: Chunk): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}
