import { MeshError } from '@infermesh/errors';

/** How many event streams one caller may keep open at this gateway; default 100. */
const defaultSeats = 100;
const retryAfterSeconds = 5;

/** Bounds what each caller keeps open at once, event streams for example, in this gateway's memory: with several gateways a caller has that many times more. */
export class StreamSeats {
  readonly #perCaller: number;
  readonly #what: string;
  readonly #taken = new Map<string, number>();

  /** @param what is kept open, for the message */
  constructor(perCaller: number = defaultSeats, what = 'event streams') {
    this.#perCaller = perCaller;
    this.#what = what;
  }

  /**
   * Takes a seat until the returned function is called, or `signal` aborts where there is one.
   *
   * @throws MeshError QUOTA_EXCEEDED with the seconds to wait
   */
  take(callerId: string, signal?: AbortSignal): () => void {
    const taken = this.#taken.get(callerId) ?? 0;
    if (taken >= this.#perCaller) {
      throw new MeshError('QUOTA_EXCEEDED', `this key has ${String(taken)} ${this.#what} open: close some`, {
        retryAfterSeconds,
      });
    }
    signal?.throwIfAborted();
    this.#taken.set(callerId, taken + 1);
    let isTaken = true;
    const leave = (): void => {
      if (!isTaken) return;
      isTaken = false;
      signal?.removeEventListener('abort', leave);
      this.#leave(callerId);
    };
    signal?.addEventListener('abort', leave);
    return leave;
  }

  #leave(callerId: string): void {
    const left = (this.#taken.get(callerId) ?? 1) - 1;
    if (left === 0) this.#taken.delete(callerId);
    else this.#taken.set(callerId, left);
  }
}
