import { createHash } from 'node:crypto';
import { createJob, findCheckpoints, type CheckpointRef } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import type { Route } from '@infermesh/http';
import { z } from 'zod';
import { callService, type CallScope } from '../../../mesh-calls.js';
import { actingUser, actorOf, type ActingUser } from '../acting-user.js';
import { functionAnswer, functionBody } from '../envelope.js';
import { route, type EsdCaller, type EsdParts } from '../esd-parts.js';
import { rulesOf, type VersionRules } from '../version-rules.js';
import { chooseEndpoint, findEndpoints } from './choose-endpoint.js';
import type { InferenceData, UsedModel } from './inference-data.js';
import { checkPayloadText, uploadPayload } from './one-call-payload.js';
import { resolveModels, type ModelReader, type ResolvedModels } from './resolve-models.js';
import { startAnswers, startInference, startTimeoutMs } from './start-inference.js';
import { taskTypes, type TaskType } from './task-types.js';

/** No name of ours is longer, and refusals repeat it. */
const name = z.string().min(1).max(200);

/** Dossier 8.2. Unknown keys are ignored. */
function createInferenceBody({ isTraced }: VersionRules) {
  return z.object({
    task_type: name,
    inference_type: z.enum(isTraced ? ['Real-time', 'Async'] : ['Real-time', 'Serverless', 'Async']),
    models: z.looseObject({ embeddings: z.array(z.unknown()).optional() }),
    user_id: name.optional(),
    filters: z.unknown().optional(),
    sagemaker_endpoint_name: name.optional(),
    payload_string: z.string().optional(),
    /** Ours: called once the job has ended; with URLs of its results where they are asked for. */
    notification_url: z.string().min(1).max(2048).optional(),
    notification_with_urls: z.boolean().optional(),
  });
}
type Body = z.output<ReturnType<typeof createInferenceBody>>;

/** A payload may come along: what ESD's gateway takes. */
const maxBodyBytes = 10_000_000;

/** The name the client's payload has in the object store (dossier 8.7). */
const payloadName = 'api_param.json';

const createInferenceHeaders = z.object({
  'idempotency-key': z.string().max(255, 'at most 255 characters').optional(),
});

const createdInference = z
  .object({
    inference: z.object({
      id: z.string(),
      type: z.string(),
      api_params_s3_location: z.string(),
      api_params_s3_upload_url: z.string().nullable(),
      models: z.array(z.object({ id: z.string(), name: z.array(z.string()), type: z.string() })).optional(),
    }),
  })
  .meta({ id: 'CreatedInference' });

type Created = z.output<typeof createJob.response> & { readonly models: readonly UsedModel[] };

/** Makes the record and hands out the upload URL of its payload; or, with the payload in the request, starts it as well. */
export function createInferenceRoute(parts: EsdParts): Route<EsdCaller> {
  return route.keyed({
    method: 'POST',
    path: '/inferences',
    operationId: 'CreateInferenceJob',
    summary: 'Makes a job and the URL its payload is uploaded to. With `payload_string` starts it as well.',
    permission: 'inference:create',
    headers: createInferenceHeaders,
    body: createInferenceBody(rulesOf(parts)),
    bodyBytes: maxBodyBytes,
    requestTimeoutMs: startTimeoutMs(parts),
    answers: { ...startAnswers, 201: functionBody(201, createdInference) },
    errors: [
      'FORBIDDEN',
      'QUOTA_EXCEEDED',
      'QUEUE_FULL',
      'ENDPOINT_NOT_FOUND',
      'ENDPOINT_NOT_READY',
      'CHECKPOINT_NOT_FOUND',
      'IDEMPOTENCY_MISMATCH',
      'OUTBOUND_REFUSED',
      'OUTBOUND_FAILED',
      'STORAGE_UNAVAILABLE',
    ],
    handler: async (request) => {
      const { body, caller, headers } = request;
      parts.admission.admit(caller.keyId);
      const { payload_string: payload } = body;
      if (payload !== undefined) checkPayloadText(payload, parts.settings.maxPayloadBytes);
      const created = await createRecord(parts, caller, body, headers['idempotency-key'], request);
      request.note({ jobId: created.job.id });
      if (payload === undefined) return functionAnswer(201, toCreated(created, parts.settings.bucket));
      if (created.upload !== null) await uploadPayload(created.upload, payload, request.signal);
      const access = { tenantId: created.job.tenantId, subject: created.job.owner, anyOwner: false };
      return startInference(parts, access, created.job.id, request);
    },
  });
}

function toCreated({ job, upload, models }: Created, bucket: string): z.input<typeof createdInference> {
  return {
    inference: {
      id: job.id,
      type: job.jobType,
      api_params_s3_location: `s3://${bucket}/${job.payload?.key ?? ''}`,
      api_params_s3_upload_url: upload?.url ?? null,
      ...(usesModels(job.jobType)
        ? { models: models.map((model) => ({ id: model.id, name: [model.name], type: model.type })) }
        : {}),
    },
  };
}

async function createRecord(
  parts: EsdParts,
  caller: EsdCaller,
  body: Body,
  idempotencyKey: string | undefined,
  scope: CallScope,
): Promise<Created> {
  const { jobQueue, settings } = parts;
  const taskType = checkTaskType(body.task_type);
  const { inference_type: inferenceType, sagemaker_endpoint_name: endpointName } = body;
  const user = await userOf(parts, caller, body);
  const { tenantId } = user.principal;
  const candidates = await findEndpoints(jobQueue, { tenantId, user, inferenceType, taskType, endpointName }, scope);
  const { models, checkpoints } = await modelsOf(
    parts,
    { tenantId, user: { name: user.name, roles: [...user.roles] } },
    taskType,
    body,
    scope,
  );
  const endpoint = await chooseEndpoint(jobQueue, candidates, checkpoints, scope);
  const data: InferenceData = {
    inferenceType: inferenceType === 'Real-time' ? 'Real-time' : 'Async',
    user: user.name,
    endpointName: endpoint.name,
    instanceType: endpoint.instanceType,
    models: [...models],
  };
  const wanted = {
    owner: ownerOf(caller, user),
    dialect: 'esd',
    jobType: taskType,
    endpointId: endpoint.id,
    payload: { name: payloadName, maxBytes: settings.maxPayloadBytes },
    inputs: { endpointName: endpoint.name },
    checkpoints: [...checkpoints],
    dialectData: { ...data },
    runTimeoutMs: settings.runTimeoutMs,
    trace: scope.id,
    ...webhookOf(body),
    ...idempotencyOf(idempotencyKey, body),
  };
  return { ...(await callService(jobQueue, createJob, wanted, scope)), models };
}

/** 1.4 names the user in the body, later releases in the headers. */
async function userOf(parts: EsdParts, caller: EsdCaller, { user_id: named }: Body): Promise<ActingUser> {
  const actor = actorOf(caller);
  if (rulesOf(parts).hasAuthorizer) return actingUser(parts.users, caller.principal, named);
  return { name: actor.subject, roles: actor.roles, principal: actor };
}

function usesModels(taskType: string): boolean {
  return taskType === 'txt2img' || taskType === 'img2img';
}

/** What the request names; for the other tasks the upscalers there are, of which the payload chooses. */
async function modelsOf(
  parts: EsdParts,
  reader: ModelReader,
  taskType: TaskType,
  { models }: Body,
  scope: CallScope,
): Promise<ResolvedModels> {
  if (usesModels(taskType)) return resolveModels(parts.jobQueue, reader, models, scope);
  return { models: [], checkpoints: await findUpscalers(parts, reader, scope) };
}

async function findUpscalers(
  { jobQueue, logger }: EsdParts,
  reader: ModelReader,
  scope: CallScope,
): Promise<readonly CheckpointRef[]> {
  const { checkpoints, total } = await callService(jobQueue, findCheckpoints, { ...reader, type: 'Upscaler' }, scope);
  if (total > checkpoints.length) {
    logger.warn(
      { tenantId: reader.tenantId, attached: checkpoints.length, total },
      'more upscalers than fit a job: the oldest are left out',
    );
  }
  return checkpoints;
}

function checkTaskType(taskType: string): TaskType {
  const known = taskTypes.find((type) => type === taskType);
  if (known !== undefined) return known;
  throw new MeshError(
    'BAD_REQUEST',
    `task type ${taskType} should be in ['extra-single-image', 'extra-batch-images', 'rembg'] or ['txt2img', 'img2img']`,
    { field: 'task_type' },
  );
}

function ownerOf(
  { principal }: EsdCaller,
  user: ActingUser,
): { tenantId: string; owner: string; actAs?: string; keyId: string; weight: number } {
  return {
    tenantId: principal.tenantId,
    owner: user.name,
    ...(user.name === principal.subject ? {} : { actAs: principal.subject }),
    keyId: principal.keyId,
    weight: principal.weight,
  };
}

function webhookOf({ notification_url: url, notification_with_urls: withUrls = false }: Body): {
  webhook?: { url: string; withUrls: boolean };
} {
  return url === undefined ? {} : { webhook: { url, withUrls } };
}

/** `Idempotency-Key`: the same key and body make one job, however often they are sent. */
function idempotencyOf(key: string | undefined, body: Body): { idempotency?: { key: string; fingerprint: string } } {
  if (key === undefined || key === '') return {};
  return { idempotency: { key, fingerprint: createHash('sha256').update(JSON.stringify(body)).digest('hex') } };
}
