import { randomUUID } from 'node:crypto';
import { MeshError } from '@infermesh/errors';
import type { CallScope } from '../../../mesh-calls.js';
import type { RuntimeJobs } from '../../aime-runtimes/runtime-jobs.js';
import type { JobData } from './job-inputs.js';
import type { JsonFields } from './job-answer.js';
import { failedResult, noWorker, resultObject } from './job-result.js';
import type { AttachedJob } from './perform-attached.js';

/** As `performAttached`, by one of the mesh's own runtimes. @throws MeshError WORKER_LOST, DEADLINE_EXCEEDED, CANCELLED, outages */
export async function performByRuntime(
  runtimeJobs: RuntimeJobs,
  { endpoint, data, deadlineAt }: AttachedJob,
  scope: CallScope,
): Promise<JsonFields> {
  const submittedAtMs = Date.now();
  const jobId = randomUUID();
  try {
    const outputs = (await runtimeJobs.perform(endpoint, data, deadlineAt, scope)) as JobData;
    const times = { submittedAtMs, startedAtMs: null, finishedAtMs: Date.now() };
    return resultObject(endpoint, jobId, { outputs, session: {}, worker: noWorker }, times);
  } catch (error) {
    if (!(error instanceof MeshError) || !isAboutTheJob(error)) throw error;
    return failedResult(endpoint, jobId, error.message);
  }
}

/** What the runtime refused or could not do: for clients a result with `error`. */
function isAboutTheJob({ code }: MeshError): boolean {
  return ['MODEL_FAILED', 'PAYLOAD_INVALID', 'PAYLOAD_TOO_LARGE', 'MEDIA_INVALID', 'MEDIA_TOO_LARGE'].includes(code);
}
