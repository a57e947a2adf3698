import { setImmediate as nextTurn } from 'node:timers/promises';

export interface BatcherOptions<Item> {
  readonly maxBatch: number;
  /** Items for which this is true when their turn comes are left out. */
  readonly isDropped: (item: Item) => boolean;
  /** Must not throw. Never called again before it has returned. */
  readonly runBatch: (batch: readonly Item[]) => Promise<void>;
}

/** Runs items in batches: at once when idle, and what gathers while a batch runs goes into the next one. */
export class Batcher<Item> {
  readonly #options: BatcherOptions<Item>;
  #waiting: Item[] = [];
  #isRunning = false;

  constructor(options: BatcherOptions<Item>) {
    this.#options = options;
  }

  add(item: Item): void {
    this.#waiting.push(item);
    if (!this.#isRunning) void this.#drain();
  }

  async #drain(): Promise<void> {
    this.#isRunning = true;
    // One turn of the loop: items that arrived together share the first batch.
    await nextTurn();
    while (this.#waiting.length > 0) {
      const batch = this.#nextBatch();
      if (batch.length > 0) await this.#options.runBatch(batch);
      // Messages that came while a run held the loop (a late item, a cancel) are read before the next batch is made.
      await nextTurn();
    }
    this.#isRunning = false;
  }

  #nextBatch(): Item[] {
    this.#waiting = this.#waiting.filter((item) => !this.#options.isDropped(item));
    return this.#waiting.splice(0, this.#options.maxBatch);
  }
}
