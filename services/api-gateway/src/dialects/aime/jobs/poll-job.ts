import type { JobView } from '@infermesh/contracts';
import { jsonAnswer, type DialectRequest, type JsonAnswer, type Route } from '@infermesh/http';
import { z } from 'zod';
import { route, type AimeCaller, type AimeParts } from '../aime-parts.js';
import { anyObject, anyQuery, eitherInput, endpointParams, refusalAnswer } from '../endpoint-request.js';
import { isOver, progressOf, resultOf, type JsonFields } from './job-answer.js';

type PollRequest = Pick<DialectRequest<undefined>, 'id' | 'signal' | 'body' | 'query' | 'headers' | 'note'> & {
  readonly params: { readonly endpoint: string };
};

const answers = { 200: anyObject, 402: anyObject };

/** Dossier 1.5: `/<endpoint>/progress`. The job id is the key to it: nobody can guess or make up one. */
export function pollRoutes(parts: AimeParts): Route<AimeCaller>[] {
  const shared = {
    path: '/:endpoint/progress',
    params: endpointParams,
    query: anyQuery,
    answers,
    errors: ['ENDPOINT_NOT_FOUND', 'STORAGE_UNAVAILABLE'],
    handler: (request: PollRequest) => poll(parts, request),
  } as const;
  return [
    route.open({ ...shared, method: 'GET', operationId: 'PollJob' }),
    route.open({ ...shared, method: 'POST', operationId: 'PollJobByBody', body: z.unknown() }),
  ];
}

async function poll(
  parts: AimeParts,
  request: PollRequest,
): Promise<JsonAnswer<200, JsonFields> | JsonAnswer<402, JsonFields>> {
  const { definition } = parts.catalogue.get(request.params.endpoint);
  const { job_id: jobId, show_canceled: showCanceled } = eitherInput(request);
  const ticket = parts.ids.read(jobId);
  const job = ticket?.kind === 'record' ? await parts.jobViews.find(ticket) : undefined;
  if (ticket?.kind !== 'record' || typeof jobId !== 'string' || job === undefined) {
    return refusalAnswer(402, definition, ['Job id is not known, or its result has expired']);
  }
  request.note({ jobId: ticket.jobId });
  const endpoint = parts.catalogue.find(ticket.endpoint)?.definition ?? definition;
  const head = { success: true, job_id: jobId, ep_version: endpoint.version };
  if (isOver(job)) {
    if (isExpired(job, endpoint.queue.resultLifetimeMs)) {
      return refusalAnswer(402, definition, ['Job id is not known, or its result has expired']);
    }
    if (job.state === 'cancelled' && asksFor(showCanceled)) {
      return jsonAnswer(200, { ...head, job_state: 'canceled', progress: progressOf(parts, jobId, job) });
    }
    const { result, session } = await resultOf(parts, endpoint, jobId, job, request.signal);
    const headers = parts.sessions.keep(jobId, session, request.headers);
    return jsonAnswer(200, { ...head, job_state: 'done', job_result: result }, headers);
  }
  const progress = progressOf(parts, jobId, job);
  return jsonAnswer(200, { ...head, job_state: job.state === 'active' ? 'processing' : 'queued', progress });
}

/** Older clients ask again and again, without a pause, when they are told `canceled`: only who asks is told. */
function asksFor(flag: unknown): boolean {
  return flag === true || flag === 'true' || flag === '1';
}

function isExpired({ finishedAt }: JobView, lifetimeMs: number): boolean {
  return finishedAt !== null && Date.parse(finishedAt) + lifetimeMs < Date.now();
}
