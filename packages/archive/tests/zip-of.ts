import { crc32, deflateRawSync } from 'node:zlib';

export interface ZipFile {
  readonly name: string;
  readonly bytes: Buffer;
  /** Default deflate (8). */
  readonly method?: number;
  /** What the directory says of its size; default the truth. */
  readonly claimedBytes?: number;
  /** The mode of Unix, for example of a link. */
  readonly mode?: number;
  readonly flags?: number;
}

/** A zip archive, for tests. */
export function zipOf(files: readonly ZipFile[]): Buffer {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let at = 0;
  for (const file of files) {
    const packed = file.method === 0 ? file.bytes : deflateRawSync(file.bytes);
    const name = Buffer.from(file.name);
    const local = Buffer.alloc(30);
    local.write('PK\x03\x04', 0, 'latin1');
    local.writeUInt16LE(name.byteLength, 26);
    locals.push(local, name, packed);
    central.push(centralHeader(file, packed, name, at), name);
    at += 30 + name.byteLength + packed.byteLength;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(directory.byteLength, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...locals, directory, end]);
}

function centralHeader(file: ZipFile, packed: Buffer, name: Buffer, at: number): Buffer {
  const header = Buffer.alloc(46);
  header.write('PK\x01\x02', 0, 'latin1');
  header[5] = 3;
  header.writeUInt16LE(file.flags ?? 0, 8);
  header.writeUInt16LE(file.method ?? 8, 10);
  header.writeUInt32LE(crc32(file.bytes), 16);
  header.writeUInt32LE(packed.byteLength, 20);
  header.writeUInt32LE(file.claimedBytes ?? file.bytes.byteLength, 24);
  header.writeUInt16LE(name.byteLength, 28);
  header.writeUInt32LE(((file.mode ?? 0o100644) << 16) >>> 0, 38);
  header.writeUInt32LE(at, 42);
  return header;
}
