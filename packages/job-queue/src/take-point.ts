import { randomBytes } from 'node:crypto';
import type { RedisClient } from '@infermesh/redis';
import type { Logger } from '@infermesh/telemetry';
import type { JobJson } from 'bullmq';
import type { TakeOptions } from './job-queue.js';
import { drainDelaySeconds, MeshWorker } from './mesh-worker.js';
import { queueKey } from './queue-keys.js';

export interface TakenJob {
  readonly jobId: string;
  readonly lockToken: string;
  /** As JSON text. */
  readonly data: string;
  /** Leases of it that have expired. */
  readonly stalledCount: number;
  /** 1 at the first delivery. */
  readonly deliveryAttempt: number;
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

/** What one look at the queue brought. */
interface Catch {
  readonly jobs: readonly TakenJob[];
  /** Jobs that wait still. */
  readonly left: number;
}

const defaultLockMs = 30_000;

/** Jobs that are taken at once. Their data is read in one go, which must not hold the event loop for long. */
const maxAtOnce = 64;

const lockTokenBytes = 24;

/** Where the pullers of one queue stand in line. It takes jobs only while somebody waits for them. */
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
    let count = 1;
    while (this.#polls.length > 0 && !this.#isStopping()) {
      try {
        const { jobs, left } = await this.#takeUpTo(count);
        if (jobs.length > 0) await this.#handAll(jobs);
        const isEmpty = jobs.length === 0 || left === 0;
        if (isEmpty && !this.#settleFirst() && jobs.length === 0) await this.#waitForWork();
        count = Math.max(1, Math.min(left, this.#wanted(), maxAtOnce));
      } catch (error) {
        if (this.#isStopping()) return;
        this.#options.logger.debug({ err: error, queue: this.#options.queue }, 'a take failed');
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }

  /** Jobs that those in line have room for. */
  #wanted(): number {
    return this.#polls.reduce((sum, { options, taken }) => sum + options.max - taken.length, 0);
  }

  /** In one write. The same answer tells how many are left: the next look asks for no more than there are. */
  async #takeUpTo(count: number): Promise<Catch> {
    const randomness = randomBytes(lockTokenBytes * count);
    const taking = Array.from({ length: count }, (_, index) =>
      this.#takeOne(randomness.toString('base64url', index * lockTokenBytes, (index + 1) * lockTokenBytes)),
    );
    const counting = this.#countWaiting();
    const taken = await Promise.allSettled(taking);
    const jobs = taken.flatMap((one) => (one.status === 'fulfilled' ? (one.value ?? []) : []));
    const failed = taken.find(({ status }) => status === 'rejected');
    if (jobs.length === 0 && failed?.status === 'rejected') throw failed.reason;
    return { jobs, left: await counting };
  }

  /** None where Redis does not tell: what was taken must not be lost for that. */
  async #countWaiting(): Promise<number> {
    const { queue, work } = this.#options;
    const lengths = Promise.all([work.llen(queueKey(queue, 'wait')), work.zcard(queueKey(queue, 'prioritized'))]);
    const [plain, prioritized] = await lengths.catch(() => [0, 0] as const);
    return plain + prioritized;
  }

  async #takeOne(lockToken: string): Promise<TakenJob | undefined> {
    const [job, jobId] = (await this.#worker.backend.moveToActive(lockToken)) as [JobJson | null, string];
    if (job === null) return undefined;
    const { data, stalledCounter: stalledCount, attemptsStarted: deliveryAttempt } = job;
    return { jobId, lockToken, data, stalledCount, deliveryAttempt };
  }

  /** To the polls in line, as many as each has room for. */
  async #handAll(jobs: readonly TakenJob[]): Promise<void> {
    let rest = [...jobs];
    while (rest.length > 0) {
      const [poll] = this.#polls;
      if (poll === undefined) {
        await this.#putBack(rest); // the last poll left in this moment
        return;
      }
      const room = poll.options.max - poll.taken.length;
      await this.#hand(poll, rest.slice(0, room));
      rest = rest.slice(room);
    }
  }

  async #hand(poll: Poll, jobs: readonly TakenJob[]): Promise<void> {
    const { leaseMs, max } = poll.options;
    if (leaseMs !== defaultLockMs) {
      const tokens = jobs.map(({ lockToken }) => lockToken);
      const jobIds = jobs.map(({ jobId }) => jobId);
      await this.#worker.backend.extendLocks(jobIds, tokens, leaseMs);
    }
    const isAccepted = await Promise.all(jobs.map((taken) => poll.accept(taken)));
    const accepted = jobs.filter((_, index) => isAccepted[index] === true);
    if (!this.#polls.includes(poll)) {
      await this.#putBack(accepted);
      return;
    }
    poll.taken.push(...accepted);
    if (poll.taken.length >= max) poll.settle();
  }

  /** To the head of the queue, in their order. */
  async #putBack(jobs: readonly TakenJob[]): Promise<void> {
    for (const { jobId, lockToken } of jobs.toReversed()) {
      await this.#worker.backend.moveJobFromActiveToWait(jobId, lockToken);
    }
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
