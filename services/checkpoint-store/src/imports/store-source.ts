import { Readable } from 'node:stream';
import { partSizeBytes, splitIntoParts, type ObjectStore, type StoredObject } from '@infermesh/object-store';
import type { KeptUpload } from './kept-upload.js';

/** Where a file goes. */
export interface Target {
  readonly objectStore: ObjectStore;
  readonly key: string;
  /** Remembers an upload, so that a next try can go on with it. */
  readonly remember: (uploadId: string) => Promise<void>;
  readonly signal: AbortSignal;
}

type Upload = Pick<KeptUpload, 'uploadId' | 'parts'>;

/** Stores a whole file in an upload that outlives a try that is broken off. */
export async function storeResumably(target: Target, bytes: AsyncIterable<Buffer>): Promise<StoredObject> {
  const { objectStore, key, remember, signal } = target;
  const pieces = splitIntoParts(Readable.from(bytes));
  const first = (await pieces.next()).value ?? Buffer.alloc(0);
  if (first.byteLength < partSizeBytes(1)) return objectStore.put(key, first, { signal });
  const uploadId = await objectStore.multipart.create(key, { signal });
  await remember(uploadId);
  const part = await objectStore.multipart.put(key, uploadId, 1, first, signal);
  return storeRest(target, { uploadId, parts: [part] }, pieces);
}

/** Goes on with an upload: the bytes are those that follow after its parts. */
export function storeOnward(target: Target, upload: Upload, bytes: AsyncIterable<Buffer>): Promise<StoredObject> {
  return storeRest(target, upload, splitIntoParts(Readable.from(bytes), upload.parts.length + 1));
}

async function storeRest(
  { objectStore, key, signal }: Target,
  { uploadId, parts }: Upload,
  pieces: AsyncIterable<Buffer>,
): Promise<StoredObject> {
  const sent = [...parts];
  for await (const piece of pieces)
    sent.push(await objectStore.multipart.put(key, uploadId, sent.length + 1, piece, signal));
  return objectStore.multipart.complete(key, uploadId, sent, signal);
}
