import type { ListPosition, ListQuery } from '../disk/list-keys.js';
import type { ObjectRecord } from '../disk/object-record.js';
import { xmlAnswer } from '../http/answer.js';
import type { Operation } from '../http/exchange.js';
import { encodeRfc3986, type S3Request } from '../http/s3-request.js';
import { S3Error } from '../s3-error.js';
import type { XmlNode } from '../xml/write-xml.js';

const mostKeys = 1000;

export function parseCount(text: string | undefined, name: string, most: number): number {
  if (text === undefined) return most;
  if (!/^\d{1,10}$/u.test(text))
    throw new S3Error('InvalidArgument', `Argument ${name} must be an integer between 0 and 2147483647`);
  return Math.min(most, Number(text));
}

export function isUrlEncoded({ query }: S3Request): boolean {
  const encoding = query.get('encoding-type');
  if (encoding !== undefined && encoding !== 'url')
    throw new S3Error('InvalidArgument', 'Invalid Encoding Method specified in Request');
  return encoding === 'url';
}

function encodePosition({ kind, value }: ListPosition): string {
  return Buffer.from(JSON.stringify([kind, value])).toString('base64url');
}

function decodePosition(token: string): ListPosition {
  try {
    const [kind, value] = JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as [unknown, unknown];
    if ((kind === 'key' || kind === 'prefix') && typeof value === 'string') return { kind, value };
  } catch {
    // Falls through: garbage is as wrong as a list of other things.
  }
  throw new S3Error('InvalidArgument', 'The continuation token provided is incorrect');
}

function positionOf({ query }: S3Request): ListPosition | undefined {
  const token = query.get('continuation-token');
  if (token !== undefined) return decodePosition(token);
  const startAfter = query.get('start-after') ?? '';
  return startAfter === '' ? undefined : { kind: 'key', value: startAfter };
}

function contentsNode(record: ObjectRecord, encode: (text: string) => string): XmlNode {
  return [
    'Contents',
    [
      ['Key', encode(record.key)],
      ['LastModified', new Date(record.lastModifiedMs).toISOString()],
      ['ETag', `"${record.etag}"`],
      record.checksum === undefined ? undefined : ['ChecksumAlgorithm', record.checksum.algorithm.toUpperCase()],
      ['Size', String(record.sizeBytes)],
      ['StorageClass', 'STANDARD'],
    ],
  ];
}

export const listObjects: Operation = ({ request, store, bucketName }) => {
  const { query } = request;
  const isEncoded = isUrlEncoded(request);
  const encode = (text: string): string => (isEncoded ? encodeRfc3986(text).replaceAll('%2F', '/') : text);
  const echo = (name: string, parameter: string, encoding = encode): XmlNode | undefined => {
    const value = query.get(parameter);
    return value === undefined ? undefined : [name, encoding(value)];
  };
  const listQuery: ListQuery = {
    prefix: query.get('prefix') ?? '',
    delimiter: query.get('delimiter') ?? '',
    maxKeys: parseCount(query.get('max-keys'), 'max-keys', mostKeys),
    after: positionOf(request),
  };
  const { records, commonPrefixes, next } = store.get(bucketName).list(listQuery);
  return Promise.resolve(
    xmlAnswer([
      'ListBucketResult',
      [
        ['Name', bucketName],
        ['Prefix', encode(listQuery.prefix)],
        echo('Delimiter', 'delimiter'),
        echo('StartAfter', 'start-after'),
        echo('ContinuationToken', 'continuation-token', (text) => text),
        next === undefined ? undefined : ['NextContinuationToken', encodePosition(next)],
        ['KeyCount', String(records.length + commonPrefixes.length)],
        ['MaxKeys', String(listQuery.maxKeys)],
        isEncoded ? ['EncodingType', 'url'] : undefined,
        ['IsTruncated', String(next !== undefined)],
        ...records.map((record) => contentsNode(record, encode)),
        ...commonPrefixes.map((prefix): XmlNode => ['CommonPrefixes', [['Prefix', encode(prefix)]]]),
      ],
    ]),
  );
};
