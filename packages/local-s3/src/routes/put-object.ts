import type { ObjectRecord } from '../disk/object-record.js';
import { emptyAnswer } from '../http/answer.js';
import { writePrecondition } from '../http/conditions.js';
import type { Operation } from '../http/exchange.js';
import { checksumHeaders, headersToKeep } from '../http/object-headers.js';

export const putObject: Operation = async ({ request, body, store, bucketName, key, nowMs }) => {
  const bucket = store.get(bucketName);
  const headers = headersToKeep(request);
  const assertConditions = writePrecondition(request);
  assertConditions(bucket.find(key));
  using _space = await store.reserveSpace(body.sizeBytes);
  const segment = await bucket.data.write(body.read());
  const { md5Hex, checksum } = body.digests;
  const record: ObjectRecord = {
    key,
    sizeBytes: segment.sizeBytes,
    etag: md5Hex,
    lastModifiedMs: nowMs,
    segments: [segment],
    headers,
    ...(checksum === undefined ? {} : { checksum: { ...checksum, type: 'FULL_OBJECT' } }),
  };
  await bucket.put(record, assertConditions);
  return emptyAnswer(200, { etag: `"${md5Hex}"`, ...checksumHeaders(record.checksum) });
};
