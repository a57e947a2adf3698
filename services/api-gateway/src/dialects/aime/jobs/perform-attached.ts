import type { JobEndpoint } from '@infermesh/aime-endpoints';
import { endpointQueue, jsonValue, performJob } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import type { JobQueue } from '@infermesh/job-queue';
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { CallScope } from '../../../mesh-calls.js';
import { externalEndpointId } from '../endpoints/queue-name.js';
import type { JobData } from './job-inputs.js';
import type { JobEnd } from './job-answer.js';
import { failedResult, resultObject, storedResult } from './job-result.js';

/** How a worker's result comes back to who waits: as the answer, or in as many parts of its JSON text. */
const attachedResult = z.object({
  /** Epoch milliseconds. */
  startedAtMs: z.number(),
  result: jsonValue.optional(),
  parts: z.number().int().positive().optional(),
});

export interface AttachedJob {
  readonly endpoint: JobEndpoint;
  readonly data: JobData;
  /** Epoch milliseconds. */
  readonly deadlineAt: number;
}

/**
 * Puts a job straight into the queue and waits for its result. It is run once at most, and leaves the queue when the client goes.
 *
 * @throws MeshError WORKER_LOST, DEADLINE_EXCEEDED, CANCELLED, outages
 */
export async function performAttached(
  jobQueue: JobQueue,
  { endpoint, data, deadlineAt }: AttachedJob,
  { id, signal }: CallScope,
): Promise<JobEnd> {
  const submittedAtMs = Date.now();
  const jobId = randomUUID();
  const { jobType } = endpoint.worker;
  const request = { jobType, inputs: { endpoint: endpoint.name, submittedAtMs, data } };
  const queue = endpointQueue(externalEndpointId(jobType));
  try {
    const stream = jobQueue.stream(performJob, request, { queue, deadlineAt, signal, requestId: id, part: z.string() });
    const texts: string[] = [];
    for await (const text of stream) texts.push(text);
    const { startedAtMs, result, parts } = attachedResult.parse((await stream.result).result);
    if (parts !== undefined && parts !== texts.length)
      throw new MeshError('WORKER_LOST', 'a part of the result is missing');
    const stored = storedResult.parse(parts === undefined ? result : JSON.parse(texts.join('')));
    const times = { submittedAtMs, startedAtMs, finishedAtMs: Date.now() };
    return { result: resultObject(endpoint, jobId, stored, times), session: stored.session };
  } catch (error) {
    if (!(error instanceof MeshError) || error.code !== 'MODEL_FAILED') throw error;
    return { result: failedResult(endpoint, jobId, error.message), session: {} };
  }
}
