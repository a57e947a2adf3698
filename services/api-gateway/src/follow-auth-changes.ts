import { followForever, type JobQueue } from '@infermesh/job-queue';
import type { Logger } from '@infermesh/telemetry';

/** Where the auth service announces that a key, user or role has changed. */
const changesOf = 'auth';

/** Drops what is known of keys and users at once when the auth service says that something changed. */
export function followAuthChanges(
  jobQueue: JobQueue,
  believers: readonly { forgetAll(): void }[],
  logger: Logger,
): AsyncDisposable {
  const forget = (): void => {
    for (const believer of believers) believer.forgetAll();
  };
  return followForever(jobQueue, changesOf, { onEvent: forget, onGap: forget, logger });
}
