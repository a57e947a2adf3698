import type { CallContract } from '@infermesh/contracts';
import { fromErrorDto, MeshError, toErrorDto, toMeshError } from '@infermesh/errors';
import type { Logger } from '@infermesh/telemetry';
import { maxBatchItems } from './batch-contract.js';
import { checkVersion, encodeValue, parseValue } from './envelope.js';
import type { CallHandler } from './handle.js';
import type { OpenCall } from './open-call.js';
import { Turnstile } from './turnstile.js';

export interface CallAnswererOptions {
  readonly handlers: readonly CallHandler[];
  /** Calls handled at the same time; of those that may travel together sixteen times as many, as by the queue. */
  readonly concurrency: number;
  readonly logger: Logger;
  readonly observe: (name: string, outcome: string, durationMs: number) => void;
}

/** Runs handlers for calls that come without BullMQ: within the process, or as asks. */
export class CallAnswerer {
  readonly #options: CallAnswererOptions;
  readonly #handlers: ReadonlyMap<string, CallHandler>;
  readonly #alone: Turnstile;
  readonly #gathered: Turnstile;
  readonly #calls = new Set<OpenCall>();
  #onIdle: (() => void) | undefined;

  constructor(options: CallAnswererOptions) {
    this.#options = options;
    this.#handlers = new Map(options.handlers.map((handler) => [handler.contract.name, handler]));
    this.#alone = new Turnstile(options.concurrency);
    this.#gathered = new Turnstile(options.concurrency * maxBatchItems);
  }

  /** Calls whose handlers run, or wait for a place. */
  get activeCount(): number {
    return this.#calls.size;
  }

  setConcurrency(concurrency: number): void {
    this.#alone.setPlaces(concurrency);
    this.#gathered.setPlaces(concurrency * maxBatchItems);
  }

  /**
   * @param asked the caller's contract, or as much of it as it wrote down; its own values need no second look
   * @returns the JSON of the response
   * @throws MeshError the handler's, or why nobody waits for it any more; QUEUE_FULL
   */
  async answer(asked: Pick<CallContract, 'name' | 'version'>, request: unknown, call: OpenCall): Promise<string> {
    try {
      return await call.untilOver(this.#counted(call, this.#handle(asked, request, call)));
    } finally {
      call.end();
    }
  }

  /** Until the handler returns: one that goes on after its caller was refused still takes its place. */
  async #counted<T>(call: OpenCall, handled: Promise<T>): Promise<T> {
    this.#calls.add(call);
    try {
      return await handled;
    } finally {
      this.#calls.delete(call);
      if (this.#calls.size === 0) this.#onIdle?.();
    }
  }

  async #handle(asked: Pick<CallContract, 'name' | 'version'>, request: unknown, call: OpenCall): Promise<string> {
    const handler = this.#handlers.get(asked.name);
    if (handler === undefined) throw new MeshError('SERVICE_UNAVAILABLE', `nobody here answers ${asked.name}`);
    checkVersion(handler.contract, asked);
    const { contract } = handler;
    const value =
      contract === asked
        ? request
        : parseValue(contract.request, request, 'BAD_REQUEST', `the request of ${asked.name}`);
    return await this.#run(handler, value, call);
  }

  async #run({ contract, run, maxAnswerBytes }: CallHandler, request: unknown, call: OpenCall): Promise<string> {
    const turnstile = contract.gathered === true ? this.#gathered : this.#alone;
    await turnstile.enter();
    const startedAt = performance.now();
    let outcome = 'ok';
    try {
      call.throwIfOver(); // nobody waits any more: it does not begin
      const what = `the response of ${contract.name}`;
      const response = parseValue(contract.response, await run(request, call), 'INTERNAL', what);
      return encodeValue(response, what, maxAnswerBytes);
    } catch (error) {
      const failure = toMeshError(error);
      outcome = failure.code;
      if (failure.code === 'INTERNAL') {
        this.#options.logger.error({ err: failure.cause ?? failure, contract: contract.name }, 'a handler failed');
      }
      throw fromErrorDto(toErrorDto(failure));
    } finally {
      turnstile.leave();
      this.#options.observe(contract.name, outcome, performance.now() - startedAt);
    }
  }

  /** Waits for what runs; past the grace the callers are refused, and nobody waits for the handlers. Nothing new may come by then. */
  async drain(graceMs: number): Promise<void> {
    if (this.#calls.size === 0) return;
    await new Promise<void>((resolve) => {
      const hardStop = setTimeout(() => {
        const stopped = new MeshError('SERVICE_UNAVAILABLE', 'the service that ran the call stops');
        for (const call of this.#calls) call.refuse(stopped);
        resolve();
      }, graceMs);
      this.#onIdle = () => {
        clearTimeout(hardStop);
        resolve();
      };
    });
  }
}
