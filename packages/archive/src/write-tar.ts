import type { ArchiveEntry } from './archive-entry.js';
import { invalidArchive } from './entry-guard.js';
import { paxRecord } from './pax-records.js';
import { blockBytes, paddingOf, tarHeader } from './tar-header.js';

const longestPlainName = 100;
const largestPlainSize = 8 * 1024 ** 3 - 1;

/** A tar archive of these files. @throws MeshError BAD_REQUEST when a body has not the length it was announced with */
export async function* writeTar(entries: AsyncIterable<ArchiveEntry>): AsyncGenerator<Buffer, void> {
  for await (const { path, sizeBytes, body } of entries) {
    yield* header(path, sizeBytes);
    let left = sizeBytes;
    for await (const piece of body) {
      left -= piece.byteLength;
      if (left < 0) break;
      yield piece;
    }
    if (left !== 0) throw invalidArchive(`${path} has not the length it was announced with`);
    yield Buffer.alloc(paddingOf(sizeBytes));
  }
  yield Buffer.alloc(2 * blockBytes);
}

function* header(path: string, sizeBytes: number): Generator<Buffer> {
  const isLong = Buffer.byteLength(path) > longestPlainName;
  const isLarge = sizeBytes > largestPlainSize;
  if (isLong || isLarge) {
    const records = Buffer.concat([
      ...(isLong ? [paxRecord('path', path)] : []),
      ...(isLarge ? [paxRecord('size', String(sizeBytes))] : []),
    ]);
    yield tarHeader({ name: 'pax', sizeBytes: records.byteLength, type: 'x' });
    yield records;
    yield Buffer.alloc(paddingOf(records.byteLength));
  }
  yield tarHeader({ name: isLong ? 'long' : path, sizeBytes: isLarge ? 0 : sizeBytes, type: '0' });
}
