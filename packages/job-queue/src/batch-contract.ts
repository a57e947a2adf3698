import { setTimeout as delay } from 'node:timers/promises';
import { defineCall, type CallContract } from '@infermesh/contracts';
import { toErrorDto, toMeshError } from '@infermesh/errors';
import type { Logger } from '@infermesh/telemetry';
import { z } from 'zod';
import { encodeValue, errorDto, maxValueBytes, parseValue } from './envelope.js';
import type { CallHandler, HandlerContext } from './handle.js';

export const maxBatchItems = 16;

/** The values are of the contract's schemas; each is parsed by itself, so that one that is wrong fails alone. */
const batchRequest = z.object({
  items: z
    .array(z.object({ request: z.unknown(), requestId: z.string() }))
    .min(1)
    .max(maxBatchItems),
});

/** How one call of a batch ended; `index` is its place in the request. */
export const batchOutcome = z.object({
  index: z.number().int().nonnegative(),
  error: errorDto.optional(),
  response: z.unknown().optional(),
});
export type BatchOutcome = z.infer<typeof batchOutcome>;

/** Outcomes that were not sent as parts before. */
const batchResponse = z.object({ outcomes: z.array(batchOutcome) });

/** Calls of a gathered contract that travel together. */
export function batchOf({ name, queue, version }: CallContract) {
  return defineCall({ name: `${name}.batch`, queue, version, request: batchRequest, response: batchResponse });
}

/** What has ended by then is answered, the rest as it ends: a slow call of a batch keeps nobody else waiting. */
const patienceMs = 25;

/** Answers a batch with the handler of its single calls. */
export function handleBatch({ contract, run }: CallHandler, logger: Logger): CallHandler {
  const answer = async (sent: unknown, context: HandlerContext): Promise<Omit<BatchOutcome, 'index'>> => {
    try {
      const request = parseValue(contract.request, sent, 'BAD_REQUEST', `the request of ${contract.name}`);
      const what = `the response of ${contract.name}`;
      const response = parseValue(contract.response, await run(request, context), 'INTERNAL', what);
      encodeValue(response, what);
      return { response };
    } catch (error) {
      const failure = toMeshError(error);
      if (failure.code === 'INTERNAL') {
        logger.error({ err: failure.cause ?? failure, contract: contract.name }, 'a handler failed');
      }
      const { details, ...dto } = toErrorDto(failure);
      return { error: { ...dto, ...(details === undefined ? {} : { details: [...details] }) } };
    }
  };
  return {
    contract: batchOf(contract),
    maxAnswerBytes: (maxBatchItems + 1) * maxValueBytes, // no outcome is refused for the size of the others
    run: async (batch, context) => {
      const { items } = batchRequest.parse(batch);
      let ended: BatchOutcome[] = [];
      let isLate = false;
      const all = Promise.all(
        items.map(async ({ request, requestId }, index) => {
          const outcome = { index, ...(await answer(request, { ...context, requestId })) };
          if (isLate) await context.emit(outcome);
          else ended.push(outcome);
        }),
      );
      const patience = new AbortController();
      await Promise.race([all, delay(patienceMs, undefined, { signal: patience.signal }).catch(() => undefined)]);
      patience.abort();
      if (ended.length < items.length) {
        isLate = true;
        const early = ended;
        ended = [];
        for (const outcome of early) await context.emit(outcome);
        await all;
      }
      return { outcomes: ended };
    },
  };
}
