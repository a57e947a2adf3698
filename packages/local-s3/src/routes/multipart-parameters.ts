import type { S3Request } from '../http/s3-request.js';
import { S3Error } from '../s3-error.js';

export function getUploadId({ query }: S3Request): string {
  return query.get('uploadId') ?? '';
}

/** @throws S3Error InvalidArgument */
export function getPartNumber({ query }: S3Request): number {
  const text = query.get('partNumber') ?? '';
  const partNumber = /^\d{1,5}$/u.test(text) ? Number(text) : 0;
  if (partNumber >= 1 && partNumber <= 10_000) return partNumber;
  throw new S3Error('InvalidArgument', 'Part number must be an integer between 1 and 10000, inclusive');
}
