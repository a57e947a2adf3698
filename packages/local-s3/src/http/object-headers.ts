import type { BodyChecksum } from '../body/body-hashes.js';
import type { ObjectRecord, StoredChecksum } from '../disk/object-record.js';
import { S3Error } from '../s3-error.js';
import type { S3Request } from './s3-request.js';

const kept = [
  'content-type',
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'expires',
];
const metadataPrefix = 'x-amz-meta-';
const mostMetadataBytes = 2048;
const overrides: Readonly<Record<string, string>> = {
  'response-content-type': 'content-type',
  'response-cache-control': 'cache-control',
  'response-content-disposition': 'content-disposition',
  'response-content-encoding': 'content-encoding',
  'response-content-language': 'content-language',
  'response-expires': 'expires',
};
/** These change what is stored in ways that this server cannot keep its word on. */
const notImplemented =
  /^x-amz-(?:server-side-encryption.*|object-lock-.*|tagging|website-redirect-location|grant-.*|write-offset-bytes)$/u;

function withoutTransferCoding(contentEncoding: string): string {
  return contentEncoding
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== 'aws-chunked')
    .join(',');
}

function assertPossible({ headers }: S3Request): void {
  const impossible = [...headers.keys()].find((name) => notImplemented.test(name));
  if (impossible !== undefined)
    throw new S3Error('NotImplemented', `The header ${impossible} implies functionality that is not implemented.`);
  if ((headers.get('x-amz-storage-class') ?? 'STANDARD') !== 'STANDARD') {
    throw new S3Error('InvalidStorageClass', 'The only storage class is STANDARD.');
  }
}

/** What an upload asks to be answered with its object. @throws S3Error NotImplemented, MetadataTooLarge */
export function headersToKeep(request: S3Request): Record<string, string> {
  assertPossible(request);
  const entries = [...request.headers].filter(([name]) => kept.includes(name) || name.startsWith(metadataPrefix));
  const metadata = entries.filter(([name]) => name.startsWith(metadataPrefix));
  if (
    metadata.reduce((sum, [name, value]) => sum + name.length - metadataPrefix.length + value.length, 0) >
    mostMetadataBytes
  ) {
    throw new S3Error('MetadataTooLarge', 'Your metadata headers exceed the maximum allowed metadata size');
  }
  const headers = { 'content-type': 'binary/octet-stream', ...Object.fromEntries(entries) } as Record<string, string>;
  const coding = withoutTransferCoding(headers['content-encoding'] ?? '');
  const { 'content-encoding': _given, ...others } = headers;
  return coding === '' ? others : { ...others, 'content-encoding': coding };
}

function assertHeaderValue(name: string, value: string): string {
  if (/^[\t\u0020-\u007e\u0080-\u00ff]*$/u.test(value)) return value;
  throw new S3Error('InvalidArgument', `${name} cannot be sent in a header.`);
}

function overriddenHeaders({ query }: S3Request): Record<string, string> {
  const entries = [...query].filter(([name]) => Object.hasOwn(overrides, name));
  return Object.fromEntries(entries.map(([name, value]) => [overrides[name] ?? name, assertHeaderValue(name, value)]));
}

export function checksumHeaders(checksum: StoredChecksum | BodyChecksum | undefined): Record<string, string> {
  if (checksum === undefined) return {};
  const type = 'type' in checksum ? checksum.type : 'FULL_OBJECT';
  return { [`x-amz-checksum-${checksum.algorithm}`]: checksum.value, 'x-amz-checksum-type': type };
}

/** The headers of GET and HEAD, but for the length. */
export function objectHeaders(record: ObjectRecord, request: S3Request): Record<string, string> {
  const wantsChecksum = request.headers.get('x-amz-checksum-mode')?.toUpperCase() === 'ENABLED';
  return {
    ...record.headers,
    ...overriddenHeaders(request),
    ...(wantsChecksum ? checksumHeaders(record.checksum) : {}),
    etag: `"${record.etag}"`,
    'last-modified': new Date(record.lastModifiedMs).toUTCString(),
    'accept-ranges': 'bytes',
  };
}
