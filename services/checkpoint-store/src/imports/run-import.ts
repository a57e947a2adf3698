import { Readable } from 'node:stream';
import { MeshError } from '@infermesh/errors';
import type { StoredObject } from '@infermesh/object-store';
import type { StoreParts } from '../parts.js';
import { readFiles, setStored } from '../records/files.js';
import { setFailed, setProgress, setStatus } from '../records/status.js';
import { addWork, endWork, setWorkData, type Work } from '../records/work.js';
import { findKeptUpload } from './kept-upload.js';
import { openSource, type Source } from './open-source.js';
import { storeOnward, storeResumably, type Target } from './store-source.js';

const reportEveryMs = 1_000;

/**
 * Streams a file from its URL into the object store. A try that was broken off is gone on with, where the server names versions of
 * its files and sends parts of them; else it begins anew.
 *
 * @throws MeshError OUTBOUND_FAILED, OUTBOUND_REFUSED, PAYLOAD_TOO_LARGE, DEADLINE_EXCEEDED; outages of the store and the database
 */
export async function runImport(parts: StoreParts, work: Work, owner: string, signal: AbortSignal): Promise<void> {
  const { database, objectStore } = parts;
  const id = work.checkpoint_id;
  const [file] = await readFiles(database, id);
  if (file?.object_key == null) throw new MeshError('INTERNAL', 'the import has no file');
  const key = file.object_key;
  const kept = await findKeptUpload(objectStore, key, work.data, signal);
  await using source = await openSource(parts, String(work.data['url']), kept, signal);
  const remember = (uploadId: string): Promise<void> =>
    setWorkData(database, work.id, owner, { ...work.data, uploadId, etag: source.answer.headers['etag'] });
  const { sizeBytes } = await store(parts, id, source, { objectStore, key, remember, signal });
  await database.transaction(async (tx) => {
    if (!(await endWork(tx, work.id, owner))) return;
    await setStored(tx, file.id, sizeBytes);
    await setStatus(tx, id, 'active');
    await setProgress(tx, id, null);
    await addWork(tx, id, 'inspect');
  });
}

/** After the last try: what has arrived is of no use. @throws MeshError outages of the store and the database */
export async function giveUpImport(parts: StoreParts, work: Work, owner: string, error: MeshError): Promise<void> {
  const { database } = parts;
  const [file] = await readFiles(database, work.checkpoint_id);
  if (file?.object_key != null) await abortUploads(parts, file.object_key, new AbortController().signal);
  await database.transaction(async (tx) => {
    if (await endWork(tx, work.id, owner)) await setFailed(tx, work.checkpoint_id, error.message);
  });
}

async function store(parts: StoreParts, id: string, source: Source, target: Target): Promise<StoredObject> {
  const { objectStore, key, signal } = target;
  const bytes = reporting(parts, id, source);
  if (source.kept !== undefined) return storeOnward(target, source.kept, bytes);
  await abortUploads(parts, key, signal);
  if (namesVersion(source)) return storeResumably(target, bytes);
  return objectStore.put(key, Readable.from(bytes), { signal });
}

/** By a strong validator: a weak one may stand for other bytes. */
function namesVersion({ answer }: Source): boolean {
  return answer.headers['etag']?.startsWith('"') ?? false;
}

async function abortUploads({ objectStore }: StoreParts, key: string, signal: AbortSignal): Promise<void> {
  for (const { uploadId } of await objectStore.multipart.list(key, signal))
    await objectStore.multipart.abort(key, uploadId, signal);
}

async function* reporting(
  { database, logger, settings }: StoreParts,
  id: string,
  { answer, kept }: Source,
): AsyncGenerator<Buffer, void> {
  const before = kept?.receivedBytes ?? 0;
  const announced = answer.headers['content-length'];
  const totalBytes = announced === undefined ? null : before + Number(announced);
  let receivedBytes = before;
  let reportAt = 0;
  for await (const chunk of answer.body as AsyncIterable<Buffer>) {
    receivedBytes += chunk.byteLength;
    if (receivedBytes > settings.maxBytes)
      throw new MeshError('PAYLOAD_TOO_LARGE', `the file is larger than the ${settings.maxBytes} bytes allowed`);
    yield chunk;
    if (performance.now() < reportAt) continue;
    reportAt = performance.now() + reportEveryMs;
    await setProgress(database, id, { receivedBytes, totalBytes }).catch((error: unknown) => {
      logger.warn({ err: error, checkpointId: id }, 'progress of an import not recorded');
    });
  }
}
