import { describe, expect, it } from '@jest/globals';
import { decodeBmp } from './decode-bmp.js';
import { encodeBmp } from './encode-bmp.js';

interface BmpParts {
  readonly width: number;
  readonly height: number;
  readonly bits: number;
  readonly compression?: number;
  readonly masks?: readonly number[];
  /** Blue, green, red. */
  readonly palette?: readonly (readonly [number, number, number])[];
  readonly pixels: readonly number[];
}

function bmpOf({ width, height, bits, compression = 0, masks = [], palette = [], pixels }: BmpParts): Buffer {
  const header = Buffer.alloc(54 + masks.length * 4);
  header.write('BM');
  header.writeUInt32LE(header.length + palette.length * 4, 10);
  header.writeUInt32LE(40, 14);
  header.writeInt32LE(width, 18);
  header.writeInt32LE(height, 22);
  header.writeUInt16LE(1, 26);
  header.writeUInt16LE(bits, 28);
  header.writeUInt32LE(compression, 30);
  header.writeUInt32LE(palette.length, 46);
  masks.forEach((mask, index) => header.writeUInt32LE(mask, 54 + 4 * index));
  return Buffer.concat([header, Buffer.from(palette.flatMap((colour) => [...colour, 0])), Buffer.from(pixels)]);
}

const black = [0, 0, 0] as const;
const red = [0, 0, 255] as const;
const pixelsOf = (bmp: Buffer): number[] => [...decodeBmp(bmp).data];

describe('decodeBmp', () => {
  it('gives back what encodeBmp wrote, with alpha and without, whatever the width', () => {
    for (const channels of [3, 4] as const) {
      for (const width of [1, 2, 3, 5]) {
        const data = Buffer.from(Array.from({ length: width * 3 * channels }, (_, index) => (index * 37) % 256));
        const image = { data, width, height: 3, channels };
        expect(decodeBmp(encodeBmp(image))).toEqual(image);
      }
    }
  });

  it('reads rows from the top where the height is negative', () => {
    const parts = { width: 1, bits: 24, pixels: [1, 2, 3, 0, 4, 5, 6, 0] };
    expect(pixelsOf(bmpOf({ ...parts, height: 2 }))).toEqual([6, 5, 4, 3, 2, 1]);
    expect(pixelsOf(bmpOf({ ...parts, height: -2 }))).toEqual([3, 2, 1, 6, 5, 4]);
  });

  it.each([1, 4, 8] as const)('reads a palette of %d bits', (bits) => {
    const first = { 1: 0b0100_0000, 4: 0x01, 8: 0 }[bits];
    const second = bits === 8 ? 1 : 0;
    const bmp = bmpOf({ width: 2, height: 1, bits, palette: [black, red], pixels: [first, second, 0, 0] });
    expect(pixelsOf(bmp)).toEqual([0, 0, 0, 255, 0, 0]);
  });

  it('reads 16 bits, as 5-5-5 and by masks', () => {
    const parts = { width: 2, height: 1, bits: 16, pixels: [0x00, 0x7c, 0xe0, 0x07] };
    expect(pixelsOf(bmpOf({ ...parts, pixels: [0x00, 0x7c, 0x1f, 0x00] }))).toEqual([255, 0, 0, 0, 0, 255]);
    expect(pixelsOf(bmpOf({ ...parts, compression: 3, masks: [0xf800, 0x07e0, 0x001f] })).slice(3)).toEqual([
      0, 255, 0,
    ]);
  });

  it('reads run lengths of 8 and 4 bits: runs, literals, jumps, ends', () => {
    const palette = [black, red];
    const rle8 = [3, 1, 0, 0, 0, 3, 1, 0, 1, 0, 0, 1];
    expect(pixelsOf(bmpOf({ width: 3, height: 2, bits: 8, compression: 1, palette, pixels: rle8 }))).toEqual(
      [1, 0, 1, 1, 1, 1].flatMap((index) => (index === 1 ? [255, 0, 0] : [0, 0, 0])),
    );
    const rle4 = [3, 0x10, 0, 2, 0, 1, 0, 1];
    expect(pixelsOf(bmpOf({ width: 3, height: 2, bits: 4, compression: 2, palette, pixels: rle4 }))).toEqual(
      [0, 0, 0, 1, 0, 1].flatMap((index) => (index === 1 ? [255, 0, 0] : [0, 0, 0])),
    );
  });

  it.each([
    ['pixels that are missing', { width: 9, height: 9, bits: 24, pixels: [1, 2, 3] }],
    ['indices that are missing', { width: 9, height: 9, bits: 8, palette: [black], pixels: [0] }],
    ['a colour that the palette lacks', { width: 1, height: 1, bits: 8, palette: [black], pixels: [1, 0, 0, 0] }],
    ['runs that break off', { width: 9, height: 9, bits: 8, compression: 1, palette: [black], pixels: [3] }],
    [
      'a literal that breaks off',
      { width: 9, height: 9, bits: 8, compression: 1, palette: [black], pixels: [0, 200, 1] },
    ],
    ['an unknown compression', { width: 1, height: 1, bits: 24, compression: 4, pixels: [0, 0, 0, 0] }],
    ['an unknown depth', { width: 1, height: 1, bits: 7, pixels: [0, 0, 0, 0] }],
    ['no width', { width: 0, height: 1, bits: 24, pixels: [] }],
  ])('refuses %s', (_name, parts) => {
    expect(() => decodeBmp(bmpOf(parts))).toThrow(expect.objectContaining({ code: 'MEDIA_INVALID' }));
  });

  it('refuses a file that ends in its header', () => {
    const whole = bmpOf({ width: 1, height: 1, bits: 16, compression: 3, masks: [1, 2, 4], pixels: [0, 0, 0, 0] });
    for (let length = 0; length < whole.length - 3; length += 1) {
      expect(() => decodeBmp(whole.subarray(0, length))).toThrow(expect.objectContaining({ code: 'MEDIA_INVALID' }));
    }
  });
});
