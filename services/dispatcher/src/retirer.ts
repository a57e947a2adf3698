import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '@infermesh/database';
import type { Logger } from '@infermesh/telemetry';
import type { JobObjects } from './job-objects.js';
import {
  forgetExpiredKeys,
  removeRetiredRows,
  settleGarbage,
  takeGarbage,
  type JobGarbage,
} from './records/remove-jobs.js';
import type { DispatcherSettings } from './settings.js';

interface Options {
  readonly db: Database;
  readonly objects: JobObjects;
  readonly settings: Pick<DispatcherSettings, 'urlSeconds'>;
  readonly logger: Logger;
}

const idleMs = 30_000;
const afterFailureMs = 5_000;
const batch = 200;
const sweptAtOnce = 8;

/**
 * Removes records past their retention, and the objects of removed records. It has a loop of its own: however much there is to
 * remove, and however slow the object store, nobody waits for it.
 */
export class Retirer implements AsyncDisposable {
  readonly #options: Options;
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #rest = new AbortController();

  constructor(options: Options) {
    this.#options = options;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Something was removed: its objects go now. */
  wake(): void {
    this.#rest.abort();
  }

  async #run(): Promise<void> {
    while (!this.#isStopping()) {
      this.#rest = new AbortController();
      const pauseMs = await this.#round().catch((error: unknown) => {
        if (!this.#isStopping()) this.#options.logger.warn({ err: error }, 'removal of old records failed');
        return afterFailureMs;
      });
      const signal = AbortSignal.any([this.#rest.signal, this.#stopping.signal]);
      await delay(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** One batch of each. @returns how long to rest: not at all while there is more to do */
  async #round(): Promise<number> {
    const { db, settings, logger } = this.#options;
    await forgetExpiredKeys(db);
    const removed = await removeRetiredRows(db, batch, settings.urlSeconds * 1000);
    if (removed > 0) logger.info({ jobs: removed }, 'records past their retention removed');
    const garbage = await takeGarbage(db, batch);
    await this.#sweep(garbage);
    return Math.max(removed, garbage.length) < batch ? idleMs : 0;
  }

  /** What cannot be swept now comes again in a minute; it keeps nothing else from being swept. */
  async #sweep(garbage: readonly JobGarbage[]): Promise<void> {
    const { db, objects, logger } = this.#options;
    const waiting = [...garbage];
    const swept: string[] = [];
    const work = async (): Promise<void> => {
      for (let job = waiting.pop(); job !== undefined && !this.#isStopping(); job = waiting.pop()) {
        const { job_id: id, tenant_id } = job;
        try {
          await objects.removeAll({ id, tenant_id }, this.#stopping.signal);
          swept.push(id);
        } catch (error) {
          if (!this.#isStopping()) logger.warn({ err: error, jobId: id }, 'objects of a removed job not deleted yet');
        }
      }
    };
    await Promise.all(Array.from({ length: sweptAtOnce }, work));
    if (swept.length > 0) await settleGarbage(db, swept);
  }

  /** A method, because the compiler takes a property it has read once for unchanging. */
  #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }
}
