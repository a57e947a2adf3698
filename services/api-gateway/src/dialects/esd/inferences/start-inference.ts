import { isFinal, startJob, type JobAccess, type JobView } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import type { JsonAnswer, Route } from '@infermesh/http';
import { z } from 'zod';
import { callService, type CallScope } from '../../../mesh-calls.js';
import { waitForJob } from '../../../wait-for-job.js';
import { actorOf, jobAccessOf } from '../acting-user.js';
import { functionAnswer, functionBody } from '../envelope.js';
import { route, type EsdCaller, type EsdParts } from '../esd-parts.js';
import { rulesOf } from '../version-rules.js';
import { toInferenceData } from './inference-data.js';
import { inferenceId, sayingInference } from './inference-id.js';
import { esdStatus, inferenceView, outputPath, toInference, toStatus } from './inference-view.js';

const startedInference = z
  .object({
    inference: z.object({
      inference_id: z.string(),
      status: esdStatus,
      endpoint_name: z.string(),
      output_path: z.string().optional(),
    }),
    /** From 1.6 on once more. */
    InferenceJobId: z.string().optional(),
    status: esdStatus.optional(),
  })
  .meta({ id: 'StartedInference' });

/** Beyond the wait for a Real-time job: what the calls around it may take. */
const marginMs = 10_000;

/** What starting a job answers. */
export const startAnswers = {
  200: functionBody(200, inferenceView),
  202: functionBody(202, startedInference),
} as const;

type StartAnswer =
  JsonAnswer<200, z.input<(typeof startAnswers)[200]>> | JsonAnswer<202, z.input<(typeof startAnswers)[202]>>;

export function startTimeoutMs({ settings }: EsdParts): number {
  return settings.realTimeWaitMs + marginMs;
}

/**
 * Dossier 8.3. Async answers at once; Real-time waits for the result. Starting twice changes nothing: the job runs once, and the
 * answer tells how it stands. Clients repeat the create body here, or send none at all: it is not read.
 */
export function startInferenceRoute(parts: EsdParts): Route<EsdCaller> {
  return route.keyed({
    method: 'PUT',
    path: '/inferences/:id/start',
    operationId: 'StartInferences',
    summary: 'Starts a job. Async: answers at once. Real-time: answers with the finished job.',
    permission: 'inference:create',
    requestTimeoutMs: startTimeoutMs(parts),
    answers: startAnswers,
    errors: ['BAD_REQUEST', 'NOT_FOUND', 'QUEUE_FULL', 'STORAGE_UNAVAILABLE'],
    handler: async (request) => {
      const access = jobAccessOf(actorOf(request.caller));
      request.note({ jobId: request.params.id });
      try {
        return await startInference(parts, access, inferenceId(request), request);
      } catch (error) {
        throw inWords(parts, error, request.params.id);
      }
    },
  });
}

/** 1.4 crashes over an unknown id, which helps nobody: the words of GET stand in. */
function inWords(parts: EsdParts, error: unknown, id: string): unknown {
  if (rulesOf(parts).hasAuthorizer || !(error instanceof MeshError) || error.code !== 'NOT_FOUND') return error;
  return new MeshError('BAD_REQUEST', `InferenceJobId ${id.slice(0, 100)} not found`, { cause: error });
}

/**
 * Starts a job that is there, and answers as its inference type asks for.
 *
 * @throws MeshError NOT_FOUND; BAD_REQUEST with the reason of a Real-time job that failed; DEADLINE_EXCEEDED while it still runs
 */
export async function startInference(
  parts: EsdParts,
  access: JobAccess,
  id: string,
  scope: CallScope,
): Promise<StartAnswer> {
  const { bucket } = parts.settings;
  const rules = rulesOf(parts);
  const { job } = await sayingInference(id, () => callService(parts.jobQueue, startJob, { access, id }, scope));
  if (toInferenceData(job).inferenceType === 'Async') return functionAnswer(202, toStarted(job, bucket, rules));
  return functionAnswer(200, toInference(await untilSucceeded(parts, access, job, scope), { bucket, rules }));
}

async function untilSucceeded(
  { jobQueue, settings }: EsdParts,
  access: JobAccess,
  started: JobView,
  scope: CallScope,
): Promise<JobView> {
  const { id } = started;
  const untilMs = Date.now() + settings.realTimeWaitMs;
  const ended = await waitForJob(jobQueue, { access, id, known: started, untilMs }, scope);
  if (!isFinal(ended.state))
    throw new MeshError('DEADLINE_EXCEEDED', `inference ${id} still runs: poll GET /inferences/${id}`);
  if (ended.state !== 'succeeded')
    throw new MeshError('BAD_REQUEST', `${ended.reasonCode ?? 'FAILED'}: ${ended.reason ?? 'the job failed'}`);
  return ended;
}

function toStarted(
  job: JobView,
  bucket: string,
  { isTraced }: { readonly isTraced: boolean },
): z.input<typeof startedInference> {
  const status = toStatus(job.state);
  const path = outputPath(job, bucket);
  return {
    inference: {
      inference_id: job.id,
      status,
      endpoint_name: toInferenceData(job).endpointName,
      ...(path === undefined ? {} : { output_path: path }),
    },
    ...(isTraced ? { InferenceJobId: job.id, status } : {}),
  };
}
