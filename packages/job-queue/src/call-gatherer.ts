import type { CallContract } from '@infermesh/contracts';
import { fromErrorDto, MeshError } from '@infermesh/errors';
import { batchOf, batchOutcome, maxBatchItems, type BatchOutcome } from './batch-contract.js';
import type { Caller } from './caller.js';
import { encodeValue, parseValue } from './envelope.js';
import { GatheredCall } from './gathered-call.js';
import type { CallOptions } from './job-queue.js';

/** Batches of one contract that keep others waiting; more would make each smaller. */
const concurrency = 4;

/** A batch that takes longer is slow for a reason of its own: nobody waits for it any more. */
const usualMs = 100;

const maxOpen = 10_000;

/** Requests of one batch together. */
const maxBatchBytes = 16_384;

/** Gathers the calls of one contract: what comes while its batches are under way leaves together. */
export class CallGatherer {
  readonly #contract: CallContract;
  readonly #caller: Caller;
  #waiting: GatheredCall[] = [];
  #open = 0;
  #underWay = 0;
  #isScheduled = false;

  constructor(contract: CallContract, caller: Caller) {
    this.#contract = contract;
    this.#caller = caller;
  }

  /** @throws what a plain call throws; QUEUE_FULL */
  async call(request: unknown, options: CallOptions): Promise<unknown> {
    const what = `the request of ${this.#contract.name}`;
    const value = parseValue(this.#contract.request, request, 'BAD_REQUEST', what);
    const bytes = encodeValue(value, what).length;
    if (this.#open >= maxOpen) {
      throw new MeshError('QUEUE_FULL', `too many calls of ${this.#contract.name} wait`, { retryAfterSeconds: 1 });
    }
    this.#open += 1;
    try {
      const call = new GatheredCall(value, bytes, options);
      this.#waiting.push(call);
      this.#schedule();
      return await call.answered;
    } finally {
      this.#open -= 1;
    }
  }

  /** At the end of this turn of the event loop: what it brought leaves together. */
  #schedule(): void {
    if (this.#isScheduled || this.#waiting.length === 0 || this.#underWay >= concurrency) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      while (this.#waiting.length > 0 && this.#underWay < concurrency) void this.#send(this.#take());
    });
  }

  #take(): GatheredCall[] {
    this.#waiting = this.#waiting.filter(({ isOver }) => !isOver);
    let bytes = 0;
    const end = this.#waiting.findIndex((call, index) => {
      bytes += call.bytes;
      return index === maxBatchItems || (index > 0 && bytes > maxBatchBytes);
    });
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : end);
  }

  async #send(calls: readonly GatheredCall[]): Promise<void> {
    const [only] = calls;
    if (only === undefined) return;
    const free = this.#occupy();
    try {
      if (calls.length === 1) only.resolve(await this.#caller.call(this.#contract, only.request, only.options));
      else await this.#sendBatch(calls);
    } catch (error) {
      for (const call of calls) call.reject(error);
    } finally {
      free();
    }
  }

  /** Takes one of the places; it is free again when told so, or after the usual time. */
  #occupy(): () => void {
    this.#underWay += 1;
    let isFree = false;
    const free = (): void => {
      if (isFree) return;
      isFree = true;
      clearTimeout(timer);
      this.#underWay -= 1;
      this.#schedule();
    };
    const timer = setTimeout(free, usualMs);
    return free;
  }

  async #sendBatch(calls: readonly GatheredCall[]): Promise<void> {
    const deadlineAt = Math.max(...calls.map(({ options }) => options.deadlineAt));
    const items = calls.map(({ request, requestId }) => ({ request, requestId }));
    const batch = this.#caller.stream(batchOf(this.#contract), { items }, { deadlineAt, part: batchOutcome });
    for await (const outcome of batch) this.#settle(calls, outcome);
    for (const outcome of (await batch.result).outcomes) this.#settle(calls, outcome);
    const cutShort = new MeshError('INTERNAL', `a batch of ${this.#contract.name} was cut short`);
    for (const call of calls) if (!call.isOver) call.reject(cutShort);
  }

  #settle(calls: readonly GatheredCall[], { index, error, response }: BatchOutcome): void {
    const call = calls[index];
    try {
      if (error !== undefined) throw fromErrorDto(error);
      const what = `the response of ${this.#contract.name}`;
      call?.resolve(parseValue(this.#contract.response, response, 'INTERNAL', what));
    } catch (failure) {
      call?.reject(failure);
    }
  }
}
