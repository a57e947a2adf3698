import { invalidArchive } from './entry-guard.js';

/** An entry as the directory at the end of a zip tells it. */
export interface ZipEntry {
  readonly name: string;
  /** 0 stored, 8 deflated. */
  readonly method: number;
  readonly crc32: number;
  readonly packedBytes: number;
  readonly sizeBytes: number;
  readonly headerStart: number;
}

export interface ZipDirectory {
  readonly start: number;
  readonly end: number;
  readonly entries: number;
}

/** The end record with its longest comment, and the 64-bit one before it. */
export const tailBytes = 22 + 65_535 + 20 + 56;
const unknown32 = 0xffffffff;

function uint64(bytes: Buffer, start: number): number {
  if (start + 8 > bytes.byteLength) throw invalidArchive('it ends too early');
  const value = bytes.readBigUInt64LE(start);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw invalidArchive('a size is out of range');
  return Number(value);
}

/**
 * Where the directory lies. APPNOTE.TXT 6.3.10, sections 4.3.14 to 4.3.16.
 *
 * @param tail the last bytes of the archive, which begin at `tailStart`
 */
export function findZipDirectory(tail: Buffer, tailStart: number): ZipDirectory {
  const at = tail.lastIndexOf('PK\x05\x06', tail.byteLength - 22, 'latin1');
  if (at === -1) throw invalidArchive('it is no zip archive');
  const entries = tail.readUInt16LE(at + 10);
  const sizeBytes = tail.readUInt32LE(at + 12);
  const start = tail.readUInt32LE(at + 16);
  if (entries !== 0xffff && sizeBytes !== unknown32 && start !== unknown32)
    return { start, end: start + sizeBytes, entries };
  if (at < 20 || tail.toString('latin1', at - 20, at - 16) !== 'PK\x06\x07')
    throw invalidArchive('its directory is missing');
  const record = uint64(tail, at - 20 + 8) - tailStart;
  if (record < 0 || record + 56 > tail.byteLength || tail.toString('latin1', record, record + 4) !== 'PK\x06\x06')
    throw invalidArchive('its directory is missing');
  const start64 = uint64(tail, record + 48);
  return { start: start64, end: start64 + uint64(tail, record + 40), entries: uint64(tail, record + 32) };
}

/** @throws MeshError BAD_REQUEST for what it does not know: encryption, other methods, links */
export function* parseZipEntries(directory: Buffer): Generator<ZipEntry> {
  for (let at = 0; at < directory.byteLength;) {
    if (at + 46 > directory.byteLength || directory.toString('latin1', at, at + 4) !== 'PK\x01\x02')
      throw invalidArchive('its directory is damaged');
    const nameEnd = at + 46 + directory.readUInt16LE(at + 28);
    const extraEnd = nameEnd + directory.readUInt16LE(at + 30);
    const end = extraEnd + directory.readUInt16LE(at + 32);
    if (end > directory.byteLength) throw invalidArchive('its directory is damaged');
    const name = directory.toString('utf8', at + 46, nameEnd);
    refuseStrange(directory, at, name);
    yield withLongFields(
      {
        name,
        method: directory.readUInt16LE(at + 10),
        crc32: directory.readUInt32LE(at + 16),
        packedBytes: directory.readUInt32LE(at + 20),
        sizeBytes: directory.readUInt32LE(at + 24),
        headerStart: directory.readUInt32LE(at + 42),
      },
      directory.subarray(nameEnd, extraEnd),
    );
    at = end;
  }
}

function refuseStrange(directory: Buffer, at: number, name: string): void {
  const shown = JSON.stringify(name.slice(0, 100));
  if ((directory.readUInt16LE(at + 8) & 0x41) !== 0) throw invalidArchive(`${shown} is encrypted`);
  const isUnix = directory[at + 5] === 3;
  const fileType = (directory.readUInt32LE(at + 38) >>> 28) & 0xf;
  if (isUnix && ![0, 4, 8].includes(fileType)) throw invalidArchive(`${shown} is neither a file nor a folder`);
}

/** The extra field 1 holds, in order, those of the sizes that did not fit. */
function withLongFields(entry: ZipEntry, extra: Buffer): ZipEntry {
  const long = findExtra(extra, 1);
  let at = 0;
  const value = (short: number): number => {
    if (short !== unknown32) return short;
    if (long === undefined) throw invalidArchive('a size is missing');
    at += 8;
    return uint64(long, at - 8);
  };
  const sizeBytes = value(entry.sizeBytes);
  const packedBytes = value(entry.packedBytes);
  return { ...entry, sizeBytes, packedBytes, headerStart: value(entry.headerStart) };
}

function findExtra(extra: Buffer, wanted: number): Buffer | undefined {
  for (let at = 0; at + 4 <= extra.byteLength;) {
    const end = at + 4 + extra.readUInt16LE(at + 2);
    if (extra.readUInt16LE(at) === wanted) return extra.subarray(at + 4, end);
    at = end;
  }
  return undefined;
}
