import type { Animation, AnimationOptions } from './animation.js';
import type { RawImage } from './raw-image.js';
import { sharp } from './sharp-settings.js';

const screenBytes = 13; // signature and logical screen descriptor
const extension = 0x21;
const imageDescriptor = 0x2c;
const descriptorBytes = 10;
const hasTable = 0x80;

/** Source: CompuServe, "Graphics Interchange Format, Version 89a"; the NETSCAPE2.0 extension for repeating. */
export class AnimatedGif implements Animation {
  readonly #options: AnimationOptions;
  readonly #frames: Buffer[] = [];

  constructor(options: AnimationOptions) {
    this.#options = options;
  }

  async add({ data, width, height, channels }: RawImage): Promise<void> {
    const still = await sharp(data, { raw: { width, height, channels } })
      .removeAlpha()
      .gif({ effort: 3, dither: 0 })
      .toBuffer();
    this.#frames.push(this.#frameControl(), withOwnTable(still));
  }

  finish(): Buffer {
    const { width, height } = this.#options;
    const screen = Buffer.alloc(screenBytes);
    screen.write('GIF89a', 'latin1');
    screen.writeUInt16LE(width, 6);
    screen.writeUInt16LE(height, 8);
    const repeat = Buffer.from([extension, 0xff, 11, ...Buffer.from('NETSCAPE2.0'), 3, 1, 0, 0, 0]);
    return Buffer.concat([screen, repeat, ...this.#frames, Buffer.of(0x3b)]);
  }

  #frameControl(): Buffer {
    const control = Buffer.from([extension, 0xf9, 4, 0, 0, 0, 0, 0]);
    control.writeUInt16LE(Math.round(this.#options.frameMs / 10), 4);
    return control;
  }
}

/** The picture of a still GIF, the file's table of colours made its own. */
function withOwnTable(gif: Buffer): Buffer {
  const flags = gif.readUInt8(10);
  const tableEnd = screenBytes + tableBytes(flags);
  const start = skipExtensions(gif, tableEnd);
  if (gif.readUInt8(start) !== imageDescriptor) throw new Error('the GIF encoder wrote no picture');
  const descriptor = Buffer.from(gif.subarray(start, start + descriptorBytes));
  if ((descriptor.readUInt8(9) & hasTable) !== 0) return gif.subarray(start, -1);
  descriptor.writeUInt8(descriptor.readUInt8(9) | (flags & (hasTable | 7)), 9);
  return Buffer.concat([descriptor, gif.subarray(screenBytes, tableEnd), gif.subarray(start + descriptorBytes, -1)]);
}

function tableBytes(flags: number): number {
  return (flags & hasTable) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1);
}

/** An extension is a label and blocks, each headed by its length; an empty one ends it. */
function skipExtensions(gif: Buffer, start: number): number {
  let offset = start;
  while (gif.readUInt8(offset) === extension) {
    offset += 2;
    while (gif.readUInt8(offset) > 0) offset += 1 + gif.readUInt8(offset);
    offset += 1;
  }
  return offset;
}
