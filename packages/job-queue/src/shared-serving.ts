import type { DirectServing } from './direct-serving.js';
import type { Serving } from './job-queue.js';
import type { SharedProcess } from './shared-process.js';

export interface SharedServingOptions {
  /** Serves those who come by the queue. */
  readonly queued: Serving;
  /** Serves those of the same process. */
  readonly direct: DirectServing;
  readonly shared: SharedProcess;
  readonly stopGraceMs: number;
}

/** A queue that is served both ways. While it pauses, calls of the same process wait in the queue like all others. */
export class SharedServing implements Serving {
  readonly queue: string;
  readonly #options: SharedServingOptions;
  #unregister: () => void;

  constructor(options: SharedServingOptions) {
    this.queue = options.queued.queue;
    this.#options = options;
    this.#unregister = this.#register();
  }

  get activeCount(): number {
    return this.#options.queued.activeCount + this.#options.direct.activeCount;
  }

  setConcurrency(concurrency: number): void {
    this.#options.queued.setConcurrency(concurrency);
    this.#options.direct.setConcurrency(concurrency);
  }

  async pause(): Promise<void> {
    this.#unregister();
    await this.#options.queued.pause();
  }

  async resume(): Promise<void> {
    await this.#options.queued.resume();
    this.#unregister = this.#register();
  }

  #register(): () => void {
    return this.#options.shared.register(this.queue, this.#options.direct);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#unregister();
    const { queued, direct, stopGraceMs } = this.#options;
    await Promise.all([direct.drain(stopGraceMs), queued[Symbol.asyncDispose]()]);
  }
}
