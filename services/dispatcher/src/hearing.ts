/**
 * Since when this dispatcher could have heard a worker renew its claims: Redis and the database answered, and this process was
 * not standing still. Silence from before says nothing about the worker.
 */
export class Hearing {
  readonly #maxGapMs: number;
  #since: number | undefined;
  #lastLookAt = -Infinity;

  /** @param maxGapMs looks further apart than this mean that the process stood still in between */
  constructor(maxGapMs: number) {
    this.#maxGapMs = maxGapMs;
  }

  /** A look that went well. `now` in milliseconds of a clock that nobody sets. */
  heard(now: number): void {
    if (this.#since === undefined || now - this.#lastLookAt > this.#maxGapMs) this.#since = now;
    this.#lastLookAt = now;
  }

  failed(): void {
    this.#since = undefined;
  }

  /** Milliseconds without interruption until `now`; 0 when the last look failed. */
  heardForMs(now: number): number {
    return this.#since === undefined ? 0 : now - this.#since;
  }
}
