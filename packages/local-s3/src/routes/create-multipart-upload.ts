import { isChecksumAlgorithm, type ChecksumAlgorithm } from '../body/checksum.js';
import { xmlAnswer } from '../http/answer.js';
import type { Operation } from '../http/exchange.js';
import { headersToKeep } from '../http/object-headers.js';
import type { S3Request } from '../http/s3-request.js';
import { S3Error } from '../s3-error.js';

interface ChecksumPlan {
  readonly checksumAlgorithm?: ChecksumAlgorithm;
  readonly checksumType?: 'FULL_OBJECT' | 'COMPOSITE';
}

function parseChecksumPlan({ headers }: S3Request): ChecksumPlan {
  const checksumAlgorithm = headers.get('x-amz-checksum-algorithm')?.toLowerCase();
  const checksumType =
    headers.get('x-amz-checksum-type')?.toUpperCase() ??
    (checksumAlgorithm === 'crc64nvme' ? 'FULL_OBJECT' : 'COMPOSITE');
  if (checksumAlgorithm === undefined) return {};
  if (!isChecksumAlgorithm(checksumAlgorithm) || (checksumType !== 'FULL_OBJECT' && checksumType !== 'COMPOSITE')) {
    throw new S3Error('InvalidRequest', 'Checksum algorithm or type provided is unsupported.');
  }
  return { checksumAlgorithm, checksumType };
}

export const createMultipartUpload: Operation = async ({ request, store, bucketName, key, nowMs }) => {
  const plan = parseChecksumPlan(request);
  const head = { key, initiatedMs: nowMs, headers: headersToKeep(request), ...plan };
  const uploadId = await store.uploadsOf(bucketName).create(head);
  return xmlAnswer(
    [
      'InitiateMultipartUploadResult',
      [
        ['Bucket', bucketName],
        ['Key', key],
        ['UploadId', uploadId],
      ],
    ],
    {
      ...(plan.checksumAlgorithm === undefined
        ? {}
        : { 'x-amz-checksum-algorithm': plan.checksumAlgorithm.toUpperCase() }),
      ...(plan.checksumType === undefined ? {} : { 'x-amz-checksum-type': plan.checksumType }),
    },
  );
};
