import { setImmediate as nextTurn } from 'node:timers/promises';

/** How long rows are worked on before other work gets a turn. */
const turnMs = 12;

/** Lets a long loop over rows give way to the event loop, report progress and stop when asked. */
export class RowPacer {
  readonly #rowCount: number;
  readonly #signal: AbortSignal | undefined;
  readonly #onProgress: ((fraction: number) => void) | undefined;
  #turnStartedMs = performance.now();

  constructor(rowCount: number, signal: AbortSignal | undefined, onProgress: ((fraction: number) => void) | undefined) {
    this.#rowCount = rowCount;
    this.#signal = signal;
    this.#onProgress = onProgress;
  }

  /** Whether it is time to await `giveWay`; a plain check, so that most rows cost no promise. */
  isDue(): boolean {
    return performance.now() - this.#turnStartedMs > turnMs;
  }

  /** @throws the signal's reason */
  async giveWay(rowsDone: number): Promise<void> {
    this.#onProgress?.(rowsDone / this.#rowCount);
    await nextTurn();
    this.#signal?.throwIfAborted();
    this.#turnStartedMs = performance.now();
  }
}
