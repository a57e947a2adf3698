import type { Readable } from 'node:stream';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { PutOptions, StoredObject } from './object-store.js';
import { putBytes, putInput } from './put-bytes.js';
import { putParts } from './put-parts.js';
import { readExactly } from './read-exactly.js';
import { callStorage, type BucketAccess } from './storage-call.js';

const singlePutLimitBytes = 5 * 1024 ** 3;

async function putStream(
  access: BucketAccess,
  key: string,
  stream: Readable,
  sizeBytes: number,
  options: PutOptions,
): Promise<StoredObject> {
  return callStorage(access, { verb: 'put', key, signal: options.signal }, async (deadline) => {
    const body = readExactly(stream, sizeBytes, deadline);
    // The SDK does not notice when its source fails: it would wait for the rest.
    body.once('error', (error) => {
      deadline.fail(error);
    });
    const command = new PutObjectCommand({ ...putInput(access, key, options), Body: body, ContentLength: sizeBytes });
    try {
      const answer = await access.client.send(command, { abortSignal: deadline.signal });
      return { sizeBytes, etag: answer.ETag ?? '' };
    } finally {
      body.destroy();
    }
  });
}

/**
 * In one request where the server can tell a whole body from one that was cut off: bytes, or a stream with a digest. There
 * are servers that keep what arrived of a cut body. Other streams go in parts. A source that fails is not stored; it is
 * destroyed in any case.
 */
export async function putObject(
  access: BucketAccess,
  key: string,
  body: Uint8Array | Readable,
  options: PutOptions,
): Promise<StoredObject> {
  if (body instanceof Uint8Array) return putBytes(access, key, body, options);
  const { sizeBytes, sha256 } = options;
  if (sizeBytes === undefined || sha256 === undefined || sizeBytes > singlePutLimitBytes)
    return putParts(access, key, body, options);
  try {
    return await putStream(access, key, body, sizeBytes, options);
  } finally {
    body.destroy();
  }
}
