import { setTimeout as delay } from 'node:timers/promises';
import { backoffMs, type Backoff } from '@infermesh/lifecycle';

export interface RetryOptions {
  readonly retry: Backoff;
  readonly signal: AbortSignal;
  readonly onFailure: (error: unknown) => void;
}

/** Repeats a task until it resolves. Resolves to false when the signal ended that first; never rejects. */
export async function retryUntilDone(
  task: () => Promise<void>,
  { retry, signal, onFailure }: RetryOptions,
): Promise<boolean> {
  for (let attempt = 1; !signal.aborted; attempt += 1) {
    try {
      await task();
      return true;
    } catch (error) {
      onFailure(error);
    }
    await delay(backoffMs(retry, attempt), undefined, { signal }).catch(() => undefined);
  }
  return false;
}
