import type { JobQueue } from '@infermesh/job-queue';
import type { Logger } from '@infermesh/telemetry';
import type { KeyVerifier } from './key-verifier.js';

/** Where the auth service announces that a key, user or role has changed. */
const changesOf = 'auth';
const retryMs = 1_000;

/** Drops what is known of keys at once when the auth service says that something changed. */
export function followAuthChanges(jobQueue: JobQueue, keys: KeyVerifier, logger: Logger): AsyncDisposable {
  const stopping = new AbortController();
  const follow = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        for await (const _change of jobQueue.follow(changesOf, { signal: stopping.signal })) keys.forgetAll();
      } catch (error) {
        if (stopping.signal.aborted) return;
        keys.forgetAll();
        logger.warn({ err: error }, 'changes of keys not heard: listening again');
      }
      await pause(stopping.signal);
    }
  };
  const following = follow();
  return {
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await following;
    },
  };
}

async function pause(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, retryMs);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
