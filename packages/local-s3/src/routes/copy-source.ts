import type { Bucket } from '../disk/bucket.js';
import type { DiskStore } from '../disk/disk-store.js';
import type { ObjectRecord } from '../disk/object-record.js';
import { checkReadConditions, preconditionFailed } from '../http/conditions.js';
import type { S3Request } from '../http/s3-request.js';
import { S3Error } from '../s3-error.js';

export interface CopySource {
  readonly bucket: Bucket;
  readonly record: ObjectRecord;
}

function parseSource(header: string): { readonly bucketName: string; readonly key: string } {
  const match = /^\/?(?<bucket>[^/?]+)\/(?<key>[^?]+)$/u.exec(header)?.groups;
  try {
    if (match !== undefined)
      return { bucketName: decodeURIComponent(match['bucket'] ?? ''), key: decodeURIComponent(match['key'] ?? '') };
  } catch {
    // Falls through: an encoding that is none is as wrong as a missing slash.
  }
  throw new S3Error('InvalidArgument', 'x-amz-copy-source must be <bucket>/<key>, URL-encoded.');
}

/** The object named by `x-amz-copy-source`, if its conditions hold. */
export function getCopySource(request: S3Request, store: DiskStore): CopySource {
  const { bucketName, key } = parseSource(request.headers.get('x-amz-copy-source') ?? '');
  const bucket = store.get(bucketName);
  const record = bucket.get(key);
  const verdict = checkReadConditions((name) => request.headers.get(`x-amz-copy-source-${name}`), record);
  if (verdict === 'not-modified') throw preconditionFailed();
  return { bucket, record };
}
