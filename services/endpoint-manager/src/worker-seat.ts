import { setTimeout as delay } from 'node:timers/promises';
import { toMeshError } from '@infermesh/errors';
import { backoffMs, type Backoff } from '@infermesh/lifecycle';
import type { Logger } from '@infermesh/telemetry';
import type { WorkerExit, WorkerHandle } from './driver.js';

export interface SeatTimings {
  /** The pauses before restarts. */
  readonly restart: Backoff;
  /** A worker ready for this long has shown that it is well: earlier crashes are forgotten. */
  readonly healthyMs: number;
  /** A worker not ready by then is killed. */
  readonly readyTimeoutMs: number;
}

export const seatStates = ['starting', 'ready', 'backing-off', 'stopping'] as const;
export type SeatState = (typeof seatStates)[number];

export interface SeatOptions {
  readonly number: number;
  /** A rejection counts as a crash. */
  readonly startWorker: (seat: number) => Promise<WorkerHandle>;
  readonly timings: SeatTimings;
  readonly logger: Logger;
  /** State, error or counts may be different now. */
  readonly onChange: () => void;
  readonly onExit: (workerId: string) => void;
  readonly onRestart: () => void;
}

/** One place in a pool: holds one worker at a time, and starts the next when it ends. */
export class WorkerSeat {
  readonly #options: SeatOptions;
  readonly #stopping = new AbortController();
  #running = Promise.resolve();
  #stopGraceMs = 0;
  #state: SeatState = 'starting';
  #worker: WorkerHandle | undefined;
  #crashes = 0;
  #failedStarts = 0;
  #error: string | null = null;

  constructor(options: SeatOptions) {
    this.#options = options;
  }

  /** Once. */
  start(): void {
    this.#running = this.#run();
  }

  get state(): SeatState {
    return this.#state;
  }

  /** Takes jobs now. */
  get isReady(): boolean {
    return this.#state === 'ready';
  }

  /** SHA-256 of the checkpoints that its worker has loaded. */
  get warmCheckpoints(): readonly string[] {
    return this.isReady ? (this.#worker?.warmCheckpoints() ?? []) : [];
  }

  /** Crashes since a worker of this seat was last ready. */
  get failedStarts(): number {
    return this.#failedStarts;
  }

  /** What is wrong with this seat: set while its workers crash again and again. */
  get error(): string | null {
    return this.#error;
  }

  /** Ends the worker and the seat. Resolves when the worker is gone, at most about `graceMs` later. */
  async stop(graceMs: number): Promise<void> {
    this.#stopGraceMs = graceMs;
    this.#stopping.abort();
    this.#enter('stopping');
    await this.#worker?.stop(graceMs);
    await this.#running;
  }

  #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  async #run(): Promise<void> {
    while (!this.#isStopping()) {
      this.#enter('starting');
      const exit = await this.#runWorker();
      if (this.#isStopping()) return;
      await this.#backOff(exit);
    }
  }

  /** The whole life of one worker. */
  async #runWorker(): Promise<WorkerExit> {
    const { startWorker, number, logger, onExit } = this.#options;
    let worker: WorkerHandle;
    try {
      worker = await startWorker(number);
    } catch (error) {
      logger.warn({ err: error }, 'worker could not be started');
      return { code: null, signal: null, startError: toMeshError(error).message };
    }
    this.#worker = worker;
    logger.info({ workerId: worker.id, pid: worker.pid }, 'worker started');
    if (this.#isStopping()) await worker.stop(this.#stopGraceMs);
    const exit = await this.#attend(worker);
    this.#worker = undefined;
    logger[this.#isStopping() ? 'info' : 'warn']({ workerId: worker.id, ...exit }, 'worker exited');
    if (!this.#isStopping()) this.#state = 'backing-off';
    onExit(worker.id);
    return exit;
  }

  /** Sees a worker through readiness and health to its exit. */
  async #attend(worker: WorkerHandle): Promise<WorkerExit> {
    const { timings, logger } = this.#options;
    const isReady = await isReadyWithin(worker, timings.readyTimeoutMs);
    if (isReady === undefined) {
      logger.warn({ workerId: worker.id }, 'worker did not become ready');
      await worker.stop(0);
      return { ...(await worker.exited), startError: `not ready after ${String(timings.readyTimeoutMs)} ms` };
    }
    if (isReady && !this.#isStopping()) this.#welcome(worker);
    const health = setTimeout(this.#forgive, timings.healthyMs);
    const exit = await worker.exited;
    clearTimeout(health);
    return exit;
  }

  #welcome(worker: WorkerHandle): void {
    this.#failedStarts = 0;
    this.#options.logger.info({ workerId: worker.id }, 'worker ready');
    this.#enter('ready');
  }

  readonly #forgive = (): void => {
    this.#crashes = 0;
    this.#error = null;
    this.#options.onChange();
  };

  async #backOff(exit: WorkerExit): Promise<void> {
    this.#crashes += 1;
    this.#failedStarts += 1;
    if (this.#crashes > 1)
      this.#error = `${describeExit(exit)}, ${String(this.#crashes)} times in a row; see the log of the worker`;
    this.#enter('backing-off');
    const pauseMs = backoffMs(this.#options.timings.restart, this.#crashes);
    this.#options.logger.warn({ seat: this.#options.number, crashes: this.#crashes, pauseMs }, 'worker restarts');
    try {
      await delay(pauseMs, undefined, { signal: this.#stopping.signal });
      this.#options.onRestart();
    } catch {
      // Only `stop` ends the pause early; the loop sees that.
    }
  }

  #enter(state: SeatState): void {
    if (this.#isStopping() && state !== 'stopping') return;
    this.#state = state;
    this.#options.onChange();
  }
}

/** False when it exited, undefined when it did neither in time. */
async function isReadyWithin(worker: WorkerHandle, timeoutMs: number): Promise<boolean | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => {
      resolve(undefined);
    }, timeoutMs);
  });
  const ready = await Promise.race([worker.ready, late]);
  clearTimeout(timer);
  return ready;
}

function describeExit({ code, signal, startError }: WorkerExit): string {
  if (startError !== undefined) return `the worker could not be started (${startError})`;
  if (signal !== null) return `the worker was ended by ${signal}`;
  return `the worker exited with code ${String(code)}`;
}
