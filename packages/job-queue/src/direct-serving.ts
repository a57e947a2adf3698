import type { CallContract } from '@infermesh/contracts';
import type { CallAnswerer } from './call-answerer.js';
import { encodeValue, parseValue } from './envelope.js';
import type { CallOptions, Serving } from './job-queue.js';
import { OpenCall } from './open-call.js';
import type { SharedProcess } from './shared-process.js';

export interface DirectServingOptions {
  readonly queue: string;
  readonly answerer: CallAnswerer;
  readonly shared: SharedProcess;
  readonly stopGraceMs: number;
}

/**
 * Answers calls of the same process without a queue between, by the same rules: checked values, sizes, deadlines, bounds. While it
 * pauses they go by the queue, and wait there like all others.
 */
export class DirectServing implements Serving {
  readonly queue: string;
  readonly #options: DirectServingOptions;
  #unregister: () => void;

  constructor(options: DirectServingOptions) {
    this.queue = options.queue;
    this.#options = options;
    this.#unregister = options.shared.register(this.queue, this);
  }

  get activeCount(): number {
    return this.#options.answerer.activeCount;
  }

  setConcurrency(concurrency: number): void {
    this.#options.answerer.setConcurrency(concurrency);
  }

  /**
   * Values go by way of JSON, so that neither side holds what the other may change, and nothing passes that another process would
   * not see.
   *
   * @throws MeshError what a call by the queue throws; QUEUE_FULL
   */
  async call(contract: CallContract, request: unknown, options: CallOptions): Promise<unknown> {
    const what = `the request of ${contract.name}`;
    const text = encodeValue(parseValue(contract.request, request, 'BAD_REQUEST', what), what);
    const call = new OpenCall(options);
    const answer: unknown = JSON.parse(await this.#options.answerer.answer(contract, JSON.parse(text), call));
    return parseValue(contract.response, answer, 'INTERNAL', `the response of ${contract.name}`);
  }

  pause(): Promise<void> {
    this.#unregister();
    return Promise.resolve();
  }

  resume(): Promise<void> {
    this.#unregister = this.#options.shared.register(this.queue, this);
    return Promise.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#unregister();
    await this.#options.answerer.drain(this.#options.stopGraceMs);
  }
}
