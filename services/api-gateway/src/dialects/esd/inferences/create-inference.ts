import { createHash } from 'node:crypto';
import { createJob, findCheckpoints, type Principal } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import { checkSchema, type DialectRequest, type HttpAnswer } from '@infermesh/http';
import { z } from 'zod';
import { callService } from '../../../mesh-calls.js';
import { requirePermission } from '../../../permissions.js';
import { actingUser } from '../acting-user.js';
import { functionAnswer } from '../envelope.js';
import type { EsdCaller, EsdParts } from '../esd-parts.js';
import { validatorText } from '../validator-text.js';
import { chooseEndpoint } from './choose-endpoint.js';
import type { EsdJobData } from './inference-view.js';

/** Dossier 8.2. Unknown keys are ignored. */
const createInferenceBody = z.object({
  task_type: z.string().min(1),
  inference_type: z.enum(['Real-time', 'Async']),
  models: z.looseObject({ embeddings: z.array(z.unknown()).optional() }),
  user_id: z.string().min(1).optional(),
  filters: z.unknown().optional(),
  sagemaker_endpoint_name: z.string().min(1).optional(),
});

const taskTypes = ['txt2img', 'img2img', 'extra-single-image', 'extra-batch-images', 'rembg'];

/** The name the client's payload has in the object store (dossier 8.7). */
const payloadName = 'api_param.json';

/** Makes the record and hands out the upload URL of its payload. */
export async function createInference(parts: EsdParts, request: DialectRequest<EsdCaller>): Promise<HttpAnswer> {
  const { jobQueue, admission, settings } = parts;
  const { principal } = request.caller;
  const body = checkSchema(createInferenceBody, request.body, validatorText(request.body));
  requirePermission(principal, 'inference:create');
  admission.admit(principal.keyId);
  checkTaskType(body.task_type);
  const user = actingUser(principal, body.user_id);
  const endpoint = await chooseEndpoint(
    jobQueue,
    {
      principal,
      user,
      inferenceType: body.inference_type,
      taskType: body.task_type,
      endpointName: body.sagemaker_endpoint_name,
    },
    request,
  );
  const { checkpoints } = await callService(
    jobQueue,
    findCheckpoints,
    { tenantId: principal.tenantId, type: 'Upscaler' },
    request,
  );
  const data: EsdJobData = {
    inferenceType: body.inference_type,
    user,
    endpointName: endpoint.name,
    instanceType: endpoint.instanceType,
  };
  const { job, upload } = await callService(
    jobQueue,
    createJob,
    {
      owner: ownerOf(principal, user),
      dialect: 'esd',
      jobType: body.task_type,
      endpointId: endpoint.id,
      payload: { name: payloadName, maxBytes: settings.maxPayloadBytes },
      inputs: { endpointName: endpoint.name },
      checkpoints,
      dialectData: { ...data },
      runTimeoutMs: settings.runTimeoutMs,
      trace: request.id,
      ...idempotencyOf(request, body),
    },
    request,
  );
  request.note({ jobId: job.id });
  return functionAnswer(201, {
    inference: {
      id: job.id,
      type: job.jobType,
      api_params_s3_location: `s3://${settings.bucket}/${job.payload?.key ?? ''}`,
      api_params_s3_upload_url: upload?.url ?? null,
    },
  });
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
  request: DialectRequest<EsdCaller>,
  body: object,
): { idempotency?: { key: string; fingerprint: string } } {
  const key = request.headers['idempotency-key'];
  if (typeof key !== 'string' || key === '') return {};
  if (key.length > 255)
    throw new MeshError('BAD_REQUEST', 'Idempotency-Key: at most 255 characters', { field: 'Idempotency-Key' });
  return { idempotency: { key, fingerprint: createHash('sha256').update(JSON.stringify(body)).digest('hex') } };
}
