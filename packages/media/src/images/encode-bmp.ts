import type { RawImage } from '../raw-image.js';

const fileHeaderBytes = 14;
const plainHeaderBytes = 40;
/** BITMAPV4HEADER: the oldest that says where alpha is. */
const alphaHeaderBytes = 108;
const pixelsPerMetre = 2835; // 72 dpi

/** 24 bits a pixel, or 32 with alpha; rows from the bottom, uncompressed. */
export function encodeBmp({ data, width, height, channels }: RawImage): Buffer {
  const headerBytes = channels === 4 ? alphaHeaderBytes : plainHeaderBytes;
  const stride = Math.ceil((width * channels) / 4) * 4;
  const offset = fileHeaderBytes + headerBytes;
  const bmp = Buffer.alloc(offset + stride * height);
  bmp.write('BM', 'latin1');
  bmp.writeUInt32LE(bmp.length, 2);
  bmp.writeUInt32LE(offset, 10);
  bmp.writeUInt32LE(headerBytes, 14);
  bmp.writeInt32LE(width, 18);
  bmp.writeInt32LE(height, 22);
  bmp.writeUInt16LE(1, 26); // planes
  bmp.writeUInt16LE(channels * 8, 28);
  bmp.writeUInt32LE(stride * height, 34);
  bmp.writeInt32LE(pixelsPerMetre, 38);
  bmp.writeInt32LE(pixelsPerMetre, 42);
  if (channels === 4) writeMasks(bmp);
  for (let y = 0; y < height; y += 1) {
    let target = offset + (height - 1 - y) * stride;
    for (let source = y * width * channels; source < (y + 1) * width * channels; source += channels) {
      bmp[target++] = data[source + 2] ?? 0;
      bmp[target++] = data[source + 1] ?? 0;
      bmp[target++] = data[source] ?? 0;
      if (channels === 4) bmp[target++] = data[source + 3] ?? 0;
    }
  }
  return bmp;
}

function writeMasks(bmp: Buffer): void {
  bmp.writeUInt32LE(3, 30); // bit fields
  [0x00ff0000, 0x0000ff00, 0x000000ff, 0xff000000].forEach((mask, index) => bmp.writeUInt32LE(mask, 54 + 4 * index));
  bmp.write('BGRs', 70, 'latin1'); // sRGB, as a little-endian number
}
