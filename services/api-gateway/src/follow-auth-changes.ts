import { followForever, type JobQueue } from '@infermesh/job-queue';
import type { Logger } from '@infermesh/telemetry';
import type { KeyVerifier } from './key-verifier.js';

/** Where the auth service announces that a key, user or role has changed. */
const changesOf = 'auth';

/** Drops what is known of keys at once when the auth service says that something changed. */
export function followAuthChanges(jobQueue: JobQueue, keys: KeyVerifier, logger: Logger): AsyncDisposable {
  const forget = (): void => {
    keys.forgetAll();
  };
  return followForever(jobQueue, changesOf, { onEvent: forget, onGap: forget, logger });
}
