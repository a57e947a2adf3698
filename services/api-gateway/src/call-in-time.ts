import type { CallContract } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import type { CallOptions, JobQueue } from '@infermesh/job-queue';
import type { z } from 'zod';

const comeAgainSeconds = 2;

/**
 * A call whose time limit is the gateway's own: whoever asked did nothing that takes long, so past it the mesh is overloaded,
 * and asking again helps.
 *
 * @throws MeshError SERVICE_UNAVAILABLE in place of DEADLINE_EXCEEDED; what the call throws
 */
export async function callInTime<Request extends z.ZodType, Response extends z.ZodType>(
  jobQueue: JobQueue,
  contract: CallContract<Request, Response>,
  request: z.input<Request>,
  options: CallOptions,
): Promise<z.output<Response>> {
  try {
    return await jobQueue.call(contract, request, options);
  } catch (error) {
    if (!(error instanceof MeshError) || error.code !== 'DEADLINE_EXCEEDED') throw error;
    throw new MeshError('SERVICE_UNAVAILABLE', 'the mesh has too much to do: come again in a moment', {
      cause: error,
      retryAfterSeconds: comeAgainSeconds,
    });
  }
}
