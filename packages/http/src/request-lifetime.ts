import type { ServerResponse } from 'node:http';
import { MeshError } from '@infermesh/errors';
import { clientLeft } from './client-left.js';

type Watcher = (reason: MeshError) => void;

/** From the first byte of a request to the last of its answer: whatever may end it early is told here. */
export class RequestLifetime {
  readonly #response: ServerResponse;
  readonly #watchers = new Set<Watcher>();
  #controller: AbortController | undefined;
  #reason: MeshError | undefined;

  constructor(response: ServerResponse) {
    this.#response = response;
    response.on('close', this.#onClose);
  }

  /** Made when it is first asked for: most requests are answered without one, and it is the dearest object of a small request. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#reason !== undefined) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  abort(reason: MeshError): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.#controller?.abort(reason);
    for (const watcher of [...this.#watchers]) watcher(reason);
  }

  /** Tells of an abort, at once of one that has happened. @returns what ends the watch */
  onAbort(watcher: Watcher): () => void {
    if (this.#reason !== undefined) watcher(this.#reason);
    this.#watchers.add(watcher);
    return () => {
      this.#watchers.delete(watcher);
    };
  }

  /** The outcome of the work, or the abort if that comes first: a handler that ignores its signal keeps nobody waiting. */
  async within<T>(timeoutMs: number, work: () => Promise<T>): Promise<T> {
    if (this.#reason !== undefined) throw this.#reason;
    const timer = setTimeout(() => {
      this.abort(new MeshError('DEADLINE_EXCEEDED', `no answer within ${String(timeoutMs)} ms`));
    }, timeoutMs);
    let endWatch: (() => void) | undefined;
    try {
      return await new Promise<T>((resolve, reject) => {
        endWatch = this.onAbort(reject);
        work().then(resolve, reject);
      });
    } finally {
      clearTimeout(timer);
      endWatch?.();
    }
  }

  end(): void {
    this.#response.off('close', this.#onClose);
  }

  readonly #onClose = (): void => {
    if (!this.#response.writableFinished) this.abort(clientLeft());
  };
}
