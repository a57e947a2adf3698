import type { S3Client } from '@aws-sdk/client-s3';
import { ProgressDeadline } from './progress-deadline.js';
import { stalledError, toStorageError, type StorageTarget } from './storage-error.js';

/** What every call needs to know. */
export interface BucketAccess {
  readonly client: S3Client;
  readonly bucket: string;
  readonly requestTimeoutMs: number;
}

export interface StorageCall {
  readonly verb: string;
  readonly key?: string;
  /** Bytes handed to the SDK in one piece, whose progress cannot be seen: they lengthen the deadline. */
  readonly uploadBytes?: number;
  readonly signal: AbortSignal;
}

const slowestUploadBytesPerMs = 256;

function targetOf(access: BucketAccess, { verb, key }: StorageCall): StorageTarget {
  return { verb, bucket: access.bucket, ...(key === undefined ? {} : { key }) };
}

export function openDeadline(access: BucketAccess, call: StorageCall): ProgressDeadline {
  const timeoutMs = access.requestTimeoutMs + Math.ceil((call.uploadBytes ?? 0) / slowestUploadBytesPerMs);
  return new ProgressDeadline({
    timeoutMs,
    signal: call.signal,
    stalled: () => stalledError(targetOf(access, call), timeoutMs),
  });
}

/** An abort comes out as its reason, everything else as a MeshError that names bucket and key. */
export function callFailure(
  access: BucketAccess,
  call: StorageCall,
  deadline: ProgressDeadline,
  error: unknown,
): unknown {
  return deadline.signal.aborted ? deadline.signal.reason : toStorageError(error, targetOf(access, call));
}

/** The SDK sleeps between tries and waits for `100 Continue` without looking at its signal. */
export async function orAbort<Result>(exchange: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise<Result>((resolve, reject) => {
    const onAbort = (): void => {
      reject(signal.reason as Error);
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    exchange.then(resolve, reject);
  });
}

/** Runs one exchange with the server under the call's deadline and signal. */
export async function callStorage<Result>(
  access: BucketAccess,
  call: StorageCall,
  exchange: (deadline: ProgressDeadline) => Promise<Result>,
): Promise<Result> {
  using deadline = openDeadline(access, call);
  try {
    return await orAbort(exchange(deadline), deadline.signal);
  } catch (error) {
    throw callFailure(access, call, deadline, error);
  }
}
