import { MeshError } from '@infermesh/errors';

export interface WorkOptions {
  readonly signal?: AbortSignal | undefined;
  /** Epoch milliseconds; what is not done by then is killed. */
  readonly deadlineAt?: number | undefined;
}

/** Without a deadline of the caller. */
const longestMs = 600_000;

/** One signal for the caller's own and its deadline. */
export class TimeLimit implements Disposable {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #outer: AbortSignal | undefined;
  readonly deadlineAt: number;

  constructor({ signal, deadlineAt = Date.now() + longestMs }: WorkOptions) {
    this.#outer = signal;
    this.deadlineAt = deadlineAt;
    this.#timer = setTimeout(
      () => {
        this.#controller.abort(new MeshError('DEADLINE_EXCEEDED', 'the media could not be worked on in time'));
      },
      Math.min(Math.max(0, deadlineAt - Date.now()), longestMs),
    );
    signal?.addEventListener('abort', this.#onOuter);
    if (signal?.aborted === true) this.#onOuter();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#outer?.removeEventListener('abort', this.#onOuter);
  }

  readonly #onOuter = (): void => {
    this.#controller.abort(this.#outer?.reason);
  };
}
