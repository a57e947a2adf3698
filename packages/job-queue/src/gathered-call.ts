import { randomUUID } from 'node:crypto';
import { callerLeft, overdue } from './call-endings.js';
import type { CallOptions } from './job-queue.js';
import { watchDeadline } from './watch-deadline.js';

/** A call that travels with others, with its own deadline and signal: who gives up leaves the others alone. */
export class GatheredCall {
  readonly request: unknown;
  readonly bytes: number;
  readonly options: CallOptions;
  readonly requestId: string;
  readonly answered: Promise<unknown>;
  readonly resolve: (response: unknown) => void;
  readonly reject: (error: unknown) => void;
  #isOver = false;

  constructor(request: unknown, bytes: number, options: CallOptions) {
    this.request = request;
    this.bytes = bytes;
    this.options = options;
    this.requestId = options.requestId ?? randomUUID();
    const { promise, resolve, reject } = withResolvers();
    this.answered = promise;
    const { deadlineAt, signal } = options;
    const onAbort = (): void => {
      this.reject(callerLeft(signal));
    };
    let endWatch = (): void => undefined;
    const end = (): void => {
      this.#isOver = true;
      endWatch();
      signal?.removeEventListener('abort', onAbort);
    };
    this.resolve = (response) => {
      end();
      resolve(response);
    };
    this.reject = (error) => {
      end();
      reject(error);
    };
    endWatch = watchDeadline(deadlineAt, () => {
      this.reject(overdue());
    });
    if (signal?.aborted === true) onAbort();
    else signal?.addEventListener('abort', onAbort, { once: true });
  }

  /** Nobody waits for it any more. */
  get isOver(): boolean {
    return this.#isOver;
  }
}

function withResolvers() {
  let resolve: (value: unknown) => void = () => undefined;
  let reject: (reason: unknown) => void = () => undefined;
  const promise = new Promise<unknown>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
