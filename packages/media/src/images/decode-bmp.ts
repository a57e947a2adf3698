import type { RawImage } from '../raw-image.js';
import { bmpDamaged, readBmpHeader, type BmpHeader } from './bmp-header.js';

/**
 * Decodes a BMP: 1 to 32 bits a pixel, palettes, bit fields, run lengths. Written here since libvips reads none.
 *
 * @param bytes whose header was found within the limits: `width * height * 4` bytes are made
 * @throws MeshError MEDIA_INVALID
 */
export function decodeBmp(bytes: Buffer): RawImage {
  const header = readBmpHeader(bytes);
  const pixels = bytes.subarray(header.pixelOffset);
  if (header.bitsPerPixel > 8) return decodeTrueColour(header, pixels);
  const indices = header.encoding === 'plain' ? unpackIndices(header, pixels) : expandRuns(header, pixels);
  return applyPalette(header, indices);
}

function rowOf({ isTopDown, height }: BmpHeader, line: number): number {
  return isTopDown ? line : height - 1 - line;
}

const strideOf = ({ width, bitsPerPixel }: BmpHeader): number => Math.ceil((width * bitsPerPixel) / 32) * 4;

function checkLength(header: BmpHeader, pixels: Buffer): void {
  const rowBytes = Math.ceil((header.width * header.bitsPerPixel) / 8);
  if (pixels.length < strideOf(header) * (header.height - 1) + rowBytes) throw bmpDamaged('pixels are missing');
}

function decodeTrueColour(header: BmpHeader, pixels: Buffer): RawImage {
  checkLength(header, pixels);
  const { width, height, bitsPerPixel } = header;
  const channels = header.masks[3] === 0 ? 3 : 4;
  const data = Buffer.allocUnsafe(width * height * channels);
  const pixelBytes = bitsPerPixel / 8;
  const fields = header.masks.slice(0, channels).map(fieldOf);
  for (let line = 0; line < height; line += 1) {
    let source = line * strideOf(header);
    let target = rowOf(header, line) * width * channels;
    for (let x = 0; x < width; x += 1, source += pixelBytes) {
      const value = pixels.readUIntLE(source, pixelBytes);
      for (const field of fields) data[target++] = field(value);
    }
  }
  return { data, width, height, channels };
}

/** Reads one channel, stretched to 8 bits. */
function fieldOf(mask: number): (value: number) => number {
  if (mask === 0) return () => 0;
  const shift = 31 - Math.clz32(mask & -mask);
  const most = mask >>> shift;
  return (value) => Math.round((((value & mask) >>> shift) * 255) / most);
}

function unpackIndices(header: BmpHeader, pixels: Buffer): Buffer {
  checkLength(header, pixels);
  const { width, height, bitsPerPixel } = header;
  const indices = Buffer.allocUnsafe(width * height);
  const perByte = 8 / bitsPerPixel;
  const mask = 2 ** bitsPerPixel - 1;
  for (let line = 0; line < height; line += 1) {
    const source = line * strideOf(header);
    const target = rowOf(header, line) * width;
    for (let x = 0; x < width; x += 1) {
      const byte = pixels[source + Math.floor(x / perByte)] ?? 0;
      indices[target + x] = (byte >> ((perByte - 1 - (x % perByte)) * bitsPerPixel)) & mask;
    }
  }
  return indices;
}

/** Source: Microsoft, "Bitmap Compression". Codes: a count and a value; 0 and end of line, of image, a jump, or a literal run. */
function expandRuns(header: BmpHeader, pixels: Buffer): Buffer {
  const { width, height } = header;
  const isNibbles = header.encoding === 'rle4';
  const indices = Buffer.alloc(width * height);
  let [x, line, at] = [0, 0, 0];
  const put = (index: number): void => {
    if (x < width && line < height) indices[rowOf(header, line) * width + x] = index;
    x += 1;
  };
  const half = (byte: number, place: number): number => (isNibbles ? (place % 2 === 0 ? byte >> 4 : byte & 15) : byte);
  while (line < height) {
    if (at + 2 > pixels.length) throw bmpDamaged('pixels are missing');
    const [count = 0, code = 0] = [pixels[at], pixels[at + 1]];
    at += 2;
    if (count > 0) {
      for (let place = 0; place < count; place += 1) put(half(code, place));
    } else if (code === 0) {
      [x, line] = [0, line + 1];
    } else if (code === 1) {
      break;
    } else if (code === 2) {
      [x, line, at] = [x + (pixels[at] ?? 0), line + (pixels[at + 1] ?? 0), at + 2];
    } else {
      const runBytes = isNibbles ? Math.ceil(code / 2) : code;
      if (at + runBytes > pixels.length) throw bmpDamaged('pixels are missing');
      for (let place = 0; place < code; place += 1)
        put(half(pixels[at + (isNibbles ? place >> 1 : place)] ?? 0, place));
      at += runBytes + (runBytes % 2);
    }
  }
  return indices;
}

function applyPalette({ width, height, palette, paletteStride }: BmpHeader, indices: Buffer): RawImage {
  const data = Buffer.allocUnsafe(width * height * 3);
  const colours = Math.floor(palette.length / paletteStride);
  for (let pixel = 0; pixel < indices.length; pixel += 1) {
    const index = indices[pixel] ?? 0;
    if (index >= colours) throw bmpDamaged('a colour that its palette lacks');
    const at = index * paletteStride;
    data[pixel * 3] = palette[at + 2] ?? 0;
    data[pixel * 3 + 1] = palette[at + 1] ?? 0;
    data[pixel * 3 + 2] = palette[at] ?? 0;
  }
  return { data, width, height, channels: 3 };
}
