import { randomUUID } from 'node:crypto';
import type { MeshError } from '@infermesh/errors';
import { callerLeft, overdue } from './call-endings.js';
import type { HandlerContext } from './handle.js';
import type { CallOptions } from './job-queue.js';
import { watchDeadline } from './watch-deadline.js';

/** A call that did not come by BullMQ: what its handler knows of it, and what ends it early. */
export class OpenCall implements HandlerContext {
  readonly deadlineAt: number;
  readonly jobId = randomUUID();
  readonly requestId: string;
  readonly idempotencyKey: string | undefined;
  readonly deliveryAttempt = 1;
  readonly #callerSignal: AbortSignal | undefined;
  readonly #endWatch: () => void;
  #abort: AbortController | undefined;
  #reject: ((error: MeshError) => void) | undefined;
  #refusal: MeshError | undefined;

  /** @throws MeshError CANCELLED or DEADLINE_EXCEEDED where it is too late to begin */
  constructor({ deadlineAt, signal, requestId, idempotencyKey }: CallOptions) {
    this.deadlineAt = deadlineAt;
    this.requestId = requestId ?? randomUUID();
    this.idempotencyKey = idempotencyKey;
    this.#callerSignal = signal;
    if (signal?.aborted === true) throw callerLeft(signal);
    if (deadlineAt <= Date.now()) throw overdue();
    signal?.addEventListener('abort', this.#onCallerLeft, { once: true });
    this.#endWatch = watchDeadline(deadlineAt, () => {
      this.refuse(overdue());
    });
  }

  /** Made when a handler first asks: most do not listen. */
  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#refusal !== undefined) this.#abort.abort(this.#refusal);
    }
    return this.#abort.signal;
  }

  /** @throws MeshError with which its caller has been refused */
  throwIfOver(): void {
    if (this.#refusal !== undefined) throw this.#refusal;
  }

  emit(): Promise<void> {
    return Promise.resolve(); // only streams have somebody who reads parts, and they go by the queue
  }

  /** @throws what `answer` throws, or why nobody waits for it any more */
  async untilOver<T>(answer: Promise<T>): Promise<T> {
    return await new Promise<T>((resolve, reject) => {
      this.#reject = reject;
      answer.then(resolve, reject);
    });
  }

  /** Ends it for its caller, and asks the handler to end. */
  refuse(error: MeshError): void {
    this.#refusal ??= error;
    this.#abort?.abort(error);
    this.#reject?.(error);
  }

  end(): void {
    this.#endWatch();
    this.#callerSignal?.removeEventListener('abort', this.#onCallerLeft);
  }

  readonly #onCallerLeft = (): void => {
    this.refuse(callerLeft(this.#callerSignal));
  };
}
