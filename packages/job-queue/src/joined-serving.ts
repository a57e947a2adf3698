import type { Serving } from './job-queue.js';

/** One queue, served in all the ways in which its calls may come. */
export class JoinedServing implements Serving {
  readonly queue: string;
  readonly #ways: Serving[] = [];
  readonly #onStopped: () => void;
  #stopping: Promise<void> | undefined;

  constructor(queue: string, onStopped: () => void) {
    this.queue = queue;
    this.#onStopped = onStopped;
  }

  add(way: Serving): void {
    this.#ways.push(way);
  }

  get activeCount(): number {
    return this.#ways.reduce((sum, { activeCount }) => sum + activeCount, 0);
  }

  setConcurrency(concurrency: number): void {
    for (const way of this.#ways) way.setConcurrency(concurrency);
  }

  async pause(): Promise<void> {
    await Promise.all(this.#ways.map((way) => way.pause()));
  }

  async resume(): Promise<void> {
    if (this.#stopping === undefined) await Promise.all(this.#ways.map((way) => way.resume()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping ??= this.#stop();
    await this.#stopping;
  }

  async #stop(): Promise<void> {
    await Promise.all(this.#ways.map((way) => way[Symbol.asyncDispose]()));
    this.#onStopped();
  }
}
