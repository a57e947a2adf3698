import { workerDoor, type CallContract } from '@infermesh/contracts';
import type { z } from 'zod';
import type { AttemptParts } from './attempt-parts.js';

const timeoutMs = 10_000;

/** One call by the door of this worker's endpoint. @throws MeshError as `JobQueue.call` does */
export function askDispatcher<Request extends z.ZodType, Response extends z.ZodType>(
  { jobQueue, endpointId }: Pick<AttemptParts, 'jobQueue' | 'endpointId'>,
  contract: CallContract<Request, Response>,
  request: z.input<Request>,
): Promise<z.output<Response>> {
  return jobQueue.call(contract, request, { queue: workerDoor(endpointId), deadlineAt: Date.now() + timeoutMs });
}
