import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { MeshError } from '@infermesh/errors';
import type { ObjectInfo } from './object-store.js';
import { callStorage, type BucketAccess } from './storage-call.js';

export async function headObject(access: BucketAccess, key: string, signal: AbortSignal): Promise<ObjectInfo> {
  const command = new HeadObjectCommand({ Bucket: access.bucket, Key: key });
  return callStorage(access, { verb: 'head', key, signal }, async (deadline) => {
    const answer = await access.client.send(command, { abortSignal: deadline.signal });
    return {
      sizeBytes: answer.ContentLength ?? 0,
      contentType: answer.ContentType ?? 'application/octet-stream',
      etag: answer.ETag ?? '',
      lastModified: answer.LastModified ?? new Date(0),
    };
  });
}

export async function findObject(
  access: BucketAccess,
  key: string,
  signal: AbortSignal,
): Promise<ObjectInfo | undefined> {
  try {
    return await headObject(access, key, signal);
  } catch (error) {
    if (error instanceof MeshError && error.code === 'OBJECT_NOT_FOUND') return undefined;
    throw error;
  }
}
