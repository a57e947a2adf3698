import type { JobState } from '@infermesh/contracts';
import type { JobQueue } from '@infermesh/job-queue';
import type { Logger } from '@infermesh/telemetry';

/**
 * Tells whoever follows a job of its new state. The record is the truth: news that Redis loses delays a waiter until it looks at
 * the record again, and changes nothing else.
 */
export class JobNews {
  readonly #jobQueue: JobQueue;
  readonly #logger: Logger;

  constructor(jobQueue: JobQueue, logger: Logger) {
    this.#jobQueue = jobQueue;
    this.#logger = logger;
  }

  announce(jobId: string, state: JobState): void {
    this.#jobQueue.appendEvent(jobId, 'state', { state }).catch((error: unknown) => {
      this.#logger.warn({ err: error, jobId, state }, 'news of a job not delivered');
    });
  }
}
