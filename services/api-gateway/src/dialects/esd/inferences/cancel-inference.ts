import { cancelJob } from '@infermesh/contracts';
import type { Route } from '@infermesh/http';
import { callService } from '../../../mesh-calls.js';
import { actorOf, jobAccessOf } from '../acting-user.js';
import { functionAnswer, functionBody } from '../envelope.js';
import { route, type EsdCaller, type EsdParts } from '../esd-parts.js';
import { rulesOf } from '../version-rules.js';
import { inferenceId, sayingInference } from './inference-id.js';
import { inferenceView, toInference } from './inference-view.js';

/** Ours. What waits is cancelled at once, what runs as soon as its worker hears of it; what has ended stays as it is. */
export function cancelInferenceRoute(parts: EsdParts): Route<EsdCaller> {
  const settings = { bucket: parts.settings.bucket, rules: rulesOf(parts) };
  return route.keyed({
    method: 'PUT',
    path: '/inferences/:id/cancel',
    operationId: 'CancelInference',
    summary: 'Cancels a job. A cancelled job shows as failed, with the code CANCELLED.',
    permission: 'inference:create',
    answers: { 200: functionBody(200, inferenceView) },
    errors: ['NOT_FOUND'],
    handler: async (request) => {
      const id = inferenceId(request);
      request.note({ jobId: id });
      const wanted = { access: jobAccessOf(actorOf(request.caller)), id };
      const { job } = await sayingInference(id, () => callService(parts.jobQueue, cancelJob, wanted, request));
      return functionAnswer(200, toInference(job, settings));
    },
  });
}
