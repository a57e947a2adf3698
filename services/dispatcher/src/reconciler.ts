import { endpointQueue } from '@infermesh/contracts';
import { Hearing } from './hearing.js';
import type { Parts } from './parts.js';
import { listBusyEndpoints, listOldReleases, sweepOverdueJobs } from './records/overdue-jobs.js';
import { takeBackReleases } from './records/release-jobs.js';
import { entryId } from './releaser.js';

/** A tick that comes so much later than it should means that the process stood still. */
const standstillTicks = 3;
const backlogEveryMs = 5_000;
const poolSilenceMs = 60_000;
/** A queue delays an entry by a few seconds. More means that its clock was set back since: nobody should wait for it. */
const longestDelayMs = 15_000;

/**
 * Makes the mesh tell the truth again: claims whose worker is gone, deadlines that passed, entries that Redis lost. Each round is
 * idempotent, so any number of dispatchers may run it.
 */
export class Reconciler implements AsyncDisposable {
  readonly #parts: Parts;
  readonly #hearing: Hearing;
  readonly #stopping = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> = Promise.resolve();
  #backlogAt = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#hearing = new Hearing(parts.settings.reconcileEveryMs * standstillTicks);
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
    const { db, settings, news, pools, claims, logger } = this.#parts;
    for (const job of await sweepOverdueJobs(db, settings, this.#heardEndpoints())) {
      logger.warn({ jobId: job.id, state: job.state, code: job.reason_code, endpointId: job.endpoint_id }, 'job swept');
      claims.forget(job.id);
      news.announce(job.id, job.state);
      pools.wake(job.endpoint_id);
    }
  }

  /** Where a worker that lives would have renewed its claims by now. */
  #heardEndpoints(): string[] {
    const { pools, settings } = this.#parts;
    return this.#hearing.heardForMs(performance.now()) < settings.leaseMs ? [] : pools.listOpenFor(settings.leaseMs);
  }

  async #tick(): Promise<void> {
    const { logger, pools } = this.#parts;
    try {
      await this.#listen();
      await this.sweep();
      await this.#findLostEntries();
      await this.#lookAround();
      pools.wakeAll();
    } catch (error) {
      this.#hearing.failed();
      if (!this.#stopping.signal.aborted) logger.warn({ err: error }, 'reconciler round failed');
    }
  }

  /** Opens the doors that running jobs need, for instance after a restart. It needs the database and Redis, as workers do. */
  async #listen(): Promise<void> {
    const { db, pools, jobQueue } = this.#parts;
    const busy = await listBusyEndpoints(db);
    await Promise.all(busy.map((endpointId) => pools.open(endpointId)));
    await jobQueue.counts('dispatcher');
    this.#hearing.heard(performance.now());
    await pools.removeSilent(poolSilenceMs, (endpointId) => busy.includes(endpointId));
  }

  async #findLostEntries(): Promise<void> {
    const { db, settings, jobQueue, logger, pools } = this.#parts;
    const released = await listOldReleases(db, settings.lostEntryAfterMs, 1000);
    const states = await Promise.all(
      released.map((job) => jobQueue.state(endpointQueue(job.endpoint_id), entryId(job.id, job.release))),
    );
    const lost = released.filter(
      ({ released_ms: ms }, index) =>
        states[index] === 'absent' || (states[index] === 'delayed' && ms > longestDelayMs),
    );
    if (lost.length === 0) return;
    logger.warn({ jobs: lost.length }, 'released jobs lost their queue entry: releasing them again');
    await Promise.all(lost.map((job) => jobQueue.cancel(endpointQueue(job.endpoint_id), entryId(job.id, job.release))));
    await takeBackReleases(db, lost);
    for (const endpointId of new Set(lost.map((job) => job.endpoint_id))) pools.wake(endpointId);
  }

  async #lookAround(): Promise<void> {
    if (performance.now() < this.#backlogAt) return;
    this.#backlogAt = performance.now() + backlogEveryMs;
    await this.#parts.backlog.refresh(this.#parts.db);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    clearTimeout(this.#timer);
    await this.#round;
  }
}
