import type { S3Request } from '../http/s3-request.js';
import { S3Error, type S3ErrorCode } from '../s3-error.js';

/** What a request says about its own signature; nothing of it is proven yet. */
export interface SignatureClaim {
  readonly accessKeyId: string;
  readonly region: string;
  readonly signedHeaders: readonly string[];
  /** 64 hex digits. */
  readonly signature: string;
  readonly signedAt: Date;
  /** Only of a presigned URL. */
  readonly expiresInSeconds: number | undefined;
}

const algorithm = 'AWS4-HMAC-SHA256';
const longestExpirySeconds = 604_800;

function parseDate(text: string | undefined, code: S3ErrorCode): Date {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/u.exec(text ?? '');
  const date = new Date(match === null ? NaN : (text ?? '').replace(/^(....)(..)(..T..)(..)(..Z)$/u, '$1-$2-$3:$4:$5'));
  if (Number.isNaN(date.getTime()))
    throw new S3Error(code, 'The date of the signature must be X-Amz-Date, in the form 20260131T235959Z.');
  return date;
}

function parseScope(
  credential: string,
  signedAt: Date,
  code: S3ErrorCode,
): Pick<SignatureClaim, 'accessKeyId' | 'region'> {
  const [terminator, service, region, day, ...rest] = credential.split('/').reverse();
  const accessKeyId = rest.reverse().join('/');
  const expectedDay = signedAt.toISOString().slice(0, 10).replaceAll('-', '');
  if (
    terminator !== 'aws4_request' ||
    service !== 's3' ||
    region === undefined ||
    day !== expectedDay ||
    accessKeyId === ''
  ) {
    throw new S3Error(code, 'The credential must be <key>/<date of the signature>/<region>/s3/aws4_request.');
  }
  return { accessKeyId, region };
}

function parseSignedHeaders(text: string, code: S3ErrorCode): string[] {
  const names = text.split(';');
  if (
    !names.includes('host') ||
    names.some((name) => name !== name.toLowerCase()) ||
    new Set(names).size !== names.length
  ) {
    throw new S3Error(code, 'The signed headers must be in lower case, each once, and contain host.');
  }
  return names;
}

function parseSignature(text: string, code: S3ErrorCode): string {
  if (!/^[0-9a-f]{64}$/u.test(text)) throw new S3Error(code, 'The signature must be 64 hex digits.');
  return text;
}

/** Signatures of version 2 and others. */
function unsupportedMechanism(): S3Error {
  return new S3Error(
    'InvalidRequest',
    `The authorization mechanism you have provided is not supported. Please use ${algorithm}.`,
  );
}

function fromHeader(authorization: string, { headers }: S3Request): SignatureClaim {
  const code = 'AuthorizationHeaderMalformed';
  if (!authorization.startsWith(`${algorithm} `)) throw unsupportedMechanism();
  const field = (name: string): string => new RegExp(`[ ,]${name}=([^, ]+)`, 'u').exec(authorization)?.[1] ?? '';
  const signedAt = parseDate(headers.get('x-amz-date'), 'AccessDenied');
  return {
    ...parseScope(field('Credential'), signedAt, code),
    signedHeaders: parseSignedHeaders(field('SignedHeaders'), code),
    signature: parseSignature(field('Signature'), code),
    signedAt,
    expiresInSeconds: undefined,
  };
}

function parseExpiry(text: string | undefined): number {
  const seconds = /^\d{1,6}$/u.test(text ?? '') ? Number(text) : 0;
  if (seconds >= 1 && seconds <= longestExpirySeconds) return seconds;
  throw new S3Error(
    'AuthorizationQueryParametersError',
    `X-Amz-Expires must be between 1 and ${String(longestExpirySeconds)} seconds`,
  );
}

function fromQuery({ query }: S3Request): SignatureClaim {
  const code = 'AuthorizationQueryParametersError';
  if (query.get('X-Amz-Algorithm') !== algorithm)
    throw new S3Error(code, `X-Amz-Algorithm only supports "${algorithm}"`);
  const signedAt = parseDate(query.get('X-Amz-Date'), code);
  return {
    ...parseScope(query.get('X-Amz-Credential') ?? '', signedAt, code),
    signedHeaders: parseSignedHeaders(query.get('X-Amz-SignedHeaders') ?? '', code),
    signature: parseSignature(query.get('X-Amz-Signature') ?? '', code),
    signedAt,
    expiresInSeconds: parseExpiry(query.get('X-Amz-Expires')),
  };
}

/** @throws S3Error AccessDenied for an unsigned request; others for a claim that is not well formed */
export function parseSignatureClaim(request: S3Request): SignatureClaim {
  const authorization = request.headers.get('authorization');
  const isPresigned = [...request.query.keys()].some((name) =>
    /^x-amz-(?:signature|algorithm|credential)$/iu.test(name),
  );
  if (authorization !== undefined && isPresigned) {
    throw new S3Error(
      'InvalidArgument',
      'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter or the Authorization header should be specified',
    );
  }
  if (isPresigned) return fromQuery(request);
  if (request.query.has('AWSAccessKeyId')) throw unsupportedMechanism();
  if (authorization === undefined) throw new S3Error('AccessDenied', 'Access Denied');
  return fromHeader(authorization, request);
}
