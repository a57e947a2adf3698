import { checkRequest, parameterToJson, type JobEndpoint, type RequestAccepted } from '@infermesh/aime-endpoints';
import { cancelJob } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import { jsonAnswer, type DialectRequest, type JsonAnswer, type Route } from '@infermesh/http';
import { z } from 'zod';
import { callService } from '../../../mesh-calls.js';
import { waitForJob } from '../../../wait-for-job.js';
import { route, type AimeCaller, type AimeParts } from '../aime-parts.js';
import { anyObject, endpointParams, inputOf, refusalAnswer, requireMethod } from '../endpoint-request.js';
import { createDurableJob } from './create-durable-job.js';
import { isOver, resultOf, type JsonFields } from './job-answer.js';
import { maxAttachedBytes, type JobData } from './job-inputs.js';
import { performByRuntime } from './perform-by-runtime.js';
import { performAttached } from './perform-attached.js';

type SubmitRequest = Pick<
  DialectRequest<AimeCaller>,
  'id' | 'signal' | 'caller' | 'body' | 'search' | 'method' | 'note' | 'log'
> & { readonly params: { readonly endpoint: string } };

const answers = { 200: anyObject, 400: anyObject };

/** Beyond the wait for a result: what the calls around it may take. */
const marginMs = 10_000;

/** Dossier 1.4: `POST /<endpoint>`, and GET with the parameters in the query. */
export function submitRoutes(parts: AimeParts): Route<AimeCaller>[] {
  const shared = {
    path: '/:endpoint',
    access: 'key-in-body',
    permission: 'any key',
    params: endpointParams,
    requestTimeoutMs: parts.server.http.responseTimeoutMs + marginMs,
    answers,
    errors: ['ENDPOINT_NOT_FOUND', 'FORBIDDEN', 'QUEUE_FULL', 'QUOTA_EXCEEDED', 'WORKER_LOST'],
    handler: (request: SubmitRequest) => submit(parts, request),
  } as const;
  return [
    route.keyed({ ...shared, method: 'POST', operationId: 'SubmitJob', body: z.unknown() }),
    route.keyed({ ...shared, method: 'GET', operationId: 'SubmitJobByQuery' }),
  ];
}

async function submit(
  parts: AimeParts,
  request: SubmitRequest,
): Promise<JsonAnswer<200, JsonFields> | JsonAnswer<400, JsonFields>> {
  const { definition } = parts.catalogue.get(request.params.endpoint);
  requireMethod(definition, request.method);
  parts.admission.admit(request.caller.keyId);
  const reading = await checkRequest(definition, inputOf(request), { media: parts.media, signal: request.signal });
  if (!reading.ok) return refusalAnswer(400, definition, reading.errors);
  if (reading.warnings.length > 0) request.log.warn({ warnings: reading.warnings }, 'media are not as wanted');
  const data = dataOf(reading);
  return jsonAnswer(
    200,
    reading.waitForResult
      ? await perform(parts, definition, data, request)
      : await queue(parts, definition, data, request),
  );
}

function dataOf({ parameters }: RequestAccepted): JobData {
  return Object.fromEntries([...parameters].map(([name, value]) => [name, parameterToJson(value)])) as JobData;
}

async function queue(
  parts: AimeParts,
  endpoint: JobEndpoint,
  data: JobData,
  request: SubmitRequest,
): Promise<JsonFields> {
  const { client } = request.caller;
  const id = await createDurableJob(parts, { endpoint, client, data }, request);
  request.note({ jobId: id });
  return { success: true, job_id: jobIdOf(parts, endpoint, id, request), ep_version: endpoint.version };
}

/** Small jobs go straight to a worker. What does not fit a message has a record, and is cancelled when its client goes. */
async function perform(
  parts: AimeParts,
  endpoint: JobEndpoint,
  data: JobData,
  request: SubmitRequest,
): Promise<JsonFields> {
  const deadlineAt = Date.now() + parts.server.http.responseTimeoutMs;
  const isOwn = endpoint.worker.runtime !== null;
  if (isOwn && parts.runtimeJobs.isAttachable(endpoint, data)) {
    return performByRuntime(parts.runtimeJobs, { endpoint, data, deadlineAt }, request);
  }
  const hasMedia = endpoint.outputs.some((output) => 'rules' in output);
  if (!isOwn && !hasMedia && Buffer.byteLength(JSON.stringify(data)) <= maxAttachedBytes) {
    return performAttached(parts.jobQueue, { endpoint, data, deadlineAt }, request);
  }
  return performByRecord(parts, endpoint, data, request, deadlineAt);
}

async function performByRecord(
  parts: AimeParts,
  endpoint: JobEndpoint,
  data: JobData,
  request: SubmitRequest,
  deadlineAt: number,
): Promise<JsonFields> {
  const { client } = request.caller;
  const access = { tenantId: client.tenantId, subject: client.owner, anyOwner: false };
  const id = await createDurableJob(parts, { endpoint, client, data }, request);
  request.note({ jobId: id });
  let isDone = false;
  try {
    const job = await waitForJob(parts.jobQueue, { access, id, untilMs: deadlineAt }, request);
    isDone = isOver(job);
    if (!isDone) throw new MeshError('DEADLINE_EXCEEDED', 'Response Timeout');
    return await resultOf(parts, endpoint, jobIdOf(parts, endpoint, id, request), job, request.signal);
  } finally {
    if (!isDone) await abandon(parts, access, id, request);
  }
}

/** Nobody waits any more. */
async function abandon(
  { jobQueue }: AimeParts,
  access: { readonly tenantId: string; readonly subject: string },
  id: string,
  request: SubmitRequest,
): Promise<void> {
  const scope = { id: request.id, signal: new AbortController().signal };
  await callService(jobQueue, cancelJob, { access, id }, scope).catch((error: unknown) => {
    request.log.warn({ err: error, jobId: id }, 'a job whose client has gone was not cancelled');
  });
}

function jobIdOf({ ids }: AimeParts, endpoint: JobEndpoint, jobId: string, { caller }: SubmitRequest): string {
  const { tenantId, owner } = caller.client;
  return ids.ofRecord({ jobId, tenantId, owner, endpoint: endpoint.name });
}
