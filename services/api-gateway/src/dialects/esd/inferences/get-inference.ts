import { getJob } from '@infermesh/contracts';
import type { Route } from '@infermesh/http';
import { callService } from '../../../mesh-calls.js';
import { actorOf, jobAccessOf } from '../acting-user.js';
import { functionAnswer, functionBody } from '../envelope.js';
import { route, type EsdCaller, type EsdParts } from '../esd-parts.js';
import { rulesOf } from '../version-rules.js';
import { inferenceId, sayingInference } from './inference-id.js';
import { inferenceView, toInference } from './inference-view.js';

/** Dossier 8.4. */
export function getInferenceRoute(parts: EsdParts): Route<EsdCaller> {
  const settings = { bucket: parts.settings.bucket, rules: rulesOf(parts) };
  return route.keyed({
    method: 'GET',
    path: '/inferences/:id',
    operationId: 'GetInferenceJob',
    summary: 'A job with fresh URLs of its results, its progress, or its place in the queue.',
    permission: 'inference:list',
    answers: { 200: functionBody(200, inferenceView) },
    errors: ['NOT_FOUND', 'STORAGE_UNAVAILABLE'],
    handler: async (request) => {
      const id = inferenceId(request);
      request.note({ jobId: id });
      const access = jobAccessOf(actorOf(request.caller));
      const wanted = { access, id, withUrls: true, withQueuePosition: true };
      const { job } = await sayingInference(id, () => callService(parts.jobQueue, getJob, wanted, request));
      return functionAnswer(200, toInference(job, settings));
    },
  });
}
