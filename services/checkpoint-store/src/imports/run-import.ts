import { Readable } from 'node:stream';
import { MeshError } from '@infermesh/errors';
import type { OutboundAnswer } from '@infermesh/outbound';
import type { StoreParts } from '../parts.js';
import { readFiles, setStored } from '../records/files.js';
import { setProgress, setStatus } from '../records/status.js';
import { addWork, endWork, type Work } from '../records/work.js';

const reportEveryMs = 1_000;

/**
 * Streams a file from its URL into the object store. A try that was broken off begins anew.
 *
 * @throws MeshError OUTBOUND_FAILED, OUTBOUND_REFUSED, PAYLOAD_TOO_LARGE, DEADLINE_EXCEEDED; outages of the store and the database
 */
export async function runImport(parts: StoreParts, work: Work, owner: string, signal: AbortSignal): Promise<void> {
  const { database, objectStore, outbound, settings } = parts;
  const id = work.checkpoint_id;
  const [file] = await readFiles(database, id);
  if (file?.object_key == null) throw new MeshError('INTERNAL', 'the import has no file');
  const key = file.object_key;
  for (const { uploadId } of await objectStore.multipart.list(key, signal))
    await objectStore.multipart.abort(key, uploadId, signal);
  const url = String(work.data['url']);
  await using answer = await outbound.fetch(url, {
    maxBytes: settings.maxBytes,
    timeoutMs: settings.importTimeoutMs,
    signal,
  });
  checkAnswer(answer);
  const { sizeBytes } = await objectStore.put(key, Readable.from(reporting(parts, id, answer)), { signal });
  await database.transaction(async (tx) => {
    if (!(await endWork(tx, work.id, owner))) return;
    await setStored(tx, file.id, sizeBytes);
    await setStatus(tx, id, 'active');
    await setProgress(tx, id, null);
    await addWork(tx, id, 'inspect');
  });
}

function checkAnswer({ status, url }: OutboundAnswer): void {
  if (status === 200) return;
  const { host } = new URL(url);
  const mayPass = status >= 500 || status === 429 || status === 408;
  throw new MeshError(mayPass ? 'OUTBOUND_FAILED' : 'BAD_REQUEST', `${host} answered ${status} instead of the file`);
}

async function* reporting(
  { database, logger }: StoreParts,
  id: string,
  { body, headers }: OutboundAnswer,
): AsyncGenerator<Buffer, void> {
  const announced = headers['content-length'];
  const totalBytes = announced === undefined ? null : Number(announced);
  let receivedBytes = 0;
  let reportAt = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    receivedBytes += chunk.byteLength;
    yield chunk;
    if (performance.now() < reportAt) continue;
    reportAt = performance.now() + reportEveryMs;
    await setProgress(database, id, { receivedBytes, totalBytes }).catch((error: unknown) => {
      logger.warn({ err: error, checkpointId: id }, 'progress of an import not recorded');
    });
  }
}
