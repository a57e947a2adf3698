import { S3Error } from '../s3-error.js';
import type { S3Request } from './s3-request.js';

/** What a condition is held against. */
export interface Validators {
  /** Without quotes. */
  readonly etag: string;
  readonly lastModifiedMs: number;
}

export type HeaderReader = (
  name: 'if-match' | 'if-none-match' | 'if-modified-since' | 'if-unmodified-since',
) => string | undefined;

function matches(header: string, etag: string): boolean {
  return header.split(',').some((entry) => {
    const value = entry.trim().replace(/^W\//u, '').replaceAll('"', '');
    return value === '*' || value === etag;
  });
}

/** Headers count in whole seconds. */
function isModifiedSince(header: string, lastModifiedMs: number): boolean {
  const sinceMs = Date.parse(header);
  return Number.isNaN(sinceMs) || Math.floor(lastModifiedMs / 1000) * 1000 > sinceMs;
}

export function preconditionFailed(): S3Error {
  return new S3Error('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold');
}

/**
 * @returns `not-modified` when the reader has this version already
 * @throws S3Error PreconditionFailed
 */
export function checkReadConditions(header: HeaderReader, current: Validators): 'proceed' | 'not-modified' {
  const ifMatch = header('if-match');
  const unmodifiedSince = header('if-unmodified-since');
  if (ifMatch !== undefined) {
    if (!matches(ifMatch, current.etag)) throw preconditionFailed();
  } else if (unmodifiedSince !== undefined && isModifiedSince(unmodifiedSince, current.lastModifiedMs)) {
    throw preconditionFailed();
  }
  const ifNoneMatch = header('if-none-match');
  const modifiedSince = header('if-modified-since');
  if (ifNoneMatch !== undefined) return matches(ifNoneMatch, current.etag) ? 'not-modified' : 'proceed';
  return modifiedSince !== undefined && !isModifiedSince(modifiedSince, current.lastModifiedMs)
    ? 'not-modified'
    : 'proceed';
}

/** @throws S3Error PreconditionFailed; NoSuchKey for If-Match on nothing */
export function checkWriteConditions(header: HeaderReader, current: Validators | undefined): void {
  const ifMatch = header('if-match');
  if (ifMatch !== undefined) {
    if (current === undefined) throw new S3Error('NoSuchKey', 'The specified key does not exist.');
    if (!matches(ifMatch, current.etag)) throw preconditionFailed();
  }
  const ifNoneMatch = header('if-none-match');
  if (ifNoneMatch !== undefined && current !== undefined && matches(ifNoneMatch, current.etag))
    throw preconditionFailed();
}

/** The conditions of a request that writes, to be held against what is there at that moment. */
export function writePrecondition({ headers }: S3Request): (current: Validators | undefined) => void {
  return (current) => {
    checkWriteConditions((name) => headers.get(name), current);
  };
}
