import { MeshError } from '@infermesh/errors';

/** One signal for the caller's own and the time that is left. */
export class Deadline implements Disposable {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #outer: AbortSignal | undefined;

  constructor(timeoutMs: number, outer: AbortSignal | undefined) {
    this.#outer = outer;
    this.#timer = setTimeout(() => {
      this.#controller.abort(new MeshError('DEADLINE_EXCEEDED', `the remote server took over ${String(timeoutMs)} ms`));
    }, timeoutMs);
    outer?.addEventListener('abort', this.#onOuter);
    if (outer?.aborted === true) this.#onOuter();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#outer?.removeEventListener('abort', this.#onOuter);
  }

  [Symbol.dispose](): void {
    this.end();
  }

  readonly #onOuter = (): void => {
    this.#controller.abort(this.#outer?.reason);
  };
}
