import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { UploadPartCommand } from '@aws-sdk/client-s3';
import { MeshError } from '@infermesh/errors';
import { abortUpload, completeUpload, createUpload } from './multipart.js';
import type { PutOptions, StoredObject, UploadedPart } from './object-store.js';
import { partSizeBytes, splitIntoParts } from './part-sizes.js';
import { payloadHashStep, signedPayloadHash } from './payload-hash.js';
import { putBytes, sizeMismatch } from './put-bytes.js';
import { sha256Hex, updateHash } from './sha256.js';
import { callStorage, type BucketAccess } from './storage-call.js';

interface PartUpload {
  readonly access: BucketAccess;
  readonly key: string;
  readonly uploadId: string;
  readonly signal: AbortSignal;
}

export async function uploadPart(upload: PartUpload, partNumber: number, bytes: Uint8Array): Promise<UploadedPart> {
  const { access, key, uploadId, signal } = upload;
  const command = new UploadPartCommand({
    Bucket: access.bucket,
    Key: key,
    UploadId: uploadId,
    PartNumber: partNumber,
    Body: bytes,
    ContentLength: bytes.byteLength,
  });
  command.middlewareStack.add(signedPayloadHash(await sha256Hex(bytes)), payloadHashStep);
  return callStorage(access, { verb: 'put part of', key, uploadBytes: bytes.byteLength, signal }, async (deadline) => {
    const answer = await access.client.send(command, { abortSignal: deadline.signal });
    return { partNumber, etag: answer.ETag ?? '' };
  });
}

/** Counts and hashes what went by; the server sees only parts, so the whole is judged here. */
class WholeCheck {
  readonly #hash = createHash('sha256');
  #sizeBytes = 0;

  async add(part: Uint8Array): Promise<void> {
    this.#sizeBytes += part.byteLength;
    await updateHash(this.#hash, part);
  }

  assertMatches(key: string, { sizeBytes = this.#sizeBytes, sha256 }: PutOptions): void {
    if (sizeBytes !== this.#sizeBytes) throw sizeMismatch(key, sizeBytes, this.#sizeBytes);
    if (sha256 !== undefined && sha256.toLowerCase() !== this.#hash.digest('hex')) {
      throw new MeshError('OBJECT_CORRUPT', `the bytes sent to ${key} do not have the announced digest`);
    }
  }
}

async function sendParts(
  upload: PartUpload,
  first: Buffer,
  rest: AsyncIterator<Buffer, void>,
  options: PutOptions,
): Promise<StoredObject> {
  const whole = new WholeCheck();
  const parts: UploadedPart[] = [];
  for (let part: Buffer | undefined = first; part !== undefined; part = (await rest.next()).value ?? undefined) {
    await whole.add(part);
    parts.push(await uploadPart(upload, parts.length + 1, part));
  }
  whole.assertMatches(upload.key, options);
  return completeUpload(upload.access, upload.key, upload.uploadId, parts, upload.signal);
}

/** Aborts what it began when anything fails. Holds one part in memory: 8 MiB up to 8 GB. */
export async function putParts(
  access: BucketAccess,
  key: string,
  stream: Readable,
  options: PutOptions,
): Promise<StoredObject> {
  const { signal } = options;
  const stop = (): void => {
    stream.destroy(signal.reason as Error);
  };
  signal.throwIfAborted();
  signal.addEventListener('abort', stop);
  const source = splitIntoParts(stream);
  try {
    const first = (await source.next()).value ?? Buffer.alloc(0);
    if (first.byteLength < partSizeBytes(1)) return await putBytes(access, key, first, options);
    const uploadId = await createUpload(access, key, options);
    try {
      return await sendParts({ access, key, uploadId, signal }, first, source, options);
    } catch (error) {
      // Not the caller's signal: what aborted the upload must not keep its parts from being dropped.
      await abortUpload(access, key, uploadId, new AbortController().signal).catch(() => undefined);
      throw error;
    }
  } finally {
    signal.removeEventListener('abort', stop);
    stream.destroy();
  }
}
