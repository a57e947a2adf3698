import { setTimeout as delay } from 'node:timers/promises';
import type { JobQueue } from '@infermesh/job-queue';
import type { Logger } from '@infermesh/telemetry';
import type { KeyVerifier } from './key-verifier.js';

/** Where the auth service announces that a key, user or role has changed. */
const changesOf = 'auth';
const retryMs = 1_000;

/** Drops what is known of keys at once when the auth service says that something changed. */
export function followAuthChanges(jobQueue: JobQueue, keys: KeyVerifier, logger: Logger): AsyncDisposable {
  const stopping = new AbortController();
  const { signal } = stopping;
  const listen = async (): Promise<void> => {
    try {
      for await (const _change of jobQueue.follow(changesOf, { signal })) keys.forgetAll();
    } catch (error) {
      logger.warn({ err: error }, 'changes of keys not heard: listening again');
    }
    keys.forgetAll();
  };
  const follow = async (): Promise<void> => {
    while (!isAborted(signal)) {
      await listen();
      await delay(retryMs, undefined, { signal }).catch(() => undefined);
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

/** A function, because the compiler takes a property it has read once for unchanging. */
function isAborted({ aborted }: AbortSignal): boolean {
  return aborted;
}
