import type { Bucket } from '../disk/bucket.js';
import type { ObjectRecord, Segment } from '../disk/object-record.js';
import { xmlAnswer } from '../http/answer.js';
import { writePrecondition } from '../http/conditions.js';
import type { Operation } from '../http/exchange.js';
import { checksumHeaders, headersToKeep } from '../http/object-headers.js';
import type { S3Request } from '../http/s3-request.js';
import { S3Error } from '../s3-error.js';
import { getCopySource, type CopySource } from './copy-source.js';

function isReplacing({ headers }: S3Request): boolean {
  const directive = headers.get('x-amz-metadata-directive') ?? 'COPY';
  if (directive !== 'COPY' && directive !== 'REPLACE')
    throw new S3Error('InvalidArgument', 'Unknown metadata directive.');
  return directive === 'REPLACE';
}

async function duplicateSegments({ bucket: from, record }: CopySource, to: Bucket): Promise<readonly Segment[]> {
  if (from === to) return to.data.duplicate(record.segments);
  return [await to.data.write(await from.data.read(record.segments, 0, record.sizeBytes))];
}

/** Keeps the source's ETag, also of a multipart upload, where S3 computes a new one. */
export const copyObject: Operation = async ({ request, store, bucketName, key, nowMs }) => {
  const bucket = store.get(bucketName);
  const source = getCopySource(request, store);
  const headers = isReplacing(request) ? headersToKeep(request) : source.record.headers;
  if (source.bucket === bucket && source.record.key === key && !isReplacing(request)) {
    throw new S3Error(
      'InvalidRequest',
      'This copy request is illegal because it is trying to copy an object to itself without changing its metadata.',
    );
  }
  const { uploadId: _uploadId, ...kept } = source.record;
  const segments = await duplicateSegments(source, bucket);
  const record: ObjectRecord = { ...kept, key, headers, segments, lastModifiedMs: nowMs };
  await bucket.put(record, writePrecondition(request));
  return xmlAnswer(
    [
      'CopyObjectResult',
      [
        ['LastModified', new Date(nowMs).toISOString()],
        ['ETag', `"${record.etag}"`],
      ],
    ],
    checksumHeaders(record.checksum),
  );
};
