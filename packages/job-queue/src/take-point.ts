import { randomBytes } from 'node:crypto';
import type { Job } from 'bullmq';
import type { RedisClient } from '@infermesh/redis';
import type { Logger } from '@infermesh/telemetry';
import type { TakeOptions } from './job-queue.js';
import { drainDelaySeconds, MeshWorker } from './mesh-worker.js';
import { queueKey } from './queue-keys.js';

export interface TakenJob {
  readonly job: Job;
  readonly lockToken: string;
}

export interface TakePointOptions {
  readonly queue: string;
  readonly work: RedisClient;
  readonly logger: Logger;
  readonly leaseCheckMs: number;
  /** A lease has expired: the job waits again, whether or not somebody polls. */
  readonly onExpired: (jobId: string) => void;
}

interface Poll {
  readonly options: TakeOptions;
  readonly accept: (taken: TakenJob) => Promise<boolean>;
  readonly taken: TakenJob[];
  readonly settle: () => void;
}

const defaultLockMs = 30_000;

/** Where the pullers of one queue stand in line. It takes a job only while somebody waits for one. */
export class TakePoint implements AsyncDisposable {
  readonly #options: TakePointOptions;
  readonly #worker: MeshWorker;
  readonly #polls: Poll[] = [];
  readonly #stopping = new AbortController();
  #serving: Promise<void> | undefined;

  constructor(options: TakePointOptions) {
    this.#options = options;
    this.#worker = new MeshWorker(options.queue, null, {
      connection: options.work,
      concurrency: 1,
      lockMs: defaultLockMs,
      stalledIntervalMs: options.leaseCheckMs,
    });
    this.#worker.on('stalled', (jobId) => {
      options.onExpired(jobId);
    });
    this.#worker.on('error', (error) => {
      options.logger.debug({ err: error, queue: options.queue }, 'the take point met an error');
    });
  }

  async started(): Promise<void> {
    await this.#worker.waitUntilReady();
    await this.#worker.startStalledCheckTimer(); // expired leases come back even where nobody serves the queue
  }

  /** `accept` may refuse a job, having ended it; refused ones do not count. */
  async take(options: TakeOptions, accept: Poll['accept']): Promise<readonly TakenJob[]> {
    if (options.signal?.aborted === true || this.#isStopping()) return [];
    return await new Promise((resolve) => {
      const settle = (): void => {
        clearTimeout(timer);
        options.signal?.removeEventListener('abort', settle);
        const index = this.#polls.indexOf(poll);
        if (index !== -1) this.#polls.splice(index, 1);
        resolve(poll.taken);
      };
      const poll: Poll = { options, accept, taken: [], settle };
      const timer = setTimeout(settle, options.waitMs);
      options.signal?.addEventListener('abort', settle, { once: true });
      this.#polls.push(poll);
      this.#serving ??= this.#serve().finally(() => {
        this.#serving = undefined;
      });
    });
  }

  async #serve(): Promise<void> {
    while (this.#polls.length > 0 && !this.#isStopping()) {
      try {
        const taken = await this.#takeOne();
        if (taken !== undefined) await this.#hand(taken);
        else if (!this.#settleFirst()) await this.#waitForWork();
      } catch (error) {
        if (this.#isStopping()) return;
        this.#options.logger.debug({ err: error, queue: this.#options.queue }, 'a take failed');
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }

  async #takeOne(): Promise<TakenJob | undefined> {
    const lockToken = randomBytes(24).toString('base64url');
    const job = await this.#worker.takeNow(lockToken);
    return job === undefined ? undefined : { job, lockToken };
  }

  async #hand(taken: TakenJob): Promise<void> {
    const [poll] = this.#polls;
    if (poll === undefined) {
      await taken.job.moveToWait(taken.lockToken); // the last poll left in this moment
      return;
    }
    const { leaseMs, max } = poll.options;
    if (leaseMs !== defaultLockMs) await taken.job.extendLock(taken.lockToken, leaseMs);
    if (!(await poll.accept(taken))) return;
    if (!this.#polls.includes(poll)) {
      await taken.job.moveToWait(taken.lockToken);
      return;
    }
    poll.taken.push(taken);
    if (poll.taken.length >= max) poll.settle();
  }

  /** A poll that has something does not wait for more. */
  #settleFirst(): boolean {
    const [poll] = this.#polls;
    if (poll === undefined || poll.taken.length === 0) return false;
    poll.settle();
    return true;
  }

  /** The marker wakes one consumer. Who has no use for it puts it back. */
  async #waitForWork(): Promise<void> {
    const marker = await this.#worker.backend.waitForJob(drainDelaySeconds);
    if (marker !== null && this.#polls.length === 0) {
      await this.#options.work.zadd(queueKey(this.#options.queue, 'marker'), 0, '0');
    }
  }

  /** Asked again after each wait, which a plain property would not be. */
  #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    for (const poll of [...this.#polls]) poll.settle();
    await this.#worker.close(true);
    await this.#serving;
  }
}
