import { filterOutputs, type JobEndpoint, type JsonValue } from '@infermesh/aime-endpoints';
import { performJob, type JobOutcome } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import { jsonAnswer, type DialectRequest, type JsonAnswer, type Route } from '@infermesh/http';
import { z } from 'zod';
import { route, type AimeCaller, type AimeParts } from '../aime-parts.js';
import { anyObject } from '../endpoint-request.js';
import type { LeaseTicket, RecordTicket } from '../job-ids.js';
import { maxAttachedBytes } from '../jobs/job-inputs.js';
import { resultName, workerPart, type StoredResult } from '../jobs/job-result.js';
import type { ExternalWorker, HeldJob } from './external-claims.js';
import { isOfJobType } from './is-of-job-type.js';
import { workerIdentity } from './worker-body.js';

const resultBody = workerIdentity.extend({ job_id: z.string().max(2_000) });
type ResultBody = z.output<typeof resultBody>;
type ResultRequest = Pick<DialectRequest<undefined>, 'id' | 'signal' | 'note' | 'log'> & { readonly body: ResultBody };

/** A part of a result on its way to who waits for it, in characters: at most 60 KB of UTF-8. */
const partLength = 20_000;
const longestError = 4_000;

/**
 * Dossier 2.5: the result of one job. A worker sends again, for ever, what is not answered 200: so a result that comes twice, late
 * or for nobody is answered so too.
 */
export function postResultRoute(parts: AimeParts): Route<AimeCaller> {
  return route.open({
    method: 'POST',
    path: '/worker_job_result',
    operationId: 'PostResult',
    summary: 'For workers: the result of a job.',
    body: resultBody,
    bodyBytes: 2 * parts.server.http.maxBodyBytes,
    answers: { 200: anyObject },
    handler: (request) => postResult(parts, request),
  });
}

async function postResult(
  parts: AimeParts,
  request: ResultRequest,
): Promise<JsonAnswer<200, Record<string, JsonValue>>> {
  const { body } = request;
  const verdict = parts.workerGate.checkLeaving(body.job_type, body.auth_key);
  if (!verdict.ok) return jsonAnswer(200, { success: false, error_msg: verdict.message });
  const worker = { jobType: verdict.jobType.name, name: body.auth };
  parts.workers.heard(worker.jobType, worker.name);
  const ticket = parts.ids.read(body.job_id);
  if (ticket === undefined || !isOfJobType(parts.catalogue, ticket, worker.jobType)) {
    return jsonAnswer(200, { cmd: 'warning', msg: 'Job unknown' });
  }
  const result = resultOf(parts.catalogue.find(ticket.endpoint)?.definition, request);
  const startedAtMs =
    ticket.kind === 'lease'
      ? await finishLease(parts, ticket, result)
      : await finishRecord(parts, worker, ticket, result, request);
  if (ticket.kind === 'record') parts.jobViews.forget(ticket.jobId);
  const isTaken = startedAtMs !== undefined;
  note(parts, worker, result, startedAtMs);
  return jsonAnswer(200, isTaken ? { cmd: 'ok' } : { cmd: 'warning', msg: 'Job not held by this worker any more' });
}

/** @param startedAtMs undefined: nobody waited for it any more */
function note(
  { workers, jobMetrics }: AimeParts,
  { jobType, name }: ExternalWorker,
  result: Result,
  startedAtMs: number | undefined,
): void {
  workers.holds(jobType, name, -1);
  if (startedAtMs === undefined) {
    jobMetrics.ended(jobType, 'late');
    return;
  }
  const durationMs = Date.now() - startedAtMs;
  jobMetrics.ended(jobType, 'error' in result ? 'failed' : 'succeeded');
  jobMetrics.worked(jobType, durationMs);
  workers.worked(jobType, durationMs);
}

/** What a worker's result comes to. */
type Result = { readonly stored: StoredResult } | { readonly error: string };

function resultOf(endpoint: JobEndpoint | undefined, request: ResultRequest): Result {
  const { body } = request;
  if (endpoint === undefined) return { error: 'its endpoint is no longer served' };
  const { values, problems } = filterOutputs(endpoint.outputs, body);
  if (problems.length > 0) request.log.warn({ problems, endpoint: endpoint.name }, 'a result is not as declared');
  const { error } = values;
  if (error !== undefined && error !== null && error !== '') {
    return { error: (typeof error === 'string' ? error : JSON.stringify(error)).slice(0, longestError) };
  }
  const variables = endpoint.sessionVariables.filter(({ name }) => Object.hasOwn(body, name));
  const session = Object.fromEntries(variables.map(({ name }) => [name, body[name] as JsonValue]));
  return {
    stored: {
      outputs: { ...values } as StoredResult['outputs'],
      session: session as StoredResult['session'],
      worker: workerPart(body),
    },
  };
}

/** @returns when the job began, in epoch milliseconds; undefined when nobody waits for it any more */
async function finishLease(
  { jobQueue }: AimeParts,
  { leaseToken, startedAtMs }: LeaseTicket,
  result: Result,
): Promise<number | undefined> {
  try {
    if ('error' in result) {
      await jobQueue.leases.finish(performJob, leaseToken, { error: new MeshError('MODEL_FAILED', result.error) });
    } else {
      const parts = await sendParts((part) => jobQueue.leases.emit(leaseToken, part), result.stored);
      const answer = parts === 0 ? { startedAtMs, result: result.stored } : { startedAtMs, parts };
      await jobQueue.leases.finish(performJob, leaseToken, { response: { result: answer } });
    }
    return startedAtMs;
  } catch (error) {
    if (error instanceof MeshError && error.code === 'STALE_CLAIM') return undefined;
    throw error;
  }
}

/** @returns how many there were; none when the result fits the answer itself */
async function sendParts(emit: (part: string) => Promise<void>, stored: StoredResult): Promise<number> {
  const text = JSON.stringify(stored);
  if (Buffer.byteLength(text) <= maxAttachedBytes) return 0;
  let count = 0;
  for (let at = 0; at < text.length; at += partLength) {
    await emit(text.slice(at, at + partLength));
    count += 1;
  }
  return count;
}

/** @returns when the job began, in epoch milliseconds; undefined when this worker does not hold it any more */
async function finishRecord(
  parts: AimeParts,
  worker: ExternalWorker,
  { jobId }: RecordTicket,
  result: Result,
  request: ResultRequest,
): Promise<number | undefined> {
  request.note({ jobId });
  const held = await parts.claims.find(worker, jobId);
  if (held === undefined) return undefined;
  if (await endAttempt(parts, worker, held, result, request)) return held.startedAtMs;
  const again = await parts.claims.findAnew(worker, jobId);
  if (again === undefined || again.epoch === held.epoch) return undefined;
  return (await endAttempt(parts, worker, again, result, request)) ? again.startedAtMs : undefined;
}

/** @returns false when the claim was lost meanwhile */
async function endAttempt(
  parts: AimeParts,
  worker: ExternalWorker,
  held: HeldJob,
  result: Result,
  request: ResultRequest,
): Promise<boolean> {
  const outcome = await outcomeOf(parts, worker, held, result, request);
  return outcome !== undefined && (await parts.claims.commit(worker, held, outcome));
}

/** Undefined: the claim was lost meanwhile. */
async function outcomeOf(
  parts: AimeParts,
  worker: ExternalWorker,
  held: HeldJob,
  result: Result,
  { signal }: ResultRequest,
): Promise<JobOutcome | undefined> {
  if ('error' in result) return { kind: 'failed', code: 'MODEL_FAILED', message: result.error, retryable: false };
  const bytes = Buffer.from(JSON.stringify(result.stored));
  if (bytes.byteLength <= maxAttachedBytes) {
    return { kind: 'succeeded', outputs: [], result: result.stored, usage: {} };
  }
  const { maxBodyBytes } = parts.server.http;
  if (bytes.byteLength > maxBodyBytes) {
    const message = `the result has ${bytes.byteLength} bytes, the most that is taken is ${maxBodyBytes}`;
    return { kind: 'failed', code: 'BODY_TOO_LARGE', message, retryable: false };
  }
  try {
    const file = { name: resultName, bytes, mediaType: 'application/json' };
    return {
      kind: 'succeeded',
      outputs: [await parts.claims.store(worker.jobType, held, file, signal)],
      result: {},
      usage: {},
    };
  } catch (error) {
    if (error instanceof MeshError && error.code === 'STALE_CLAIM') return undefined;
    throw error;
  }
}
