import { MeshError } from '@infermesh/errors';

/** How the pixels of a BMP lie in it. Source: Microsoft, "Bitmap Storage" and BITMAPV5HEADER. */
export interface BmpHeader {
  readonly width: number;
  readonly height: number;
  readonly isTopDown: boolean;
  readonly bitsPerPixel: 1 | 4 | 8 | 16 | 24 | 32;
  readonly encoding: 'plain' | 'rle8' | 'rle4';
  /** Bits of red, green, blue and alpha in a pixel of 16 or 32 bits; 0: absent. */
  readonly masks: readonly [number, number, number, number];
  /** Blue, green, red and a spare byte (or none, `paletteStride` 3) of each colour. */
  readonly palette: Buffer;
  readonly paletteStride: 3 | 4;
  readonly pixelOffset: number;
}

const fileHeaderBytes = 14;
const coreHeaderBytes = 12;
const infoHeaderBytes = 40;

const damaged = (why: string): MeshError =>
  new MeshError(
    'MEDIA_INVALID',
    `the BMP image is truncated or damaged (${why}); send the whole file, or save it as PNG`,
  );

/** @throws MeshError MEDIA_INVALID */
export function readBmpHeader(bytes: Buffer): BmpHeader {
  if (bytes.length < fileHeaderBytes + coreHeaderBytes) throw damaged('no header');
  const headerBytes = bytes.readUInt32LE(14);
  if (bytes.length < fileHeaderBytes + headerBytes) throw damaged('no header');
  const isCore = headerBytes === coreHeaderBytes;
  const height = isCore ? bytes.readUInt16LE(20) : bytes.readInt32LE(22);
  const width = isCore ? bytes.readUInt16LE(18) : bytes.readInt32LE(18);
  if (width < 1 || height === 0) throw damaged('no pixels');
  const bitsPerPixel = bytes.readUInt16LE(isCore ? 24 : 28);
  if (!isDepth(bitsPerPixel)) throw damaged(`${bitsPerPixel} bits a pixel`);
  const compression = isCore ? 0 : bytes.readUInt32LE(30);
  const paletteStride = isCore ? 3 : 4;
  const paletteOffset = fileHeaderBytes + headerBytes + (headerBytes === infoHeaderBytes ? maskBytes(compression) : 0);
  const colours = paletteLength(bytes, bitsPerPixel, isCore);
  return {
    width,
    height: Math.abs(height),
    isTopDown: height < 0,
    bitsPerPixel,
    encoding: encodingOf(compression, bitsPerPixel),
    masks: masksOf(bytes, bitsPerPixel, compression, headerBytes),
    palette: bytes.subarray(paletteOffset, paletteOffset + colours * paletteStride),
    paletteStride,
    pixelOffset: bytes.readUInt32LE(10),
  };
}

const isDepth = (bits: number): bits is BmpHeader['bitsPerPixel'] => [1, 4, 8, 16, 24, 32].includes(bits);

function maskBytes(compression: number): number {
  if (compression === 3) return 12;
  return compression === 6 ? 16 : 0;
}

function paletteLength(bytes: Buffer, bitsPerPixel: number, isCore: boolean): number {
  if (bitsPerPixel > 8) return 0;
  const most = 2 ** bitsPerPixel;
  const named = isCore ? 0 : bytes.readUInt32LE(46);
  return named === 0 ? most : Math.min(named, most);
}

function encodingOf(compression: number, bitsPerPixel: number): BmpHeader['encoding'] {
  if (compression === 0) return 'plain';
  if (compression === 1 && bitsPerPixel === 8) return 'rle8';
  if (compression === 2 && bitsPerPixel === 4) return 'rle4';
  if ((compression === 3 || compression === 6) && (bitsPerPixel === 16 || bitsPerPixel === 32)) return 'plain';
  throw damaged(`compression ${compression} with ${bitsPerPixel} bits a pixel`);
}

function masksOf(bytes: Buffer, bits: number, compression: number, headerBytes: number): BmpHeader['masks'] {
  if (maskBytes(compression) === 0) return bits === 16 ? [0x7c00, 0x03e0, 0x001f, 0] : [0xff0000, 0xff00, 0xff, 0];
  const hasAlpha = compression === 6 || headerBytes >= 56;
  if (bytes.length < 54 + (hasAlpha ? 16 : 12)) throw damaged('no masks');
  const mask = (index: number): number => bytes.readUInt32LE(54 + 4 * index);
  return [mask(0), mask(1), mask(2), hasAlpha ? mask(3) : 0];
}

export { damaged as bmpDamaged };
