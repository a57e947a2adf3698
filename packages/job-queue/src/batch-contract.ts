import { defineCall, type CallContract } from '@infermesh/contracts';
import { MeshError, toErrorDto, toMeshError } from '@infermesh/errors';
import type { Logger } from '@infermesh/telemetry';
import { z } from 'zod';
import { encodeValue, errorDto, maxValueBytes, parseValue } from './envelope.js';
import type { CallHandler, HandlerContext } from './handle.js';

export const maxBatchItems = 32;

/** The values of one place are of the contract's schemas; each is parsed by itself, so that one that is wrong fails alone. */
const batchRequest = z.object({ requests: z.array(z.unknown()).min(1).max(maxBatchItems) });
const batchResponse = z.object({
  outcomes: z.array(z.union([z.object({ error: errorDto }), z.object({ response: z.unknown() })])),
});

/** Calls of a gathered contract that travel together. */
export function batchOf({ name, queue, version }: CallContract) {
  return defineCall({ name: `${name}.batch`, queue, version, request: batchRequest, response: batchResponse });
}

/** Answers a batch with the handler of its single calls. */
export function handleBatch({ contract, run }: CallHandler, logger: Logger): CallHandler {
  const outcomeOf = async (sent: unknown, context: HandlerContext): Promise<object> => {
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
      return { error: toErrorDto(failure) };
    }
  };
  const emit = (): Promise<void> => Promise.reject(new MeshError('INTERNAL', `${contract.name} is not streamed`));
  return {
    contract: batchOf(contract),
    maxAnswerBytes: (maxBatchItems + 1) * maxValueBytes, // no outcome is refused for the size of the others
    run: async (batch, context) => {
      const { requests } = batchRequest.parse(batch);
      const items = { ...context, emit };
      return { outcomes: await Promise.all(requests.map((request) => outcomeOf(request, items))) };
    },
  };
}
