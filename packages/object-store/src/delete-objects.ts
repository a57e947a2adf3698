import { DeleteObjectsCommand } from '@aws-sdk/client-s3';
import { MeshError } from '@infermesh/errors';
import { listObjects } from './list-objects.js';
import { callStorage, type BucketAccess } from './storage-call.js';

/** The most keys that S3 takes in one request. */
const batchKeys = 1000;

async function deleteBatch(access: BucketAccess, keys: readonly string[], signal: AbortSignal): Promise<void> {
  const command = new DeleteObjectsCommand({
    Bucket: access.bucket,
    Delete: { Objects: keys.map((Key) => ({ Key })), Quiet: true },
  });
  const answer = await callStorage(access, { verb: 'delete', key: keys[0] ?? '', signal }, (deadline) =>
    access.client.send(command, { abortSignal: deadline.signal }),
  );
  const [failed] = answer.Errors ?? [];
  if (failed === undefined) return;
  const count = String(answer.Errors?.length ?? 0);
  throw new MeshError(
    'STORAGE_UNAVAILABLE',
    `${count} objects were not deleted, the first is ${access.bucket}/${failed.Key ?? '?'}: ${failed.Code ?? 'no code'}`,
  );
}

export async function deleteObjects(access: BucketAccess, keys: readonly string[], signal: AbortSignal): Promise<void> {
  for (let start = 0; start < keys.length; start += batchKeys) {
    await deleteBatch(access, keys.slice(start, start + batchKeys), signal);
  }
}

export async function deletePrefix(access: BucketAccess, prefix: string, signal: AbortSignal): Promise<void> {
  if (prefix === '')
    throw new MeshError('BAD_REQUEST', `an empty prefix would delete all of ${access.bucket}`, { field: 'prefix' });
  let batch: string[] = [];
  for await (const { key } of listObjects(access, prefix, signal)) {
    batch.push(key);
    if (batch.length < batchKeys) continue;
    await deleteBatch(access, batch, signal);
    batch = [];
  }
  if (batch.length > 0) await deleteBatch(access, batch, signal);
}
