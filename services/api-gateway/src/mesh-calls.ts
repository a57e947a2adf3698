import type { CallContract } from '@infermesh/contracts';
import type { JobQueue } from '@infermesh/job-queue';
import type { z } from 'zod';
import { callInTime } from './call-in-time.js';

/** What a dialect needs of a request to call a service: its id for the logs, and the signal that ends with the client. */
export interface CallScope {
  readonly id: string;
  readonly signal: AbortSignal;
}

const callTimeoutMs = 10_000;

/** Calls the service that owns the contract, within the request's life. @throws MeshError SERVICE_UNAVAILABLE past 10 s */
export async function callService<Request extends z.ZodType, Response extends z.ZodType>(
  jobQueue: JobQueue,
  contract: CallContract<Request, Response>,
  request: z.input<Request>,
  { id, signal }: CallScope,
): Promise<z.output<Response>> {
  return callInTime(jobQueue, contract, request, { deadlineAt: Date.now() + callTimeoutMs, signal, requestId: id });
}
