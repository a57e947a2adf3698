import type { ServerResponse } from 'node:http';
import { MeshError } from '@infermesh/errors';
import { clientLeft } from './read-body.js';

/** From the first byte of a request to the last of its answer: one signal for all that may end it early. */
export class RequestLifetime {
  readonly #controller = new AbortController();
  readonly #response: ServerResponse;

  constructor(response: ServerResponse) {
    this.#response = response;
    response.on('close', this.#onClose);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  abort(reason: MeshError): void {
    this.#controller.abort(reason);
  }

  /** The outcome of the work, or the abort if that comes first: a handler that ignores its signal keeps nobody waiting. */
  async within<T>(timeoutMs: number, work: () => Promise<T>): Promise<T> {
    const { signal } = this;
    signal.throwIfAborted();
    const timer = setTimeout(() => {
      this.abort(new MeshError('DEADLINE_EXCEEDED', `no answer within ${String(timeoutMs)} ms`));
    }, timeoutMs);
    try {
      return await new Promise<T>((resolve, reject) => {
        signal.addEventListener(
          'abort',
          () => {
            reject(signal.reason as Error);
          },
          { once: true },
        );
        work().then(resolve, reject);
      });
    } finally {
      clearTimeout(timer);
    }
  }

  end(): void {
    this.#response.off('close', this.#onClose);
  }

  readonly #onClose = (): void => {
    if (!this.#response.writableFinished) this.abort(clientLeft());
  };
}
