import { setTimeout as delay } from 'node:timers/promises';
import { MeshError } from '@infermesh/errors';
import type { RedisClient } from '@infermesh/redis';
import type { Logger } from '@infermesh/telemetry';
import type { Job, Processor } from 'bullmq';
import { parseControlMessage } from './control-message.js';
import { Delivery, type DeliveryOptions } from './delivery.js';
import type { CallHandler } from './handle.js';
import type { ServeOptions, Serving } from './job-queue.js';
import { drainDelaySeconds, MeshWorker } from './mesh-worker.js';
import { cancelMarksKey, controlChannel } from './queue-keys.js';
import type { ReplyWriter } from './reply-writer.js';
import type { Subscriptions } from './subscriptions.js';

export interface QueueServingOptions {
  readonly queue: string;
  readonly handlers: readonly CallHandler[];
  readonly serve: ServeOptions;
  readonly work: RedisClient;
  readonly subscriptions: Subscriptions;
  readonly writer: ReplyWriter;
  readonly logger: Logger;
  readonly observe: DeliveryOptions['observe'];
  /** Time between two looks after deliveries and the worker itself, in milliseconds. */
  readonly lookMs: number;
  /** An idle worker that has not asked for work for this long has stopped for good; default 7000. */
  readonly silenceMs?: number;
  /** Replaced by tests that need a worker which has stopped fetching. */
  readonly createWorker?: (processor: Processor) => MeshWorker;
}

const longestFetchMs = 3 * drainDelaySeconds * 1000 + 1000;

/** BullMQ's close waits for Redis without a limit. */
const closeMs = 2000;

async function endOrTimeout(work: Promise<unknown>, timeoutMs: number): Promise<void> {
  const ended = new AbortController();
  await Promise.race([
    work.finally(() => {
      ended.abort();
    }),
    delay(timeoutMs, undefined, { signal: ended.signal }).catch(() => undefined),
  ]);
}

/** Consumes one queue. */
export class QueueServing implements Serving {
  readonly queue: string;
  readonly #options: QueueServingOptions;
  readonly #handlers: ReadonlyMap<string, CallHandler>;
  readonly #deliveries = new Map<string, Delivery>();
  readonly #missingStreams = new Set<string>();
  /** With what resolves when they have closed. */
  readonly #retired = new Map<MeshWorker, Promise<void>>();
  readonly #timer: NodeJS.Timeout;
  #concurrency: number;
  #worker: MeshWorker;
  #connectedAt = performance.now();
  #deliveredAt = performance.now();
  #isPaused = false;
  #stopping: Promise<void> | undefined;
  #isLooking = false;
  #unlisten: (() => void) | undefined;

  constructor(options: QueueServingOptions) {
    this.#options = options;
    this.queue = options.queue;
    this.#handlers = new Map(options.handlers.map((handler) => [handler.contract.name, handler]));
    this.#concurrency = options.serve.concurrency;
    this.#worker = this.#createWorker();
    options.work.on('ready', this.#onConnected);
    this.#timer = setInterval(this.#look, options.lookMs);
    this.#timer.unref();
  }

  /** Resolves when deliveries flow and cancels are heard. */
  async started(): Promise<void> {
    this.#unlisten = await this.#options.subscriptions.listen(controlChannel(this.queue), (text) => {
      if (text === '') this.#look();
      else this.#onControl(text);
    });
    await this.#worker.waitUntilReady();
  }

  get activeCount(): number {
    return this.#deliveries.size;
  }

  setConcurrency(concurrency: number): void {
    const hasGrown = concurrency > this.#concurrency;
    this.#concurrency = concurrency;
    this.#worker.concurrency = concurrency;
    if (hasGrown && !this.#isPaused) void this.#nudge();
  }

  /** A worker that was full waits for a job to end; only a resume makes it look at its concurrency again. */
  async #nudge(): Promise<void> {
    try {
      await this.#worker.pause(true);
      if (!this.#isPaused && this.#stopping === undefined) await this.#worker.resume();
    } catch (error) {
      this.#options.logger.debug({ err: error, queue: this.queue }, 'the queue worker could not be nudged');
    }
  }

  async pause(): Promise<void> {
    this.#isPaused = true;
    await this.#worker.pause(true);
  }

  async resume(): Promise<void> {
    this.#isPaused = false;
    await this.#worker.resume();
  }

  #createWorker(): MeshWorker {
    const { lockMs = 6000, stalledIntervalMs = 3000 } = this.#options.serve;
    const process = async (job: Job, lockToken?: string): Promise<void> => {
      await this.#deliver(job, lockToken ?? '');
    };
    const worker =
      this.#options.createWorker?.(process) ??
      new MeshWorker(this.queue, process, {
        connection: this.#options.work,
        concurrency: this.#concurrency,
        lockMs,
        stalledIntervalMs,
      });
    let lastMessage = '';
    worker.on('error', (error) => {
      const level = error.message === lastMessage ? 'debug' : 'warn';
      lastMessage = error.message;
      this.#options.logger[level]({ err: error, queue: this.queue }, 'the queue worker met an error');
    });
    worker.on('lockRenewalFailed', (jobIds) => {
      for (const jobId of jobIds) {
        this.#deliveries.get(jobId)?.abort(new MeshError('WORKER_LOST', 'the lock of this delivery was lost'));
      }
    });
    worker.on('failed', (job, error) => {
      this.#options.logger.warn(
        { jobId: job?.id, queue: this.queue, reason: error.message },
        'the queue gave an entry up',
      );
    });
    return worker;
  }

  async #deliver(job: Job, lockToken: string): Promise<void> {
    const { writer, logger, observe } = this.#options;
    const delivery = new Delivery({ job, lockToken, handlers: this.#handlers, writer, logger, observe });
    if (this.#isPaused) await delivery.giveBack(); // fetched while the pause began
    this.#deliveries.set(delivery.jobId, delivery);
    this.#deliveredAt = performance.now();
    try {
      await delivery.run();
    } finally {
      this.#deliveries.delete(delivery.jobId);
      this.#deliveredAt = performance.now(); // the next job comes with the end of this one, without a fetch
      if (delivery.isCancelled) await this.#forgetMark(delivery.jobId);
    }
  }

  async #forgetMark(jobId: string): Promise<void> {
    await this.#options.work.zrem(cancelMarksKey(this.queue), jobId).catch(() => undefined);
  }

  #onControl(text: string): void {
    const message = parseControlMessage(text);
    if (message === undefined) return;
    const delivery = this.#deliveries.get(message.id);
    if (message.op === 'cancel') delivery?.abort(new MeshError('CANCELLED', 'the job was cancelled'));
    else if (message.op === 'pause') delivery?.pause();
    else delivery?.resume();
  }

  readonly #onConnected = (): void => {
    this.#connectedAt = performance.now();
  };

  /** One look at a time: two that overlap would see a stream missing twice in one moment. */
  readonly #look = (): void => {
    if (this.#isLooking) return;
    this.#isLooking = true;
    void this.#tick().finally(() => {
      this.#isLooking = false;
    });
  };

  async #tick(): Promise<void> {
    try {
      this.#reviveWorker();
      await this.#readMarks();
      await this.#findVanishedCallers();
    } catch (error) {
      this.#options.logger.debug({ err: error, queue: this.queue }, 'the look after deliveries failed');
    }
  }

  /** Cancels whose publish was lost. */
  async #readMarks(): Promise<void> {
    const deliveries = [...this.#deliveries.values()];
    if (deliveries.length === 0) return;
    const marks = await this.#options.work.zmscore(cancelMarksKey(this.queue), ...deliveries.map(({ jobId }) => jobId));
    for (const [index, mark] of marks.entries()) {
      if (mark !== null) deliveries[index]?.abort(new MeshError('CANCELLED', 'the job was cancelled'));
    }
  }

  /** Aborts calls whose caller's stream is missing twice in a row: after a loss of data it needs a second to come back. */
  async #findVanishedCallers(): Promise<void> {
    const streams = new Set<string>();
    for (const { replyTo } of this.#deliveries.values()) if (replyTo !== undefined) streams.add(replyTo);
    const vanished = new Set<string>();
    for (const stream of streams) {
      if ((await this.#options.work.exists(stream)) === 1) this.#missingStreams.delete(stream);
      else if (this.#missingStreams.has(stream)) vanished.add(stream);
      else this.#missingStreams.add(stream);
    }
    for (const delivery of this.#deliveries.values()) {
      if (delivery.replyTo !== undefined && vanished.has(delivery.replyTo)) {
        delivery.abort(new MeshError('CANCELLED', 'the caller is gone'));
      }
    }
    for (const stream of this.#missingStreams) if (!streams.has(stream)) this.#missingStreams.delete(stream);
  }

  #reviveWorker(): void {
    const now = performance.now();
    const { silenceMs = longestFetchMs } = this.#options;
    const mustFetch = !this.#isPaused && this.#stopping === undefined && this.#deliveries.size < this.#concurrency;
    const isConnected = this.#options.work.status === 'ready' && now - this.#connectedAt > silenceMs;
    const isSilent = now - Math.max(this.#worker.lastFetchAt, this.#deliveredAt) > silenceMs;
    if (!mustFetch || !isConnected || !isSilent) return;
    this.#options.logger.error({ queue: this.queue }, 'the queue worker stopped fetching and is replaced');
    const old = this.#worker;
    this.#worker = this.#createWorker();
    this.#retire(old);
  }

  #retire(worker: MeshWorker): void {
    const closed = worker.close().catch((error: unknown) => {
      this.#options.logger.debug({ err: error, queue: this.queue }, 'an old queue worker did not close well');
    });
    this.#retired.set(worker, closed);
    void closed.finally(() => this.#retired.delete(worker));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping ??= this.#stop();
    await this.#stopping;
  }

  async #stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#options.work.off('ready', this.#onConnected);
    const { stopGraceMs } = this.#options.serve;
    const hardStop = setTimeout(() => {
      for (const delivery of this.#deliveries.values()) delivery.cutOff();
    }, stopGraceMs);
    this.#retire(this.#worker);
    try {
      await endOrTimeout(Promise.all(this.#retired.values()), stopGraceMs + closeMs);
    } finally {
      for (const worker of this.#retired.keys()) await worker.letGo();
      clearTimeout(hardStop);
      this.#unlisten?.();
    }
  }
}
