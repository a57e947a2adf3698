import { filterOutputs, type JobEndpoint, type JsonValue } from '@infermesh/aime-endpoints';
import { maxInlineInputBytes, type JobProgress } from '@infermesh/contracts';
import { jsonAnswer, type DialectRequest, type JsonAnswer, type Route } from '@infermesh/http';
import { z } from 'zod';
import { route, type AimeCaller, type AimeParts } from '../aime-parts.js';
import { leaseMsOf } from '../endpoints/job-spans.js';
import type { LeaseTicket, RecordTicket } from '../job-ids.js';
import { isOfJobType } from './is-of-job-type.js';

const item = z.looseObject({
  job_id: z.string().max(2_000),
  job_type: z.string().max(200),
  auth_key: z.string().max(512).nullish(),
  auth: z.string().max(200).nullish(),
  progress: z.number().nullish().catch(null),
  progress_data: z
    .looseObject({ auth: z.string().max(200).nullish().catch(null) })
    .nullish()
    .catch(null),
});
type Item = z.output<typeof item>;

const maxItems = 1024;
const verdicts = z.array(z.record(z.string(), z.unknown())).meta({ id: 'ProgressVerdicts' });
type Verdict = Record<string, JsonValue>;

/** Dossier 2.4: the state of one job, or of a batch. Whatever comes is answered with a list, as anything else silences the worker. */
export function reportProgressRoute(parts: AimeParts): Route<AimeCaller> {
  return route.open({
    method: 'POST',
    path: '/worker_job_progress',
    operationId: 'ReportProgress',
    summary: 'For workers: how far jobs are. The answer says which were cancelled.',
    body: z.unknown(),
    bodyBytes: parts.server.http.maxBodyBytes,
    answers: { 200: verdicts },
    handler: (request) => reportAll(parts, request),
  });
}

async function reportAll(
  parts: AimeParts,
  request: Pick<DialectRequest<undefined>, 'body' | 'log'>,
): Promise<JsonAnswer<200, Verdict[]>> {
  const { body } = request;
  const items = (Array.isArray(body) ? (body as unknown[]) : [body]).slice(0, maxItems);
  const answers = items.map(async (raw): Promise<Verdict> => {
    const parsed = item.safeParse(raw);
    if (!parsed.success) return { success: false, error_msg: 'the progress of a job needs job_id and job_type' };
    return report(parts, parsed.data).catch((error: unknown) => {
      request.log.warn({ err: error }, 'the progress of a job was not noted');
      return { success: true };
    });
  });
  return jsonAnswer(200, await Promise.all(answers));
}

async function report(parts: AimeParts, progress: Item): Promise<Verdict> {
  const verdict = parts.workerGate.check(progress.job_type, progress.auth_key);
  if (!verdict.ok) return { success: false, error_msg: verdict.message };
  const { jobType } = verdict;
  const workerName = progress.auth ?? progress.progress_data?.auth ?? '';
  parts.workers.heard(jobType.name, workerName);
  const ticket = parts.ids.read(progress.job_id);
  if (ticket === undefined || !isOfJobType(parts.catalogue, ticket, jobType.name)) return { success: true };
  const leaseMs = leaseMsOf(jobType.first.queue);
  const standing =
    ticket.kind === 'lease'
      ? await renewLease(parts, ticket, leaseMs)
      : await renewClaim(parts, { jobType: jobType.name, name: workerName }, ticket, leaseMs, progress);
  return standing === 'cancelled' ? { success: true, job_id: progress.job_id, canceled: true } : { success: true };
}

/** Whoever waits for an attached job gets no progress: the lease is all there is. */
async function renewLease({ jobQueue }: AimeParts, { leaseToken }: LeaseTicket, leaseMs: number): Promise<string> {
  const standing = await jobQueue.leases.renew(leaseToken, leaseMs);
  return standing === 'lost' ? 'cancelled' : standing;
}

async function renewClaim(
  parts: AimeParts,
  worker: { readonly jobType: string; readonly name: string },
  { jobId, endpoint }: RecordTicket,
  leaseMs: number,
  progress: Item,
): Promise<string> {
  const held = await parts.claims.find(worker, jobId);
  // Who says no name, as batches do that have no data, may well hold it: by another gateway.
  if (held === undefined) return worker.name === '' ? 'unknown' : 'cancelled';
  const definition = parts.catalogue.find(endpoint)?.definition;
  const standing = await parts.claims.renew(held, leaseMs, toProgress(progress, definition));
  parts.jobViews.forget(jobId);
  return standing === 'lost' ? 'cancelled' : standing;
}

/** Only what is declared goes to the client. What is too large for a record is left out. */
function toProgress({ progress, progress_data: data }: Item, endpoint: JobEndpoint | undefined): JobProgress {
  const { values } = filterOutputs(endpoint?.progressOutputs ?? [], data ?? {});
  const number = typeof progress === 'number' && Number.isFinite(progress) ? progress : 0;
  const detail = { progress: number, progress_data: values as Record<string, never> };
  const isSmall = JSON.stringify(detail).length <= maxInlineInputBytes;
  return {
    fraction: Math.min(Math.max(number / 100, 0), 1),
    detail: isSmall ? detail : { progress: number, progress_data: {} },
  };
}
