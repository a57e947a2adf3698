import { setMaxListeners } from 'node:events';

/**
 * A deadline that counts only while the storage is waited for, and starts anew with each step forward: a large object
 * may take long, a silent server may not. Starts counting at once. Merges the caller's signal.
 */
export class ProgressDeadline implements Disposable {
  readonly #abort = new AbortController();
  readonly #timeoutMs: number;
  readonly #stalled: () => Error;
  readonly #caller: AbortSignal;
  #timer: NodeJS.Timeout | undefined;
  #disposed = false;

  constructor(options: { readonly timeoutMs: number; readonly signal: AbortSignal; readonly stalled: () => Error }) {
    this.#timeoutMs = options.timeoutMs;
    this.#stalled = options.stalled;
    this.#caller = options.signal;
    this.#caller.throwIfAborted();
    // One signal may serve hundreds of calls at a time; Node warns of a leak from the eleventh on.
    setMaxListeners(0, this.#caller);
    this.#caller.addEventListener('abort', this.#onCallerAbort);
    this.restart();
  }

  /** Aborts with the caller's reason, or with the stall error. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** The storage has the next move. */
  restart(): void {
    if (this.#disposed) return;
    if (this.#timer === undefined) this.#timer = setTimeout(this.#onTimeout, this.#timeoutMs);
    else this.#timer.refresh();
  }

  /** Someone else has the next move: the source of an upload, the reader of a download. */
  pause(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Ends the call with this error. */
  fail(error: Error): void {
    this.#abort.abort(error);
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    this.pause();
    this.#caller.removeEventListener('abort', this.#onCallerAbort);
  }

  readonly #onTimeout = (): void => {
    this.#abort.abort(this.#stalled());
  };

  readonly #onCallerAbort = (): void => {
    this.#abort.abort(this.#caller.reason);
  };
}
