import { PutObjectCommand, type PutObjectCommandInput } from '@aws-sdk/client-s3';
import { MeshError } from '@infermesh/errors';
import type { PutOptions, StoredObject } from './object-store.js';
import { payloadHashStep, signedPayloadHash } from './payload-hash.js';
import { sha256Hex, sha256HexToBase64 } from './sha256.js';
import { callStorage, type BucketAccess } from './storage-call.js';

/** What S3 itself would answer for an object stored without a type. */
export const defaultContentType = 'application/octet-stream';

export function putInput(access: BucketAccess, key: string, options: PutOptions): PutObjectCommandInput {
  return {
    Bucket: access.bucket,
    Key: key,
    ContentType: options.contentType ?? defaultContentType,
    ...(options.sha256 === undefined ? {} : { ChecksumSHA256: sha256HexToBase64(options.sha256) }),
  };
}

export function sizeMismatch(key: string, expectedBytes: number, actualBytes: number): MeshError {
  const text = `${key} was announced with ${String(expectedBytes)} bytes and has ${String(actualBytes)}`;
  return new MeshError('BAD_REQUEST', text, { field: 'sizeBytes' });
}

export async function putBytes(
  access: BucketAccess,
  key: string,
  bytes: Uint8Array,
  options: PutOptions,
): Promise<StoredObject> {
  const { sizeBytes = bytes.byteLength } = options;
  if (sizeBytes !== bytes.byteLength) throw sizeMismatch(key, sizeBytes, bytes.byteLength);
  const command = new PutObjectCommand({
    ...putInput(access, key, options),
    Body: bytes,
    ContentLength: bytes.byteLength,
  });
  command.middlewareStack.add(signedPayloadHash(options.sha256 ?? (await sha256Hex(bytes))), payloadHashStep);
  return callStorage(access, { verb: 'put', key, uploadBytes: sizeBytes, signal: options.signal }, async (deadline) => {
    const answer = await access.client.send(command, { abortSignal: deadline.signal });
    return { sizeBytes, etag: answer.ETag ?? '' };
  });
}
