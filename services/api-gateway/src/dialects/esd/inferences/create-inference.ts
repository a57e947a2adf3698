import { createHash } from 'node:crypto';
import { createJob, findCheckpoints, type Principal } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import type { Route } from '@infermesh/http';
import { z } from 'zod';
import { callService, type CallScope } from '../../../mesh-calls.js';
import { actingUser } from '../acting-user.js';
import { functionAnswer, functionBody } from '../envelope.js';
import { route, type EsdCaller, type EsdParts } from '../esd-parts.js';
import { chooseEndpoint } from './choose-endpoint.js';
import type { EsdJobData } from './inference-view.js';

/** No name of ours is longer, and refusals repeat it. */
const name = z.string().min(1).max(200);

/** Dossier 8.2. Unknown keys are ignored. */
const createInferenceBody = z.object({
  task_type: name,
  inference_type: z.enum(['Real-time', 'Async']),
  models: z.looseObject({ embeddings: z.array(z.unknown()).optional() }),
  user_id: name.optional(),
  filters: z.unknown().optional(),
  sagemaker_endpoint_name: name.optional(),
});

const taskTypes = ['txt2img', 'img2img', 'extra-single-image', 'extra-batch-images', 'rembg'];

/** The name the client's payload has in the object store (dossier 8.7). */
const payloadName = 'api_param.json';

const createInferenceHeaders = z.object({
  'idempotency-key': z.string().max(255, 'at most 255 characters').optional(),
});

const createdInference = z.object({
  inference: z.object({
    id: z.string(),
    type: z.string(),
    api_params_s3_location: z.string(),
    api_params_s3_upload_url: z.string().nullable(),
  }),
});

type CreateBody = z.output<typeof createInferenceBody>;

/** Makes the record and hands out the upload URL of its payload. */
export function createInferenceRoute(parts: EsdParts): Route<EsdCaller> {
  return route.keyed({
    method: 'POST',
    path: '/inferences',
    operationId: 'CreateInferenceJob',
    summary: 'Makes a job and the URL its payload is uploaded to.',
    permission: 'inference:create',
    headers: createInferenceHeaders,
    body: createInferenceBody,
    answers: { 201: functionBody(201, createdInference) },
    errors: [
      'FORBIDDEN',
      'QUOTA_EXCEEDED',
      'QUEUE_FULL',
      'ENDPOINT_NOT_FOUND',
      'ENDPOINT_NOT_READY',
      'CHECKPOINT_NOT_FOUND',
      'IDEMPOTENCY_MISMATCH',
      'STORAGE_UNAVAILABLE',
    ],
    handler: async (request) => {
      const { body, caller, headers } = request;
      parts.admission.admit(caller.keyId);
      checkTaskType(body.task_type);
      const { job, upload } = await createRecord(parts, caller.principal, body, headers['idempotency-key'], request);
      request.note({ jobId: job.id });
      return functionAnswer(201, {
        inference: {
          id: job.id,
          type: job.jobType,
          api_params_s3_location: `s3://${parts.settings.bucket}/${job.payload?.key ?? ''}`,
          api_params_s3_upload_url: upload?.url ?? null,
        },
      });
    },
  });
}

async function createRecord(
  { jobQueue, users, settings, logger }: EsdParts,
  principal: Principal,
  body: CreateBody,
  idempotencyKey: string | undefined,
  scope: CallScope,
): Promise<z.output<typeof createJob.response>> {
  const { tenantId } = principal;
  const user = await actingUser(users, principal, body.user_id);
  const { task_type: taskType, inference_type: inferenceType, sagemaker_endpoint_name: endpointName } = body;
  const endpoint = await chooseEndpoint(jobQueue, { tenantId, user, inferenceType, taskType, endpointName }, scope);
  const { checkpoints, total } = await callService(jobQueue, findCheckpoints, { tenantId, type: 'Upscaler' }, scope);
  if (total > checkpoints.length) {
    logger.warn(
      { tenantId, attached: checkpoints.length, total },
      'more upscalers than fit a job: the oldest are left out',
    );
  }
  const data: EsdJobData = {
    inferenceType,
    user: user.name,
    endpointName: endpoint.name,
    instanceType: endpoint.instanceType,
  };
  const wanted = {
    owner: ownerOf(principal, user.name),
    dialect: 'esd',
    jobType: taskType,
    endpointId: endpoint.id,
    payload: { name: payloadName, maxBytes: settings.maxPayloadBytes },
    inputs: { endpointName: endpoint.name },
    checkpoints,
    dialectData: { ...data },
    runTimeoutMs: settings.runTimeoutMs,
    trace: scope.id,
    ...idempotencyOf(idempotencyKey, body),
  };
  return callService(jobQueue, createJob, wanted, scope);
}

function checkTaskType(taskType: string): void {
  if (taskTypes.includes(taskType)) return;
  throw new MeshError(
    'BAD_REQUEST',
    `task type ${taskType} should be in ['extra-single-image', 'extra-batch-images', 'rembg'] or ['txt2img', 'img2img']`,
    { field: 'task_type' },
  );
}

function ownerOf(
  principal: Principal,
  user: string,
): { tenantId: string; owner: string; actAs?: string; keyId: string; weight: number } {
  return {
    tenantId: principal.tenantId,
    owner: user,
    ...(user === principal.subject ? {} : { actAs: principal.subject }),
    keyId: principal.keyId,
    weight: principal.weight,
  };
}

/** `Idempotency-Key`: the same key and body make one job, however often they are sent. */
function idempotencyOf(
  key: string | undefined,
  body: CreateBody,
): { idempotency?: { key: string; fingerprint: string } } {
  if (key === undefined || key === '') return {};
  return { idempotency: { key, fingerprint: createHash('sha256').update(JSON.stringify(body)).digest('hex') } };
}
