import { endpointQueue, runJob } from '@infermesh/contracts';
import type { Database } from '@infermesh/database';
import type { JobQueue } from '@infermesh/job-queue';
import type { Logger } from '@infermesh/telemetry';
import { readEndpointLoad, releaseAllRows, releaseJobRows, takeBackReleases } from './records/release-jobs.js';

/** The id of a release's entry in BullMQ. Every release has its own: a stale entry never hides a fresh one. */
export function entryId(jobId: string, release: number): string {
  return `j_${jobId}_${release}`;
}

interface Parts {
  readonly db: Database;
  readonly jobQueue: JobQueue;
  readonly logger: Logger;
}

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

  /** Something waits, or room has appeared. */
  wake(): void {
    this.#again = true;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      if (this.#again) this.wake();
    });
  }

  async idle(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    try {
      while (this.#again) {
        this.#again = false;
        await this.#round();
      }
    } catch (error) {
      // The reconciler's next tick wakes this endpoint again.
      this.#again = false;
      this.#parts.logger.warn({ err: error, endpointId: this.#endpointId }, 'release failed');
    }
  }

  async #round(): Promise<void> {
    const { db, jobQueue, logger } = this.#parts;
    const slots = this.#slots;
    const { active, unclaimed, waiting } = await readEndpointLoad(db, this.#endpointId, 2 * slots + 1);
    // Claims over the slots are of workers that are gone, or have more than they said: they take nothing from those that wait.
    const room = slots + Math.max(slots - active, 0) - unclaimed;
    if (room <= 0 || waiting === 0) return;
    const release = waiting <= room ? releaseAllRows : releaseJobRows;
    const released = await release(db, this.#endpointId, room);
    if (released.length === 0) return;
    try {
      await jobQueue.submit(
        runJob,
        released.map(({ id, release }) => ({ jobId: entryId(id, release), request: { jobId: id, release } })),
        { queue: endpointQueue(this.#endpointId) },
      );
    } catch (error) {
      await takeBackReleases(db, released);
      throw error;
    }
    for (const { id, release } of released)
      logger.info({ jobId: id, release, endpointId: this.#endpointId }, 'job released');
  }
}
