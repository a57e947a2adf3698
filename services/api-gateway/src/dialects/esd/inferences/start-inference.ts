import { isFinal, startJob, type JobAccess, type JobView } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import type { Route } from '@infermesh/http';
import { z } from 'zod';
import { callService, type CallScope } from '../../../mesh-calls.js';
import { waitForJob } from '../../../wait-for-job.js';
import { jobAccessOf } from '../acting-user.js';
import { functionAnswer, functionBody } from '../envelope.js';
import { route, type EsdCaller, type EsdParts } from '../esd-parts.js';
import { inferenceId, sayingInference } from './inference-id.js';
import { esdStatus, inferenceView, toEsdData, toInference, toStatus } from './inference-view.js';

const started = z.object({ inference_id: z.string(), status: esdStatus, endpoint_name: z.string() });

/** Beyond the wait for a Real-time job: what the calls around it may take. */
const marginMs = 10_000;

/**
 * Dossier 8.3. Async answers at once; Real-time waits for the result. Starting twice changes nothing: the job runs once, and the
 * answer tells how it stands. Clients repeat the create body here, or send none at all: it is not read.
 */
export function startInferenceRoute(parts: EsdParts): Route<EsdCaller> {
  const { jobQueue, settings } = parts;
  return route.keyed({
    method: 'PUT',
    path: '/inferences/:id/start',
    operationId: 'StartInferences',
    summary: 'Starts a job. Async: answers at once. Real-time: answers with the finished job.',
    permission: 'inference:create',
    requestTimeoutMs: settings.realTimeWaitMs + marginMs,
    answers: {
      200: functionBody(200, inferenceView),
      202: functionBody(202, z.object({ inference: started })),
    },
    errors: ['BAD_REQUEST', 'NOT_FOUND', 'QUEUE_FULL', 'STORAGE_UNAVAILABLE'],
    handler: async (request) => {
      const access = jobAccessOf(request.caller.principal);
      const id = inferenceId(request);
      request.note({ jobId: id });
      const { job } = await sayingInference(id, () => callService(jobQueue, startJob, { access, id }, request));
      if (toEsdData(job).inferenceType === 'Async') return functionAnswer(202, { inference: toStarted(job) });
      return functionAnswer(200, toInference(await untilSucceeded(parts, access, id, request), settings.bucket));
    },
  });
}

/** @throws MeshError BAD_REQUEST with the job's reason; DEADLINE_EXCEEDED while it still runs */
async function untilSucceeded(
  { jobQueue, settings }: EsdParts,
  access: JobAccess,
  id: string,
  scope: CallScope,
): Promise<JobView> {
  const ended = await waitForJob(jobQueue, { access, id, untilMs: Date.now() + settings.realTimeWaitMs }, scope);
  if (!isFinal(ended.state))
    throw new MeshError('DEADLINE_EXCEEDED', `inference ${id} still runs: poll GET /inferences/${id}`);
  if (ended.state !== 'succeeded')
    throw new MeshError('BAD_REQUEST', `${ended.reasonCode ?? 'FAILED'}: ${ended.reason ?? 'the job failed'}`);
  return ended;
}

function toStarted(job: JobView): z.input<typeof started> {
  return { inference_id: job.id, status: toStatus(job.state), endpoint_name: toEsdData(job).endpointName };
}
