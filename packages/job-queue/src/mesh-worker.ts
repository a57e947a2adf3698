import { Worker, type Job, type Processor } from 'bullmq';
import type { RedisClient } from '@infermesh/redis';
import { queuePrefix } from './queue-keys.js';

export interface MeshWorkerOptions {
  readonly connection: RedisClient;
  readonly concurrency: number;
  readonly lockMs: number;
  readonly stalledIntervalMs: number;
}

/** An idle worker looks into the queue at least this often: a wake-up lost with a connection costs no more. */
export const drainDelaySeconds = 2;

/** Deliveries that may end with the death of their consumer before an entry is dropped; its record knows better. */
const maxStalledCount = 20;

/** BullMQ's worker, with a pulse. */
export class MeshWorker extends Worker {
  #lastFetchAt = performance.now();

  constructor(queue: string, processor: Processor | null, options: MeshWorkerOptions) {
    super(queue, processor, {
      connection: options.connection,
      prefix: queuePrefix(queue),
      concurrency: options.concurrency,
      lockDuration: options.lockMs,
      stalledInterval: options.stalledIntervalMs,
      maxStalledCount,
      drainDelay: drainDelaySeconds,
      runRetryDelay: 500,
      autorun: processor !== null,
    });
  }

  /** When it last asked the queue for work, by `performance.now()`. */
  get lastFetchAt(): number {
    return this.#lastFetchAt;
  }

  protected override async moveToActive(token: string, name?: string): ReturnType<Worker['moveToActive']> {
    try {
      return await super.moveToActive(token, name);
    } finally {
      this.#lastFetchAt = performance.now();
    }
  }

  /** After a lost connection BullMQ would block for 10 s. */
  protected override getBlockTimeout(blockUntil: number): number {
    return Math.min(super.getBlockTimeout(blockUntil), drainDelaySeconds);
  }

  /** Takes the next job without waiting. */
  async takeNow(lockToken: string): Promise<Job | undefined> {
    return await this.moveToActive(lockToken);
  }
}
