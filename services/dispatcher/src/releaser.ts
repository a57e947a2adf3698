import { endpointQueue, runJob } from '@infermesh/contracts';
import type { Database } from '@infermesh/database';
import type { Entry, JobQueue } from '@infermesh/job-queue';
import type { Logger } from '@infermesh/telemetry';
import type { z } from 'zod';
import type { JobObjects } from './job-objects.js';
import { releaseAllThatFit, releaseJobRows, takeBackReleases, type FreshRelease } from './records/release-jobs.js';

/** The id of a release's entry in BullMQ. Every release has its own: a stale entry never hides a fresh one. */
export function entryId(jobId: string, release: number): string {
  return `j_${jobId}_${release}`;
}

interface Parts {
  readonly db: Database;
  readonly jobQueue: JobQueue;
  readonly objects: JobObjects;
  readonly logger: Logger;
}

/**
 * New jobs at an endpoint that was full a moment ago: whatever makes room wakes its releaser, but it may be another dispatcher's.
 */
const crowdedLookMs = 50;

/** A statement that takes longer waits for a lock: others are released meanwhile, as if another dispatcher ran it. */
const loanMs = 1_000;

/**
 * Keeps as many jobs in one endpoint's queue as it has slots, and more for slots that are free, so that workers never idle between
 * two jobs while what waits stays in the database, where it is ordered fairly, counted and cancelled by queries. One round at a time; a wish that comes during a round
 * starts another.
 */
export class Releaser {
  readonly #parts: Parts;
  readonly #endpointId: string;
  #slots = 0;
  #running: Promise<void> | undefined;
  #again = false;
  /** At the last look jobs waited for which there was no room. */
  #isCrowded = false;
  /** Since when its slots are lent, by `performance.now()`. */
  #lentAt: number | undefined;
  #later: NodeJS.Timeout | undefined;
  readonly #deliveries = new Set<Promise<void>>();

  constructor(parts: Parts, endpointId: string) {
    this.#parts = parts;
    this.#endpointId = endpointId;
  }

  get slots(): number {
    return this.#slots;
  }

  setSlots(slots: number): void {
    const grew = slots > this.#slots;
    this.#slots = slots;
    if (grew) this.wake();
  }

  /** Jobs have come to wait. Where others wait already it is soon enough to look when room appears. */
  jobsWait(): void {
    if (this.#slots === 0) return;
    if (!this.#isCrowded) {
      this.wake();
      return;
    }
    this.#later ??= setTimeout(() => {
      this.#later = undefined;
      this.wake();
    }, crowdedLookMs).unref();
  }

  /** Room may have appeared. */
  wake(): void {
    this.#again = true;
    if (this.#lentAt !== undefined && performance.now() - this.#lentAt < loanMs) return;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      if (this.#again) this.wake();
    });
  }

  /**
   * The endpoint's slots, for a statement that queues jobs and releases them itself. Nothing else is released until they are given
   * back. Undefined where it should not try: nobody works there, jobs wait, or somebody releases now.
   */
  borrowSlots(): number | undefined {
    if (this.#slots === 0 || this.#isCrowded || this.#lentAt !== undefined || this.#running !== undefined)
      return undefined;
    this.#lentAt = performance.now();
    return this.#slots;
  }

  giveSlotsBack(): void {
    this.#lentAt = undefined;
    if (this.#again) this.wake();
  }

  /** Puts what a statement has released into the endpoint's queue. */
  deliver(released: readonly FreshRelease[]): void {
    const delivery: Promise<void> = this.#submit(released)
      .catch((error: unknown) => {
        this.#failed(error);
      })
      .finally(() => this.#deliveries.delete(delivery));
    this.#deliveries.add(delivery);
  }

  async idle(): Promise<void> {
    clearTimeout(this.#later);
    await this.#running;
    await Promise.all(this.#deliveries);
  }

  async #run(): Promise<void> {
    try {
      while (this.#again) {
        this.#again = false;
        await this.#round();
      }
    } catch (error) {
      this.#again = false;
      this.#failed(error);
    }
  }

  /** The reconciler's next tick wakes this endpoint again. */
  #failed(error: unknown): void {
    this.#parts.logger.warn({ err: error, endpointId: this.#endpointId }, 'release failed');
  }

  async #round(): Promise<void> {
    const { db } = this.#parts;
    if (this.#slots === 0) return;
    const { room, waiting, released } = await releaseAllThatFit(db, this.#endpointId, this.#slots);
    this.#isCrowded = waiting > room;
    const chosen = this.#isCrowded && room > 0 ? await releaseJobRows(db, this.#endpointId, room) : released;
    await this.#submit(chosen);
  }

  async #submit(released: readonly FreshRelease[]): Promise<void> {
    const { db, jobQueue, logger } = this.#parts;
    if (released.length === 0) return;
    try {
      await jobQueue.submit(runJob, await Promise.all(released.map((job) => this.#toEntry(job))), {
        queue: endpointQueue(this.#endpointId),
      });
    } catch (error) {
      await takeBackReleases(db, released);
      throw error;
    }
    for (const { id, release } of released)
      logger.info({ jobId: id, release, endpointId: this.#endpointId }, 'job released');
  }

  async #toEntry({ id, release, payload }: FreshRelease): Promise<Entry<z.input<typeof runJob.request>>> {
    const offer = payload === null ? {} : { offer: await this.#parts.objects.payloadOffer(payload) };
    return { jobId: entryId(id, release), request: { jobId: id, release, ...offer } };
  }
}
