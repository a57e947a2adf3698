import type { CallContract } from '@infermesh/contracts';
import type { z } from 'zod';

/** What a handler knows of its delivery. */
export interface HandlerContext {
  /**
   * Aborted, with a MeshError as reason, by the deadline, a cancel, a caller that left, a lost lock or the hard stop.
   * A handler that does not listen keeps its slot until it returns.
   */
  readonly signal: AbortSignal;
  /** Epoch milliseconds; absent for entries. */
  readonly deadlineAt: number | undefined;
  /** The entry's id, or the call's. */
  readonly jobId: string;
  readonly requestId: string;
  readonly idempotencyKey: string | undefined;
  /** 1 is the first delivery; calls know no other. */
  readonly deliveryAttempt: number;
  /**
   * Sends a part to a caller that streams. Await it: it resolves when there is room. Parts of at most 64 KiB arrive in
   * order, gathered for 10 ms or 16 KiB. For an entry it does nothing.
   */
  emit(part: unknown): Promise<void>;
}

type Handler<Contract extends CallContract> = (
  request: z.output<Contract['request']>,
  context: HandlerContext,
) => Promise<z.input<Contract['response']>>;

/** A contract with the function that answers it. */
export interface CallHandler {
  readonly contract: CallContract;
  readonly run: (request: unknown, context: HandlerContext) => Promise<unknown>;
  /** Of the answer's JSON; default 64 KiB. */
  readonly maxAnswerBytes?: number;
}

/**
 * Binds a function to a contract. It knows no queue: a call's answer goes to the caller; what it returns for a submitted
 * entry is dropped. A throw refuses the call; an entry is dropped with a log line, or tried again a few times when the
 * error is one of infrastructure.
 */
export function handle<Contract extends CallContract>(
  contract: Contract,
  run: Handler<Contract>,
  options: Pick<CallHandler, 'maxAnswerBytes'> = {},
): CallHandler {
  return {
    ...options,
    contract,
    run: async (request, context) => await run(request as z.output<Contract['request']>, context),
  };
}
