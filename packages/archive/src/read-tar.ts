import type { ArchiveEntry, ArchiveLimits } from './archive-entry.js';
import { ByteCursor } from './byte-cursor.js';
import { EntryGuard, invalidArchive } from './entry-guard.js';
import { parsePaxRecords } from './pax-records.js';
import { blockBytes, paddingOf, parseTarHeader, type TarHeader } from './tar-header.js';

const longestExtension = 1024 * 1024;

/** The files of a tar archive in their order. @throws MeshError BAD_REQUEST, PAYLOAD_TOO_LARGE; what the source throws */
export async function* readTar(
  source: AsyncIterable<Buffer>,
  limits: ArchiveLimits,
): AsyncGenerator<ArchiveEntry, void> {
  await using cursor = new ByteCursor(source);
  const guard = new EntryGuard(limits);
  for (let header = await nextHeader(cursor); header !== undefined; header = await nextHeader(cursor)) {
    const { name, sizeBytes, type } = header;
    if (type === '5') {
      guard.folder(name);
      await skip(cursor, sizeBytes + paddingOf(sizeBytes));
      continue;
    }
    if (type !== '0' && type !== '7')
      throw invalidArchive(`${JSON.stringify(name.slice(0, 100))} is neither a file nor a folder`);
    const body = new EntryBody(cursor, sizeBytes);
    yield { path: guard.file(name, sizeBytes), sizeBytes, body };
    await skip(cursor, body.leftBytes + paddingOf(sizeBytes));
  }
}

/** With what the extended headers before it say. */
async function nextHeader(cursor: ByteCursor): Promise<TarHeader | undefined> {
  let longName: string | undefined;
  let records = new Map<string, string>();
  for (;;) {
    const block = await cursor.take(blockBytes);
    const header = block === undefined ? undefined : parseTarHeader(block);
    if (header === undefined) return undefined;
    if (header.type === 'x') records = parsePaxRecords(await extension(cursor, header));
    else if (header.type === 'L') longName = (await extension(cursor, header)).toString('utf8').replace(/\0.*$/su, '');
    else if (header.type === 'g') await extension(cursor, header);
    else return extended(header, longName, records);
  }
}

function extended(header: TarHeader, longName: string | undefined, records: ReadonlyMap<string, string>): TarHeader {
  const sizeBytes = Number(records.get('size') ?? header.sizeBytes);
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0) throw invalidArchive('a size is out of range');
  return { ...header, name: records.get('path') ?? longName ?? header.name, sizeBytes };
}

async function extension(cursor: ByteCursor, { sizeBytes }: TarHeader): Promise<Buffer> {
  if (sizeBytes > longestExtension) throw invalidArchive('an extended header is too long');
  const bytes = (await cursor.take(sizeBytes)) ?? Buffer.alloc(0);
  await skip(cursor, paddingOf(sizeBytes));
  return bytes;
}

async function skip(cursor: ByteCursor, sizeBytes: number): Promise<void> {
  for (let left = sizeBytes; left > 0;) {
    const piece = await cursor.next(left);
    if (piece === undefined) throw invalidArchive('it ends too early');
    left -= piece.byteLength;
  }
}

class EntryBody implements AsyncIterable<Buffer> {
  readonly #cursor: ByteCursor;
  leftBytes: number;

  constructor(cursor: ByteCursor, sizeBytes: number) {
    this.#cursor = cursor;
    this.leftBytes = sizeBytes;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void> {
    while (this.leftBytes > 0) {
      const piece = await this.#cursor.next(this.leftBytes);
      if (piece === undefined) throw invalidArchive('it ends too early');
      this.leftBytes -= piece.byteLength;
      yield piece;
    }
  }
}
