import { workerDoor, type CallContract } from '@infermesh/contracts';
import type { z } from 'zod';
import type { AttemptParts } from './attempt-parts.js';

/** An ask that is lost with its dispatcher ends with it (ADR 0019); patience asks again. */
const timeoutMs = 5_000;

/** One call by the door of this worker's endpoint. @throws MeshError as `JobQueue.call` does */
export function askDispatcher<Request extends z.ZodType, Response extends z.ZodType>(
  { jobQueue, endpointId }: Pick<AttemptParts, 'jobQueue' | 'endpointId'>,
  contract: CallContract<Request, Response>,
  request: z.input<Request>,
): Promise<z.output<Response>> {
  return jobQueue.call(contract, request, { queue: workerDoor(endpointId), deadlineAt: Date.now() + timeoutMs });
}
