import type { IncomingMessage } from 'node:http';
import { S3Error } from '../s3-error.js';

/** A request, taken apart but not yet believed. */
export interface S3Request {
  readonly method: string;
  /** Encoded the one way that signatures use, however the client wrote it. */
  readonly canonicalPath: string;
  readonly bucket: string | undefined;
  readonly key: string | undefined;
  readonly query: ReadonlyMap<string, string>;
  /** Lower-case names. In a presigned request also the `x-amz-*` values that its query carries. */
  readonly headers: ReadonlyMap<string, string>;
}

const longestKeyBytes = 1024;
const mostParameters = 64;
const mostHeaders = 100;
/** Twice in one request, these could mean one thing to the signature and another to the operation. */
const single = /^(?:x-amz-.*|host|authorization|date|range|expect|content-.*|if-.*|origin)$/u;

export function encodeRfc3986(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/gu,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new S3Error('InvalidURI', "Couldn't parse the specified URI.");
  }
}

function parseHeaders(raw: readonly string[]): Map<string, string> {
  if (raw.length > 2 * mostHeaders) throw new S3Error('InvalidRequest', 'The request has too many headers.');
  const headers = new Map<string, string>();
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = (raw[index] ?? '').toLowerCase();
    const value = raw[index + 1] ?? '';
    const before = headers.get(name);
    if (before !== undefined && single.test(name)) {
      throw new S3Error('InvalidRequest', `The header ${name} may be given once.`);
    }
    headers.set(name, before === undefined ? value : `${before},${value}`);
  }
  return headers;
}

function parseQuery(text: string): Map<string, string> {
  const query = new Map<string, string>();
  if (text === '') return query;
  for (const pair of text.split('&', mostParameters + 1)) {
    const equals = pair.indexOf('=');
    const name = decode((equals < 0 ? pair : pair.slice(0, equals)).replaceAll('+', ' '));
    if (query.has(name)) throw new S3Error('InvalidArgument', `The parameter ${name} may be given once.`);
    query.set(name, equals < 0 ? '' : decode(pair.slice(equals + 1).replaceAll('+', ' ')));
  }
  if (query.size > mostParameters) throw new S3Error('InvalidArgument', 'The request has too many parameters.');
  return query;
}

function parsePath(path: string): Pick<S3Request, 'canonicalPath' | 'bucket' | 'key'> {
  const decoded = decode(path);
  const slash = decoded.indexOf('/', 1);
  const bucket = slash < 0 ? decoded.slice(1) : decoded.slice(1, slash);
  const key = slash < 0 ? '' : decoded.slice(slash + 1);
  if (Buffer.byteLength(key) > longestKeyBytes) throw new S3Error('KeyTooLongError', 'Your key is too long');
  if (bucket === '' && decoded !== '/') {
    throw new S3Error('InvalidBucketName', 'The specified bucket is not valid.');
  }
  return {
    canonicalPath: decoded.split('/').map(encodeRfc3986).join('/'),
    bucket: bucket === '' ? undefined : bucket,
    key: key === '' ? undefined : key,
  };
}

/** @throws S3Error for what cannot be understood in exactly one way */
export function parseRequest(message: IncomingMessage): S3Request {
  const url = message.url ?? '';
  if (!url.startsWith('/')) throw new S3Error('InvalidURI', "Couldn't parse the specified URI.");
  const question = url.indexOf('?');
  return {
    method: message.method ?? '',
    ...parsePath(question < 0 ? url : url.slice(0, question)),
    query: parseQuery(question < 0 ? '' : url.slice(question + 1)),
    headers: parseHeaders(message.rawHeaders),
  };
}
