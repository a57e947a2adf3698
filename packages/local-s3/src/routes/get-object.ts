import { Readable } from 'node:stream';
import { emptyAnswer } from '../http/answer.js';
import { parseByteRange } from '../http/byte-range.js';
import { checkReadConditions } from '../http/conditions.js';
import type { Operation } from '../http/exchange.js';
import { objectHeaders } from '../http/object-headers.js';

/** As much as a stream would hold for one reader. */
const mostBytesAtOnce = 128 * 1024;

/** GET and HEAD: the same headers, with and without the bytes. */
export const getObject: Operation = async ({ request, store, bucketName, key }) => {
  const bucket = store.get(bucketName);
  const record = bucket.get(key);
  const headers = objectHeaders(record, request);
  if (checkReadConditions((name) => request.headers.get(name), record) === 'not-modified')
    return emptyAnswer(304, headers);

  const range = parseByteRange(request.headers.get('range'), record.sizeBytes);
  const { startByte, endByte } = range ?? { startByte: 0, endByte: record.sizeBytes };
  const answer = {
    status: range === undefined ? 200 : 206,
    headers: {
      ...headers,
      'content-length': String(endByte - startByte),
      ...(range === undefined
        ? {}
        : { 'content-range': `bytes ${String(startByte)}-${String(endByte - 1)}/${String(record.sizeBytes)}` }),
    },
  };
  if (request.method === 'HEAD') return answer;
  if (endByte - startByte <= mostBytesAtOnce)
    return { ...answer, body: await bucket.data.readWhole(record.segments, startByte, endByte) };
  const bytes = await bucket.data.read(record.segments, startByte, endByte);
  return { ...answer, body: Readable.from(bytes, { objectMode: false }) };
};
