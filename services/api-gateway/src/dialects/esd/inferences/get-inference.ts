import { getJob } from '@infermesh/contracts';
import type { DialectRequest, HttpAnswer } from '@infermesh/http';
import { callService } from '../../../mesh-calls.js';
import { requirePermission } from '../../../permissions.js';
import { jobAccessOf } from '../acting-user.js';
import { functionAnswer } from '../envelope.js';
import type { EsdCaller, EsdParts } from '../esd-parts.js';
import { inferenceId } from './inference-id.js';
import { toInference } from './inference-view.js';

export async function getInference(
  { jobQueue, settings }: EsdParts,
  request: DialectRequest<EsdCaller>,
): Promise<HttpAnswer> {
  requirePermission(request.caller.principal, 'inference:list');
  const id = inferenceId(request);
  request.note({ jobId: id });
  const { job } = await callService(
    jobQueue,
    getJob,
    { access: jobAccessOf(request.caller.principal), id, withUrls: true },
    request,
  );
  return functionAnswer(200, toInference(job, settings.bucket));
}
