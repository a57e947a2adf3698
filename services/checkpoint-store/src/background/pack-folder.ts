import { createHash, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { defaultLimits, readTar, readZip, writeTar, type ArchiveEntry, type ArchiveLimits } from '@infermesh/archive';
import { MeshError } from '@infermesh/errors';
import { objectKeys, type ObjectStore } from '@infermesh/object-store';
import { confineExternalData } from '../formats/external-data.js';
import { lookOver, type LookedOver } from '../formats/look-over.js';
import type { StoreParts } from '../parts.js';
import { readFiles, type FileRow } from '../records/files.js';
import { discardLater } from '../records/garbage.js';
import { replaceByArchive } from '../records/packed-folder.js';
import { endWork, type Work } from '../records/work.js';

/** Makes one tar archive of what was uploaded: files, a tar or a zip. The bytes pass through and are looked over on their way. */
export async function packFolder(parts: StoreParts, work: Work, owner: string, signal: AbortSignal): Promise<void> {
  const { database, objectStore, settings } = parts;
  const id = work.checkpoint_id;
  const limits = { ...defaultLimits, maxBytes: settings.maxBytes };
  const key = objectKeys.checkpointFile({ checkpointId: id, file: 'folder.tar' });
  const packed: LookedOver[] = [];
  const sum = new Sum();
  const entries = lookedOver(entriesOf(objectStore, await readFiles(database, id), limits, signal), packed);
  await objectStore.put(key, Readable.from(sum.passing(writeTar(entries))), {
    contentType: 'application/x-tar',
    signal,
  });
  judge(packed);
  await database.transaction(async (tx) => {
    if (!(await endWork(tx, work.id, owner))) return;
    await replaceByArchive(tx, id, { key, sizeBytes: sum.sizeBytes, sha256: sum.digest() }, packed);
    await discardLater(tx, randomUUID(), `${objectKeys.checkpointPrefix(id)}upload/`, 0);
  });
}

function judge(files: readonly LookedOver[]): void {
  if (files.length === 0) throw new MeshError('BAD_REQUEST', 'the folder holds no file');
  const models = new Map(files.map(({ path, externalData }) => [path, externalData]));
  confineExternalData(models, new Set(files.map(({ path }) => path)));
}

function entriesOf(
  objectStore: ObjectStore,
  files: readonly FileRow[],
  limits: ArchiveLimits,
  signal: AbortSignal,
): AsyncIterable<ArchiveEntry> {
  const [only] = files;
  if (files.length !== 1 || only?.object_key == null) return storedFiles(objectStore, files, signal);
  if (only.path.endsWith('.tar')) return tarEntries(objectStore, only.object_key, limits, signal);
  if (only.path.endsWith('.zip')) return zipEntries(objectStore, only.object_key, limits, signal);
  return storedFiles(objectStore, files, signal);
}

async function* storedFiles(
  objectStore: ObjectStore,
  files: readonly FileRow[],
  signal: AbortSignal,
): AsyncGenerator<ArchiveEntry, void> {
  for (const { path, object_key: key } of files) {
    if (key === null) continue;
    const { body, sizeBytes } = await objectStore.get(key, { signal });
    yield { path, sizeBytes, body: body as AsyncIterable<Buffer> };
  }
}

async function* tarEntries(
  objectStore: ObjectStore,
  key: string,
  limits: ArchiveLimits,
  signal: AbortSignal,
): AsyncGenerator<ArchiveEntry, void> {
  const { body } = await objectStore.get(key, { signal });
  yield* readTar(body as AsyncIterable<Buffer>, limits);
}

async function* zipEntries(
  objectStore: ObjectStore,
  key: string,
  limits: ArchiveLimits,
  signal: AbortSignal,
): AsyncGenerator<ArchiveEntry, void> {
  const { sizeBytes } = await objectStore.head(key, signal);
  const read = async (startByte: number, end: number): Promise<Readable> =>
    (await objectStore.get(key, { signal, range: { startByte, endByte: end - 1 } })).body;
  yield* readZip({ sizeBytes, read }, limits);
}

async function* lookedOver(
  entries: AsyncIterable<ArchiveEntry>,
  packed: LookedOver[],
): AsyncGenerator<ArchiveEntry, void> {
  for await (const { path, sizeBytes, body } of entries) {
    yield { path, sizeBytes, body: lookOver(path, sizeBytes, body, (file) => packed.push(file)) };
  }
}

/** Counts and hashes what passes. */
class Sum {
  readonly #hash = createHash('sha256');
  sizeBytes = 0;

  async *passing(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
    for await (const chunk of bytes) {
      this.#hash.update(chunk);
      this.sizeBytes += chunk.byteLength;
      yield chunk;
    }
  }

  digest(): string {
    return this.#hash.digest('hex');
  }
}
