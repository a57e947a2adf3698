import type { CallContract } from '@infermesh/contracts';
import { fromErrorDto, MeshError, toErrorDto, toMeshError } from '@infermesh/errors';
import type { Logger } from '@infermesh/telemetry';
import type { z } from 'zod';
import { maxBatchItems } from './batch-contract.js';
import { DirectCall } from './direct-call.js';
import { checkVersion, encodeValue, parseValue } from './envelope.js';
import type { CallHandler } from './handle.js';
import type { CallOptions } from './job-queue.js';
import { Turnstile } from './turnstile.js';

export interface DirectServingOptions {
  readonly handlers: readonly CallHandler[];
  /** Calls handled at the same time; of those that may travel together sixteen times as many, as by the queue. */
  readonly concurrency: number;
  readonly logger: Logger;
  readonly observe: (name: string, outcome: string, durationMs: number) => void;
}

/** Answers calls of the same process without a queue between, by the same rules: checked values, sizes, deadlines, bounds. */
export class DirectServing {
  readonly #options: DirectServingOptions;
  readonly #handlers: ReadonlyMap<string, CallHandler>;
  readonly #alone: Turnstile;
  readonly #gathered: Turnstile;
  readonly #calls = new Set<DirectCall>();
  #onIdle: (() => void) | undefined;

  constructor(options: DirectServingOptions) {
    this.#options = options;
    this.#handlers = new Map(options.handlers.map((handler) => [handler.contract.name, handler]));
    this.#alone = new Turnstile(options.concurrency);
    this.#gathered = new Turnstile(options.concurrency * maxBatchItems);
  }

  get activeCount(): number {
    return this.#calls.size;
  }

  setConcurrency(concurrency: number): void {
    this.#alone.setPlaces(concurrency);
    this.#gathered.setPlaces(concurrency * maxBatchItems);
  }

  /**
   * @returns the answer, a copy of what the handler made
   * @throws MeshError what a call by the queue throws; QUEUE_FULL
   */
  async call(contract: CallContract, request: unknown, options: CallOptions): Promise<unknown> {
    const value = copyOf(contract.request, request, 'BAD_REQUEST', contract.name);
    const call = new DirectCall(options);
    this.#calls.add(call);
    try {
      const handler = this.#handlerOf(contract);
      const isOneContract = handler.contract === contract;
      const own = isOneContract ? value : parse(handler.contract.request, value, 'BAD_REQUEST', contract.name);
      const response = await call.untilOver(this.#answer(handler, own, call));
      return isOneContract ? response : parse(contract.response, response, 'INTERNAL', contract.name);
    } finally {
      call.end();
      this.#calls.delete(call);
      if (this.#calls.size === 0) this.#onIdle?.();
    }
  }

  #handlerOf(contract: CallContract): CallHandler {
    const handler = this.#handlers.get(contract.name);
    if (handler === undefined) throw new MeshError('SERVICE_UNAVAILABLE', `nobody here answers ${contract.name}`);
    checkVersion(handler.contract, contract);
    return handler;
  }

  async #answer({ contract, run, maxAnswerBytes }: CallHandler, request: unknown, call: DirectCall): Promise<unknown> {
    const turnstile = contract.gathered === true ? this.#gathered : this.#alone;
    const startedAt = performance.now();
    let outcome = 'ok';
    await turnstile.enter();
    try {
      if (call.isOver) return undefined; // nobody waits any more: it does not begin
      const response = await run(request, call);
      return copyOf(contract.response, response, 'INTERNAL', contract.name, maxAnswerBytes);
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

  /** Waits for what runs; past the grace the callers are refused. Nothing new may come by then. */
  async drain(graceMs: number): Promise<void> {
    if (this.#calls.size === 0) return;
    await new Promise<void>((resolve) => {
      const hardStop = setTimeout(() => {
        const stopped = new MeshError('SERVICE_UNAVAILABLE', 'the service that ran the call stops');
        for (const call of this.#calls) call.refuse(stopped);
      }, graceMs);
      this.#onIdle = () => {
        clearTimeout(hardStop);
        resolve();
      };
    });
  }
}

type FaultCode = 'BAD_REQUEST' | 'INTERNAL';

function parse(schema: z.ZodType, value: unknown, code: FaultCode, contractName: string): unknown {
  return parseValue(schema, value, code, nameOf(code, contractName));
}

/** By way of JSON, so that neither side holds what the other may change, and nothing passes that another process would not see. */
function copyOf(schema: z.ZodType, value: unknown, code: FaultCode, contractName: string, maxBytes?: number): unknown {
  const parsed = parse(schema, value, code, contractName);
  return JSON.parse(encodeValue(parsed, nameOf(code, contractName), maxBytes));
}

function nameOf(code: FaultCode, contractName: string): string {
  return `the ${code === 'BAD_REQUEST' ? 'request' : 'response'} of ${contractName}`;
}
