import { createHash } from 'node:crypto';
import { xmlAnswer } from '../http/answer.js';
import { parseByteRange } from '../http/byte-range.js';
import type { Operation } from '../http/exchange.js';
import { getCopySource } from './copy-source.js';
import { getPartNumber, getUploadId } from './multipart-parameters.js';

export const uploadPartCopy: Operation = async ({ request, store, bucketName, key, nowMs }) => {
  const uploads = store.uploadsOf(bucketName);
  const uploadId = getUploadId(request);
  const partNumber = getPartNumber(request);
  uploads.get(uploadId, key);
  const { bucket, record } = getCopySource(request, store);
  const range = parseByteRange(request.headers.get('x-amz-copy-source-range'), record.sizeBytes);
  const { startByte, endByte } = range ?? { startByte: 0, endByte: record.sizeBytes };

  const md5 = createHash('md5');
  const bytes = await bucket.data.read(record.segments, startByte, endByte);
  const segment = await store.get(bucketName).data.write(hashed(bytes, (chunk) => md5.update(chunk)));
  const etag = md5.digest('hex');
  await uploads.addPart(key, { kind: 'part', uploadId, partNumber, etag, lastModifiedMs: nowMs, segment });
  return xmlAnswer([
    'CopyPartResult',
    [
      ['LastModified', new Date(nowMs).toISOString()],
      ['ETag', `"${etag}"`],
    ],
  ]);
};

async function* hashed(bytes: AsyncIterable<Buffer>, update: (chunk: Buffer) => void): AsyncGenerator<Buffer> {
  for await (const chunk of bytes) {
    update(chunk);
    yield chunk;
  }
}
