import { setTimeout as delay } from 'node:timers/promises';
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

/** Time between two fetches of which the first failed, in milliseconds: each entry that cannot be read costs it once. */
const failedFetchMs = 2;

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

  /** When it last was answered by the queue, be it that there is no work; by `performance.now()`. */
  get lastFetchAt(): number {
    return this.#lastFetchAt;
  }

  /**
   * After an error that is not the connection's, such as a user that Redis does not know yet, BullMQ fetches again at
   * once. Where the error needs no round trip, that loop would leave no time for anything else in the process.
   */
  protected override async moveToActive(token: string, name?: string): ReturnType<Worker['moveToActive']> {
    try {
      const job = await super.moveToActive(token, name);
      this.#lastFetchAt = performance.now();
      return job;
    } catch (error) {
      await delay(failedFetchMs);
      throw error;
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

  /** Ends the renewal of locks where `close` waits for a command that Redis never answers: its timer would go on for ever. */
  async letGo(): Promise<void> {
    await this.lockManager.close();
  }
}
