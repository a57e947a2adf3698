import { Readable, pipeline } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { crc32, createInflateRaw } from 'node:zlib';
import type { ArchiveEntry, ArchiveLimits } from './archive-entry.js';
import { EntryGuard, invalidArchive } from './entry-guard.js';
import { findZipDirectory, parseZipEntries, tailBytes, type ZipEntry } from './zip-directory.js';

/** An archive of which any part can be read. */
export interface RangeSource {
  readonly sizeBytes: number;
  /** Bytes `start` to `end`, the latter not included. */
  read(start: number, end: number): Promise<Readable>;
}

const longestDirectory = 16 * 1024 * 1024;

/** The files of a zip archive in the order of its directory. @throws MeshError BAD_REQUEST, PAYLOAD_TOO_LARGE; what the source throws */
export async function* readZip(source: RangeSource, limits: ArchiveLimits): AsyncGenerator<ArchiveEntry, void> {
  const guard = new EntryGuard(limits);
  for (const entry of parseZipEntries(await readDirectory(source))) {
    if (entry.name.endsWith('/')) {
      guard.folder(entry.name);
      continue;
    }
    yield { path: guard.file(entry.name, entry.sizeBytes), sizeBytes: entry.sizeBytes, body: entryBody(source, entry) };
  }
}

async function readBytes(source: RangeSource, start: number, end: number): Promise<Buffer> {
  if (start < 0 || start >= end || end > source.sizeBytes)
    throw invalidArchive('it is no zip archive, or a damaged one');
  return buffer(await source.read(start, end));
}

async function readDirectory(source: RangeSource): Promise<Buffer> {
  const tailStart = Math.max(0, source.sizeBytes - tailBytes);
  const { start, end, entries } = findZipDirectory(await readBytes(source, tailStart, source.sizeBytes), tailStart);
  if (entries === 0) return Buffer.alloc(0);
  if (end - start > longestDirectory) throw invalidArchive('its directory is too long');
  return readBytes(source, start, end);
}

async function* entryBody(source: RangeSource, entry: ZipEntry): AsyncGenerator<Buffer, void> {
  let left = entry.sizeBytes;
  let sum = 0;
  for await (const piece of await openEntry(source, entry)) {
    left -= piece.byteLength;
    if (left < 0) break;
    sum = crc32(piece, sum);
    yield piece;
  }
  if (left !== 0 || sum !== entry.crc32) throw invalidArchive(`${JSON.stringify(entry.name.slice(0, 100))} is damaged`);
}

async function openEntry(
  source: RangeSource,
  { headerStart, packedBytes, method }: ZipEntry,
): Promise<AsyncIterable<Buffer>> {
  const header = await readBytes(source, headerStart, headerStart + 30);
  if (header.toString('latin1', 0, 4) !== 'PK\x03\x04') throw invalidArchive('its directory is damaged');
  const start = headerStart + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  if (packedBytes === 0) return Readable.from([]);
  if (start + packedBytes > source.sizeBytes) throw invalidArchive('it ends too early');
  const packed = await source.read(start, start + packedBytes);
  if (method === 0) return packed as AsyncIterable<Buffer>;
  if (method === 8) return inflated(packed);
  packed.destroy();
  throw invalidArchive(`it uses the compression method ${method}: deflate and store can be read`);
}

async function* inflated(packed: Readable): AsyncGenerator<Buffer, void> {
  const inflate = createInflateRaw();
  pipeline(packed, inflate, () => undefined); // a failure of either comes out of `inflate`
  try {
    for await (const piece of inflate as AsyncIterable<Buffer>) yield piece;
  } catch (error) {
    throw isDataError(error) ? invalidArchive('an entry cannot be unpacked', error) : error;
  }
}

function isDataError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');
}
