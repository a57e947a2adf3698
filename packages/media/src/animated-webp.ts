import type { Animation, AnimationOptions } from './animation.js';
import type { RawImage } from './raw-image.js';
import { sharp } from './sharp-settings.js';

const riffHeaderBytes = 12;
const hasAnimation = 0x02;
const quality = 85;

/** Source: Google, "WebP Container Specification" (RFC 9649): VP8X, ANIM, one ANMF a frame. */
export class AnimatedWebp implements Animation {
  readonly #options: AnimationOptions;
  readonly #frames: Buffer[] = [];

  constructor(options: AnimationOptions) {
    this.#options = options;
  }

  async add({ data, width, height, channels }: RawImage): Promise<void> {
    const still = await sharp(data, { raw: { width, height, channels } })
      .removeAlpha()
      .webp({ quality, smartSubsample: true, effort: 2 })
      .toBuffer();
    // Without alpha and metadata the file holds one chunk, the picture.
    this.#frames.push(chunk('ANMF', Buffer.concat([this.#frameHead(), still.subarray(riffHeaderBytes)])));
  }

  finish(): Buffer {
    const { width, height } = this.#options;
    const canvas = Buffer.alloc(10);
    canvas.writeUInt8(hasAnimation, 0);
    canvas.writeUIntLE(width - 1, 4, 3);
    canvas.writeUIntLE(height - 1, 7, 3);
    const animation = Buffer.alloc(6); // background, then 0: repeats for ever
    const body = [Buffer.from('WEBP'), chunk('VP8X', canvas), chunk('ANIM', animation), ...this.#frames];
    return chunk('RIFF', Buffer.concat(body));
  }

  #frameHead(): Buffer {
    const { width, height, frameMs } = this.#options;
    const head = Buffer.alloc(16); // at 0, 0
    head.writeUIntLE(width - 1, 6, 3);
    head.writeUIntLE(height - 1, 9, 3);
    head.writeUIntLE(Math.round(frameMs), 12, 3);
    return head;
  }
}

function chunk(type: string, data: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.write(type, 'latin1');
  head.writeUInt32LE(data.length, 4);
  return Buffer.concat([head, data, Buffer.alloc(data.length & 1)]);
}
