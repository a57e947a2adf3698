import { emptyAnswer } from '../http/answer.js';
import type { Operation } from '../http/exchange.js';
import { checksumHeaders } from '../http/object-headers.js';
import { getPartNumber, getUploadId } from './multipart-parameters.js';

export const uploadPart: Operation = async ({ request, body, store, bucketName, key, nowMs }) => {
  const uploads = store.uploadsOf(bucketName);
  const uploadId = getUploadId(request);
  const partNumber = getPartNumber(request);
  uploads.get(uploadId, key);
  using _space = await store.reserveSpace(body.sizeBytes);
  const segment = await store.get(bucketName).data.write(body.read());
  const { md5Hex, checksum } = body.digests;
  await uploads.addPart(key, {
    kind: 'part',
    uploadId,
    partNumber,
    etag: md5Hex,
    lastModifiedMs: nowMs,
    segment,
    ...(checksum === undefined ? {} : { checksum }),
  });
  const { 'x-amz-checksum-type': _type, ...headers } = checksumHeaders(checksum);
  return emptyAnswer(200, { etag: `"${md5Hex}"`, ...headers });
};
