import { checkRequest, parameterToJson, type JobEndpoint, type RequestAccepted } from '@infermesh/aime-endpoints';
import { cancelJob } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import { jsonAnswer, type DialectRequest, type JsonAnswer, type Route } from '@infermesh/http';
import { z } from 'zod';
import { callService } from '../../../mesh-calls.js';
import { waitForJob } from '../../../wait-for-job.js';
import { route, type AimeCaller, type AimeParts } from '../aime-parts.js';
import { authenticate } from '../clients/authenticate.js';
import type { AimeClient } from '../clients/client-gate.js';
import { anyObject, anyQuery, endpointParams, refusalAnswer, requireMethod } from '../endpoint-request.js';
import { answerStatic } from '../static/answer-static.js';
import { createDurableJob } from './create-durable-job.js';
import { isOver, resultOf, type JobEnd, type JsonFields } from './job-answer.js';
import { maxAttachedBytes, type JobData } from './job-inputs.js';
import { performByRuntime } from './perform-by-runtime.js';
import { performAttached } from './perform-attached.js';

interface Submission {
  readonly endpoint: JobEndpoint;
  readonly client: AimeClient;
  readonly request: Pick<DialectRequest<unknown>, 'id' | 'signal' | 'headers' | 'note' | 'log'>;
}

const answers = { 200: anyObject, 400: anyObject };

type SubmitAnswer = JsonAnswer<200, JsonFields> | JsonAnswer<400, JsonFields>;

/** Beyond the wait for a result: what the calls around it may take. */
const marginMs = 10_000;

const longestWaitMs = 86_400_000;

/** Dossier 1.4: `POST /<endpoint>`, and GET with the parameters in the query, unless a static page has that route. */
export function submitRoutes(parts: AimeParts): Route<AimeCaller>[] {
  const shared = {
    path: '/:endpoint',
    params: endpointParams,
    requestTimeoutMs: waitMsOf(parts) + marginMs,
    answers,
  } as const;
  const errors = ['ENDPOINT_NOT_FOUND', 'FORBIDDEN', 'QUEUE_FULL', 'QUOTA_EXCEEDED', 'WORKER_LOST'] as const;
  return [
    route.keyed({
      ...shared,
      method: 'POST',
      operationId: 'SubmitJob',
      access: 'key-in-body',
      permission: 'any key',
      body: z.unknown(),
      errors,
      handler: (request) => {
        const { definition } = parts.catalogue.get(request.params.endpoint);
        requireMethod(definition, 'POST');
        return submit(parts, { endpoint: definition, client: request.caller.client, request }, request.body);
      },
    }),
    route.open({
      ...shared,
      method: 'GET',
      operationId: 'SubmitJobByQuery',
      query: anyQuery,
      errors: [...errors, 'UNAUTHENTICATED'],
      handler: async (request) => {
        const page = await answerStatic(parts, request);
        if (page !== undefined) return page as SubmitAnswer;
        const { definition } = parts.catalogue.get(request.params.endpoint);
        requireMethod(definition, 'GET');
        const { client, keyId } = await authenticate(parts, request, undefined);
        request.note({ keyId });
        return submit(parts, { endpoint: definition, client, request }, request.query);
      },
    }),
  ];
}

/** How long a client is held; timers know no more than 24 days. */
function waitMsOf({ server }: AimeParts): number {
  return Math.min(server.http.responseTimeoutMs, longestWaitMs);
}

async function submit(parts: AimeParts, submission: Submission, input: unknown): Promise<SubmitAnswer> {
  const { endpoint, client, request } = submission;
  parts.admission.admit(client.keyId);
  parts.requestCounts.admit(endpoint, client);
  const reading = await checkRequest(endpoint, input, { media: parts.media, signal: request.signal });
  if (!reading.ok) return refusalAnswer(400, endpoint, reading.errors);
  if (reading.warnings.length > 0) request.log.warn({ warnings: reading.warnings }, 'media are not as wanted');
  const data = { ...dataOf(reading), ...parts.sessions.valuesFor(endpoint, request.headers) };
  if (!reading.waitForResult) return jsonAnswer(200, await queue(parts, submission, data));
  const { result, session } = await perform(parts, submission, data);
  return jsonAnswer(200, result, parts.sessions.keep(request.id, session, request.headers));
}

function dataOf({ parameters }: RequestAccepted): JobData {
  return Object.fromEntries([...parameters].map(([name, value]) => [name, parameterToJson(value)])) as JobData;
}

async function queue(parts: AimeParts, submission: Submission, data: JobData): Promise<JsonFields> {
  const { endpoint, client, request } = submission;
  const id = await createDurableJob(parts, { endpoint, client, data }, request);
  request.note({ jobId: id });
  return { success: true, job_id: jobIdOf(parts, submission, id), ep_version: endpoint.version };
}

/** Small jobs go straight to a worker. What does not fit a message has a record, and is cancelled when its client goes. */
async function perform(parts: AimeParts, submission: Submission, data: JobData): Promise<JobEnd> {
  const { endpoint, client } = submission;
  const leave = parts.seats.take(client.keyId);
  try {
    const deadlineAt = Date.now() + waitMsOf(parts);
    if (!isAttachable(parts, endpoint, data)) return await performByRecord(parts, submission, data, deadlineAt);
    return await performInGate(parts, submission, data, deadlineAt);
  } finally {
    leave();
  }
}

function isAttachable({ runtimeJobs }: AimeParts, endpoint: JobEndpoint, data: JobData): boolean {
  if (endpoint.worker.runtime !== null) return runtimeJobs.isAttachable(endpoint, data);
  const hasMedia = endpoint.outputs.some((output) => 'rules' in output);
  return !hasMedia && Buffer.byteLength(JSON.stringify(data)) <= maxAttachedBytes;
}

async function performInGate(
  parts: AimeParts,
  { endpoint, request }: Submission,
  data: JobData,
  deadlineAt: number,
): Promise<JobEnd> {
  const { jobType, runtime } = endpoint.worker;
  const { maxQueueLength: maxWaiting } = parts.catalogue.queueOf(endpoint);
  const leave = parts.attachedGate.enter(jobType, { maxWaiting, capacity: parts.workers.capacity(jobType) });
  try {
    const job = { endpoint, data, deadlineAt };
    if (runtime === null) return await performAttached(parts.jobQueue, job, request);
    return { result: await performByRuntime(parts.runtimeJobs, job, request), session: {} };
  } finally {
    leave();
  }
}

async function performByRecord(
  parts: AimeParts,
  submission: Submission,
  data: JobData,
  deadlineAt: number,
): Promise<JobEnd> {
  const { endpoint, client, request } = submission;
  const access = { tenantId: client.tenantId, subject: client.owner, anyOwner: false };
  const id = await createDurableJob(parts, { endpoint, client, data }, request);
  request.note({ jobId: id });
  let isDone = false;
  try {
    const job = await waitForJob(parts.jobQueue, { access, id, untilMs: deadlineAt }, request);
    isDone = isOver(job);
    if (!isDone) throw new MeshError('DEADLINE_EXCEEDED', 'Response Timeout');
    return await resultOf(parts, endpoint, jobIdOf(parts, submission, id), job, request.signal);
  } finally {
    if (!isDone) await abandon(parts, access, id, request);
  }
}

/** Nobody waits any more. */
async function abandon(
  { jobQueue }: AimeParts,
  access: { readonly tenantId: string; readonly subject: string },
  id: string,
  request: Submission['request'],
): Promise<void> {
  const scope = { id: request.id, signal: new AbortController().signal };
  await callService(jobQueue, cancelJob, { access, id }, scope).catch((error: unknown) => {
    request.log.warn({ err: error, jobId: id }, 'a job whose client has gone was not cancelled');
  });
}

function jobIdOf({ ids }: AimeParts, { endpoint, client: { tenantId, owner } }: Submission, jobId: string): string {
  return ids.ofRecord({ jobId, tenantId, owner, endpoint: endpoint.name });
}
