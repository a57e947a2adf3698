import { MeshError, type ErrorCode } from '@infermesh/errors';

interface ServiceFailure extends Error {
  readonly $metadata: { readonly httpStatusCode?: number };
}

const codeByName: Readonly<Record<string, ErrorCode>> = {
  NoSuchKey: 'OBJECT_NOT_FOUND',
  NoSuchUpload: 'OBJECT_NOT_FOUND',
  NotFound: 'OBJECT_NOT_FOUND',
  NoSuchBucket: 'CONFIG_INVALID',
  BadDigest: 'OBJECT_CORRUPT',
  XAmzContentSHA256Mismatch: 'OBJECT_CORRUPT',
  XAmzContentChecksumMismatch: 'OBJECT_CORRUPT',
  EntityTooLarge: 'PAYLOAD_TOO_LARGE',
  PreconditionFailed: 'CONFLICT',
  // S3 answers these with a 4xx, and the same request may succeed later.
  RequestTimeout: 'STORAGE_UNAVAILABLE',
  SlowDown: 'STORAGE_UNAVAILABLE',
};

/** What failed, for the message: `get`, `acme-bucket`, `jobs/1/out.png`. */
export interface StorageTarget {
  readonly verb: string;
  readonly bucket: string;
  readonly key?: string;
}

export function isServiceFailure(error: unknown): error is ServiceFailure {
  return typeof (error as Partial<ServiceFailure> | null)?.$metadata === 'object';
}

function codeByStatus(status: number | undefined): ErrorCode {
  if (status === undefined || status >= 500 || status === 429 || status === 408) return 'STORAGE_UNAVAILABLE';
  if (status === 404) return 'OBJECT_NOT_FOUND';
  if (status === 401 || status === 403) return 'CONFIG_INVALID';
  return 'BAD_REQUEST';
}

function codeOf(error: unknown): ErrorCode {
  if (!isServiceFailure(error)) return 'STORAGE_UNAVAILABLE';
  const byName = Object.hasOwn(codeByName, error.name) ? codeByName[error.name] : undefined;
  return byName ?? codeByStatus(error.$metadata.httpStatusCode);
}

/** The SDK's errors carry the whole exchange, signature included; only name and text go on. */
function withoutExchange(error: unknown): Error {
  const { name, message, code } = (error ?? {}) as { name?: unknown; message?: unknown; code?: unknown };
  const plain = new Error(typeof message === 'string' ? message : 'no message');
  // A refused connection is an Error like any other; its code tells more than its name.
  const label = typeof code === 'string' ? code : name;
  plain.name = typeof label === 'string' ? label : 'Error';
  return plain;
}

function describeTarget({ verb, bucket, key }: StorageTarget): string {
  return key === undefined ? `${verb} ${bucket}` : `${verb} ${bucket}/${key}`;
}

export function toStorageError(error: unknown, target: StorageTarget): MeshError {
  if (error instanceof MeshError) return error;
  const cause = withoutExchange(error);
  return new MeshError(codeOf(error), `${describeTarget(target)} failed: ${cause.name}`, { cause });
}

export function stalledError(target: StorageTarget, timeoutMs: number): MeshError {
  return new MeshError(
    'STORAGE_UNAVAILABLE',
    `${describeTarget(target)} failed: no answer for ${String(timeoutMs)} ms`,
  );
}
