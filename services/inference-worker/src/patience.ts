import { MeshError, type ErrorCode } from '@infermesh/errors';
import { backoffMs } from '@infermesh/lifecycle';
import { setTimeout as wait } from 'node:timers/promises';

/** What passes by itself: servers that are away, services that are being started again, and crowds. */
const passingCodes: readonly ErrorCode[] = [
  'STORAGE_UNAVAILABLE',
  'QUEUE_UNAVAILABLE',
  'DATABASE_UNAVAILABLE',
  'SERVICE_UNAVAILABLE',
  'WORKER_LOST',
  'QUEUE_FULL',
  'DEADLINE_EXCEEDED',
];

export interface Patience {
  /** From the first try on; no further one begins after it. */
  readonly patienceMs: number;
  readonly signal?: AbortSignal;
  readonly onFailure?: (error: MeshError, attempt: number) => void;
}

const pause = { firstMs: 100, maxMs: 2_000 };

/**
 * Does it again while what it needs is away; everything else is raised at once.
 *
 * @throws MeshError of the last try; SERVICE_UNAVAILABLE in place of DEADLINE_EXCEEDED, which here is the time limit of one
 *   call and not that of the job
 */
export async function withPatience<T>(work: () => Promise<T>, { patienceMs, signal, onFailure }: Patience): Promise<T> {
  const giveUpAt = performance.now() + patienceMs;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof MeshError) || !passingCodes.includes(error.code)) throw error;
      if (isAborted(signal) || performance.now() >= giveUpAt) throw asRetryable(error);
      onFailure?.(error, attempt);
      await wait(backoffMs(pause, attempt), undefined, { signal }).catch(() => undefined);
      if (isAborted(signal)) throw asRetryable(error);
    }
  }
}

/** Asked again after each wait, which a plain property would not be. */
function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

function asRetryable(error: MeshError): MeshError {
  if (error.code !== 'DEADLINE_EXCEEDED') return error;
  return new MeshError('SERVICE_UNAVAILABLE', 'the dispatcher does not answer', { cause: error });
}
