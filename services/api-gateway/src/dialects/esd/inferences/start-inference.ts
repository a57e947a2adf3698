import { isFinal, startJob, type JobView } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import type { DialectRequest, HttpAnswer } from '@infermesh/http';
import { callService } from '../../../mesh-calls.js';
import { requirePermission } from '../../../permissions.js';
import { waitForJob } from '../../../wait-for-job.js';
import { jobAccessOf } from '../acting-user.js';
import { functionAnswer } from '../envelope.js';
import type { EsdCaller, EsdParts } from '../esd-parts.js';
import { inferenceId } from './inference-id.js';
import { toEsdData, toInference, toStatus } from './inference-view.js';

/**
 * Async answers at once; Real-time waits for the result. Starting twice changes nothing: the job runs once, and the answer tells
 * how it stands.
 */
export async function startInference(parts: EsdParts, request: DialectRequest<EsdCaller>): Promise<HttpAnswer> {
  const { jobQueue, settings } = parts;
  requirePermission(request.caller.principal, 'inference:create');
  const access = jobAccessOf(request.caller.principal);
  const id = inferenceId(request);
  request.note({ jobId: id });
  const { job } = await callService(jobQueue, startJob, { access, id }, request);
  if (toEsdData(job).inferenceType === 'Async') return functionAnswer(202, { inference: toStarted(job) });
  const ended = await waitForJob(jobQueue, { access, id, untilMs: Date.now() + settings.realTimeWaitMs }, request);
  if (!isFinal(ended.state))
    throw new MeshError('DEADLINE_EXCEEDED', `inference ${id} still runs: poll GET /inferences/${id}`);
  if (ended.state !== 'succeeded')
    throw new MeshError('BAD_REQUEST', `${ended.reasonCode ?? 'FAILED'}: ${ended.reason ?? 'the job failed'}`);
  return functionAnswer(200, toInference(ended, settings.bucket));
}

function toStarted(job: JobView): object {
  return { inference_id: job.id, status: toStatus(job.state), endpoint_name: toEsdData(job).endpointName };
}
