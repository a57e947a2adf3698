import { compareKeys } from '../disk/key-order.js';
import type { UploadHead } from '../disk/multipart-upload.js';
import { xmlAnswer } from '../http/answer.js';
import type { Operation } from '../http/exchange.js';
import { encodeRfc3986, type S3Request } from '../http/s3-request.js';
import { S3Error } from '../s3-error.js';
import type { XmlNode } from '../xml/write-xml.js';
import { isUrlEncoded, parseCount } from './list-objects.js';

const mostUploads = 1000;

function compareUploads(a: UploadHead, b: UploadHead): number {
  return compareKeys(a.key, b.key) || a.initiatedMs - b.initiatedMs || (a.uploadId < b.uploadId ? -1 : 1);
}

/** Everything behind the marked upload; with a key marker alone, behind all uploads of that key. */
function behindMarker(uploads: readonly UploadHead[], { query }: S3Request): readonly UploadHead[] {
  const keyMarker = query.get('key-marker') ?? '';
  const idMarker = query.get('upload-id-marker') ?? '';
  if (keyMarker === '') return uploads;
  const marked = uploads.findIndex(({ key, uploadId }) => key === keyMarker && uploadId === idMarker);
  return marked >= 0 ? uploads.slice(marked + 1) : uploads.filter(({ key }) => compareKeys(key, keyMarker) > 0);
}

export const listMultipartUploads: Operation = ({ request, store, bucketName }) => {
  const { query } = request;
  if (query.has('delimiter'))
    throw new S3Error('NotImplemented', 'A delimiter is not implemented for lists of uploads.');
  const isEncoded = isUrlEncoded(request);
  const encode = (text: string): string => (isEncoded ? encodeRfc3986(text).replaceAll('%2F', '/') : text);
  const prefix = query.get('prefix') ?? '';
  const maxUploads = parseCount(query.get('max-uploads'), 'max-uploads', mostUploads);
  const all = store
    .uploadsOf(bucketName)
    .all.map(({ head }) => head)
    .filter(({ key }) => key.startsWith(prefix))
    .sort(compareUploads);
  const rest = behindMarker(all, request);
  const page = rest.slice(0, maxUploads);
  const last = page.at(-1);
  return Promise.resolve(
    xmlAnswer([
      'ListMultipartUploadsResult',
      [
        ['Bucket', bucketName],
        ['KeyMarker', encode(query.get('key-marker') ?? '')],
        ['UploadIdMarker', query.get('upload-id-marker') ?? ''],
        last === undefined ? undefined : ['NextKeyMarker', encode(last.key)],
        last === undefined ? undefined : ['NextUploadIdMarker', last.uploadId],
        ['Prefix', encode(prefix)],
        ['MaxUploads', String(maxUploads)],
        isEncoded ? ['EncodingType', 'url'] : undefined,
        ['IsTruncated', String(page.length < rest.length)],
        ...page.map((head): XmlNode => [
          'Upload',
          [
            ['Key', encode(head.key)],
            ['UploadId', head.uploadId],
            ['StorageClass', 'STANDARD'],
            ['Initiated', new Date(head.initiatedMs).toISOString()],
          ],
        ]),
      ],
    ]),
  );
};
