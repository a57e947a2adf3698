import type { z } from 'zod';

/**
 * A typed request between two services. Both sides parse: producer and consumer may differ by one deploy, so a schema
 * may gain optional fields freely; any other change raises `version`.
 */
export interface CallContract<Request extends z.ZodType = z.ZodType, Response extends z.ZodType = z.ZodType> {
  /** `<service>.<verb>`, for example `jobs.create`. */
  readonly name: string;
  /** The queue that answers it. Calls to one endpoint's pool name theirs at the call, see `endpointQueue`. */
  readonly queue: string;
  readonly version: number;
  readonly request: Request;
  readonly response: Response;
  /**
   * Calls made at the same time by one process travel together: for small calls that come in crowds. Each is validated,
   * answered and refused by itself, but what has left is not taken back when its caller leaves.
   */
  readonly gathered?: boolean;
  /**
   * Asking twice does no harm, and the answer comes at once: such a call travels on a plain list, without what BullMQ does for a job
   * (ADR 0019). One that is lost, with its consumer or with Redis, ends at its deadline; whoever wants asks again.
   */
  readonly repeatable?: boolean;
}

export function defineCall<Request extends z.ZodType, Response extends z.ZodType>(
  contract: CallContract<Request, Response>,
): CallContract<Request, Response> {
  return Object.freeze(contract);
}
