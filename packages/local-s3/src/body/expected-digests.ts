import type { S3Request } from '../http/s3-request.js';
import { S3Error } from '../s3-error.js';
import { isChecksumAlgorithm, type ChecksumAlgorithm } from './checksum.js';

/** What the client says its body's digests are. */
export interface ExpectedDigests {
  /** Base64, from Content-MD5. */
  readonly md5: string | undefined;
  /** Hex, from the signature. */
  readonly sha256: string | undefined;
  readonly checksum: ExpectedChecksum | undefined;
}

export interface ExpectedChecksum {
  readonly algorithm: ChecksumAlgorithm;
  /** Base64; undefined where it follows in the trailer. */
  readonly value: string | undefined;
}

const prefix = 'x-amz-checksum-';
/** Say something about a checksum without being one. */
const notChecksums = new Set([`${prefix}algorithm`, `${prefix}type`, `${prefix}mode`]);

function algorithmOf(header: string): ChecksumAlgorithm {
  const name = header.slice(prefix.length);
  if (isChecksumAlgorithm(name)) return name;
  throw new S3Error('NotImplemented', `The checksum algorithm ${name} is not implemented.`);
}

function parseTrailerName({ headers }: S3Request): string | undefined {
  const name = headers.get('x-amz-trailer')?.trim().toLowerCase();
  if (name === undefined || name === '') return undefined;
  if (!name.startsWith(prefix)) throw new S3Error('InvalidRequest', 'x-amz-trailer must name one checksum header.');
  return name;
}

function parseChecksum(request: S3Request): ExpectedChecksum | undefined {
  const names = [...request.headers.keys()].filter((name) => name.startsWith(prefix) && !notChecksums.has(name));
  const trailer = parseTrailerName(request);
  if (names.length + (trailer === undefined ? 0 : 1) > 1) {
    throw new S3Error(
      'InvalidRequest',
      'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
    );
  }
  const [name] = names;
  if (name !== undefined) return { algorithm: algorithmOf(name), value: request.headers.get(name) };
  return trailer === undefined ? undefined : { algorithm: algorithmOf(trailer), value: undefined };
}

function parseMd5({ headers }: S3Request): string | undefined {
  const md5 = headers.get('content-md5');
  if (md5 !== undefined && !/^[A-Za-z0-9+/]{22}==$/u.test(md5)) {
    throw new S3Error('InvalidDigest', 'The Content-MD5 you specified is not valid.');
  }
  return md5;
}

export function parseExpectedDigests(request: S3Request): Omit<ExpectedDigests, 'sha256'> {
  return { md5: parseMd5(request), checksum: parseChecksum(request) };
}
