import type { CallContract } from '@infermesh/contracts';
import { fromErrorDto, MeshError } from '@infermesh/errors';
import { batchOf, maxBatchItems } from './batch-contract.js';
import type { Caller } from './caller.js';
import { encodeValue, parseValue } from './envelope.js';
import { GatheredCall } from './gathered-call.js';
import type { CallOptions } from './job-queue.js';

/** Batches of one contract under way at once; more would make each smaller. */
const concurrency = 2;

const maxWaiting = 10_000;

/** Requests of one batch together: with what each answer adds, the answers fit a message. */
const maxBatchBytes = 16_384;

/** Gathers the calls of one contract: what comes while its batches are under way leaves together. */
export class CallGatherer {
  readonly #contract: CallContract;
  readonly #caller: Caller;
  #waiting: GatheredCall[] = [];
  #underWay = 0;
  #isScheduled = false;

  constructor(contract: CallContract, caller: Caller) {
    this.#contract = contract;
    this.#caller = caller;
  }

  /** @throws what a plain call throws; QUEUE_FULL */
  async call(request: unknown, options: CallOptions): Promise<unknown> {
    const what = `the request of ${this.#contract.name}`;
    const bytes = encodeValue(parseValue(this.#contract.request, request, 'BAD_REQUEST', what), what).length;
    if (this.#waiting.length >= maxWaiting) {
      throw new MeshError('QUEUE_FULL', `too many calls of ${this.#contract.name} wait`, { retryAfterSeconds: 1 });
    }
    const call = new GatheredCall(request, bytes, options);
    this.#waiting.push(call);
    this.#schedule();
    return await call.answered;
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
    this.#underWay += 1;
    try {
      if (calls.length === 1) only.resolve(await this.#caller.call(this.#contract, only.request, only.options));
      else await this.#sendBatch(calls);
    } catch (error) {
      for (const call of calls) call.reject(error);
    } finally {
      this.#underWay -= 1;
      this.#schedule();
    }
  }

  async #sendBatch(calls: readonly GatheredCall[]): Promise<void> {
    const deadlineAt = Math.max(...calls.map(({ options }) => options.deadlineAt));
    const requests = calls.map(({ request }) => request);
    const { outcomes } = await this.#caller.call(batchOf(this.#contract), { requests }, { deadlineAt });
    for (const [index, call] of calls.entries()) this.#settle(call, outcomes[index]);
  }

  #settle(
    call: GatheredCall,
    outcome: { response: unknown } | { error: Parameters<typeof fromErrorDto>[0] } | undefined,
  ) {
    try {
      if (outcome === undefined) throw new MeshError('INTERNAL', `a batch of ${this.#contract.name} was cut short`);
      if ('error' in outcome) throw fromErrorDto(outcome.error);
      const what = `the response of ${this.#contract.name}`;
      call.resolve(parseValue(this.#contract.response, outcome.response, 'INTERNAL', what));
    } catch (error) {
      call.reject(error);
    }
  }
}
