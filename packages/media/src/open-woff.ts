import { inflateSync } from 'node:zlib';

const woffHeaderBytes = 44;
const woffEntryBytes = 20;
const sfntHeaderBytes = 12;
const sfntEntryBytes = 16;

interface Table {
  readonly tag: Buffer;
  readonly checksum: number;
  readonly data: Buffer;
}

/**
 * Turns a WOFF font into the OpenType font that it packs.
 *
 * Source: W3C, "WOFF File Format 1.0": the same tables, each deflated if that makes it smaller.
 */
export function openWoff(woff: Buffer): Buffer {
  const tables = readTables(woff);
  const power = Math.floor(Math.log2(tables.length));
  const header = Buffer.alloc(sfntHeaderBytes);
  woff.copy(header, 0, 4, 8); // the flavour
  header.writeUInt16BE(tables.length, 4);
  header.writeUInt16BE(sfntEntryBytes * 2 ** power, 6);
  header.writeUInt16BE(power, 8);
  header.writeUInt16BE(sfntEntryBytes * (tables.length - 2 ** power), 10);
  let offset = sfntHeaderBytes + sfntEntryBytes * tables.length;
  const directory = tables.map(({ tag, checksum, data }) => {
    const entry = Buffer.alloc(sfntEntryBytes);
    tag.copy(entry);
    entry.writeUInt32BE(checksum, 4);
    entry.writeUInt32BE(offset, 8);
    entry.writeUInt32BE(data.length, 12);
    offset += padded(data).length;
    return entry;
  });
  return Buffer.concat([header, ...directory, ...tables.map(({ data }) => padded(data))]);
}

function readTables(woff: Buffer): Table[] {
  return Array.from({ length: woff.readUInt16BE(12) }, (_, index) => {
    const entry = woff.subarray(woffHeaderBytes + index * woffEntryBytes);
    const [offset, packedBytes, bytes] = [entry.readUInt32BE(4), entry.readUInt32BE(8), entry.readUInt32BE(12)];
    const packed = woff.subarray(offset, offset + packedBytes);
    const data = packedBytes < bytes ? inflateSync(packed) : packed;
    return { tag: entry.subarray(0, 4), checksum: entry.readUInt32BE(16), data };
  });
}

/** Tables begin at multiples of four. */
function padded(data: Buffer): Buffer {
  return Buffer.concat([data, Buffer.alloc(-data.length & 3)]);
}
