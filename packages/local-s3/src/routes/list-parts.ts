import { xmlAnswer } from '../http/answer.js';
import type { Operation } from '../http/exchange.js';
import type { XmlNode } from '../xml/write-xml.js';
import { parseCount } from './list-objects.js';
import { getUploadId } from './multipart-parameters.js';

const mostParts = 1000;

export const listParts: Operation = ({ request, store, bucketName, key }) => {
  const uploadId = getUploadId(request);
  const upload = store.uploadsOf(bucketName).get(uploadId, key);
  const maxParts = parseCount(request.query.get('max-parts'), 'max-parts', mostParts);
  const marker = parseCount(request.query.get('part-number-marker') ?? '0', 'part-number-marker', 10_000);
  const rest = [...upload.parts.values()]
    .filter(({ partNumber }) => partNumber > marker)
    .sort((a, b) => a.partNumber - b.partNumber);
  const page = rest.slice(0, maxParts);
  // Left out on the last page: the SDK's paginator follows it whatever IsTruncated says.
  const next = page.length < rest.length ? page.at(-1)?.partNumber : undefined;
  return Promise.resolve(
    xmlAnswer([
      'ListPartsResult',
      [
        ['Bucket', bucketName],
        ['Key', key],
        ['UploadId', uploadId],
        ['PartNumberMarker', String(marker)],
        next === undefined ? undefined : ['NextPartNumberMarker', String(next)],
        ['MaxParts', String(maxParts)],
        ['IsTruncated', String(page.length < rest.length)],
        ...page.map((part): XmlNode => [
          'Part',
          [
            ['PartNumber', String(part.partNumber)],
            ['LastModified', new Date(part.lastModifiedMs).toISOString()],
            ['ETag', `"${part.etag}"`],
            ['Size', String(part.segment.sizeBytes)],
            part.checksum === undefined
              ? undefined
              : [`Checksum${part.checksum.algorithm.toUpperCase()}`, part.checksum.value],
          ],
        ]),
      ],
    ]),
  );
};
