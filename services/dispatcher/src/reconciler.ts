import { endpointQueue } from '@infermesh/contracts';
import type { Parts } from './parts.js';
import { listOldReleases, sweepOverdueJobs } from './records/overdue-jobs.js';
import { takeBackReleases } from './records/release-jobs.js';
import { forgetExpiredKeys, listRetired, removeRetired } from './records/remove-jobs.js';
import { entryId } from './releaser.js';

const retireEveryMs = 60_000;
const retireBatch = 500;

/**
 * Makes the mesh tell the truth again: claims whose worker is gone, deadlines that passed, entries that Redis lost, records past
 * their retention. Each round is idempotent, so any number of dispatchers may run it.
 */
export class Reconciler implements AsyncDisposable {
  readonly #parts: Parts;
  readonly #stopping = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> = Promise.resolve();
  #retireAt = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  start(): void {
    const next = (): void => {
      if (this.#stopping.signal.aborted) return;
      this.#timer = setTimeout(() => {
        this.#round = this.#tick().finally(next);
      }, this.#parts.settings.reconcileEveryMs);
    };
    next();
  }

  /** Moves what is overdue, now. */
  async sweep(): Promise<void> {
    const { db, settings, news, pools, logger } = this.#parts;
    for (const job of await sweepOverdueJobs(db, settings)) {
      logger.warn({ jobId: job.id, state: job.state, code: job.reason_code, endpointId: job.endpoint_id }, 'job swept');
      news.announce(job.id, job.state);
      pools.wake(job.endpoint_id);
    }
  }

  async #tick(): Promise<void> {
    const { db, logger, backlog, pools } = this.#parts;
    try {
      await this.sweep();
      await this.#findLostEntries();
      await backlog.refresh(db);
      pools.wakeAll();
      if (Date.now() >= this.#retireAt) {
        this.#retireAt = Date.now() + retireEveryMs;
        await this.#retire();
      }
    } catch (error) {
      if (!this.#stopping.signal.aborted) logger.warn({ err: error }, 'reconciler round failed');
    }
  }

  async #findLostEntries(): Promise<void> {
    const { db, settings, jobQueue, logger, pools } = this.#parts;
    const released = await listOldReleases(db, settings.lostEntryAfterMs, 1000);
    const states = await Promise.all(
      released.map((job) => jobQueue.state(endpointQueue(job.endpoint_id), entryId(job.id, job.release))),
    );
    const lost = released.filter((_, index) => states[index] === 'absent');
    if (lost.length === 0) return;
    logger.warn({ jobs: lost.length }, 'released jobs lost their queue entry: releasing them again');
    await takeBackReleases(db, lost);
    for (const endpointId of new Set(lost.map((job) => job.endpoint_id))) pools.wake(endpointId);
  }

  async #retire(): Promise<void> {
    const { db, objects, logger } = this.#parts;
    await forgetExpiredKeys(db);
    for (;;) {
      const retired = await listRetired(db, retireBatch);
      for (const job of retired) await objects.removeAll(job, this.#stopping.signal);
      await removeRetired(
        db,
        retired.map(({ id }) => id),
      );
      if (retired.length > 0) logger.info({ jobs: retired.length }, 'records past their retention removed');
      if (retired.length < retireBatch) return;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    clearTimeout(this.#timer);
    await this.#round;
  }
}
