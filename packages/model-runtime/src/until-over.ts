import { MeshError } from '@infermesh/errors';

/** How long a caller waits. */
export interface Patience {
  readonly signal: AbortSignal;
  /** Epoch milliseconds. */
  readonly deadlineAt: number;
}

/** The longest timer Node takes; a later deadline is looked at again then. */
const maxTimerMs = 2 ** 31 - 1;

/** Why the wait is over: the signal's own MeshError, or CANCELLED. */
function cancelError(signal: AbortSignal): MeshError {
  if (signal.reason instanceof MeshError) return signal.reason;
  return new MeshError('CANCELLED', 'the job was cancelled', { cause: signal.reason });
}

/** Calls `onOver` once, when the signal aborts or the deadline passes; returns what stops the watch. */
export function watchPatience({ signal, deadlineAt }: Patience, onOver: (error: MeshError) => void): () => void {
  const onAbort = (): void => {
    stop();
    onOver(cancelError(signal));
  };
  const giveUpAt = performance.now() + deadlineAt - Date.now(); // by the clock that nobody sets
  const remainingMs = (): number => Math.min(Math.max(0, giveUpAt - performance.now()), maxTimerMs);
  const onTimer = (): void => {
    if (remainingMs() > 0) timer = setTimeout(onTimer, remainingMs());
    else {
      stop();
      onOver(new MeshError('DEADLINE_EXCEEDED', 'the work did not end before its deadline'));
    }
  };
  const stop = (): void => {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  };
  let timer = setTimeout(onTimer, remainingMs());
  if (signal.aborted) queueMicrotask(onAbort);
  else signal.addEventListener('abort', onAbort, { once: true });
  return stop;
}

/**
 * The promise's outcome, unless the caller's patience ends first.
 *
 * @throws MeshError CANCELLED or DEADLINE_EXCEEDED, or the signal's own MeshError
 */
export async function untilOver<T>(promise: Promise<T>, patience: Patience): Promise<T> {
  let stop = (): void => undefined;
  const over = new Promise<never>((_resolve, reject) => {
    stop = watchPatience(patience, reject);
  });
  try {
    return await Promise.race([promise, over]);
  } finally {
    stop();
  }
}
