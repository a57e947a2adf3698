import type { JobEndpoint, JsonValue } from '@infermesh/aime-endpoints';
import { isFinal, type JobView } from '@infermesh/contracts';
import type { AimeParts } from '../aime-parts.js';
import { externalEndpointId } from '../endpoints/queue-name.js';
import { getObject } from '../object-transfer.js';
import type { JobData } from './job-inputs.js';
import { failedResult, noWorker, resultName, resultObject, storedResult } from './job-result.js';

export type JsonFields = Record<string, JsonValue>;

/** What a job came to. */
export interface JobEnd {
  /** As its client gets it: dossier 1.6. */
  readonly result: JsonFields;
  /** New values of [SESSION.VARS]. */
  readonly session: JobData;
}

/** The result of a record that has ended. */
export async function resultOf(
  parts: AimeParts,
  endpoint: JobEndpoint,
  jobId: string,
  job: JobView,
  signal: AbortSignal,
): Promise<JobEnd> {
  if (job.state !== 'succeeded') {
    return { result: failedResult(endpoint, jobId, job.reason ?? 'the job failed'), session: {} };
  }
  const stored = storedResult.parse(await readResult(parts, endpoint, job, signal));
  const result = resultObject(endpoint, jobId, stored, {
    submittedAtMs: Date.parse(job.queuedAt ?? job.createdAt),
    startedAtMs: job.startedAt === null ? null : Date.parse(job.startedAt),
    finishedAtMs: Date.parse(job.finishedAt ?? job.createdAt),
  });
  return { result, session: stored.session };
}

async function readResult(
  { server, runtimeJobs }: AimeParts,
  endpoint: JobEndpoint,
  job: JobView,
  signal: AbortSignal,
): Promise<unknown> {
  const { runtime, jobType } = endpoint.worker;
  if (runtime !== null && job.endpointId !== externalEndpointId(jobType)) {
    return { outputs: await runtimeJobs.outputsOf(endpoint, job, signal), worker: noWorker };
  }
  const url = job.outputs.find(({ name }) => name === resultName)?.url;
  if (url === undefined) return job.result;
  return JSON.parse((await getObject(url, 2 * server.http.maxBodyBytes, signal)).toString()) as unknown;
}

/** dossier 1.5, for a job that waits or runs. */
export function progressOf(parts: AimeParts, jobId: string, job: JobView): JsonFields {
  const { jobType } = job;
  const online = parts.workers.countOnline(jobType);
  const shared = { num_workers_online: online, estimate: estimateOf(parts, jobType, job, online) };
  if (job.state !== 'active') {
    return { queue_position: job.queuePosition ?? 0, ...shared, progress: 0, progress_data: {} };
  }
  const detail = job.progress?.detail;
  return {
    ...(detail === undefined ? {} : { job_id: jobId }),
    progress: (detail?.['progress'] as JsonValue | undefined) ?? 0,
    progress_data: (detail?.['progress_data'] as JsonValue | undefined) ?? {},
    queue_position: 0,
    ...shared,
  };
}

export function isOver(job: JobView): boolean {
  return isFinal(job.state);
}

/** In seconds, with one decimal; -1 where nobody knows. */
function estimateOf({ workers }: AimeParts, jobType: string, job: JobView, online: number): number {
  const meanMs = workers.meanMs(jobType);
  if (online === 0 || meanMs === undefined) return -1;
  const isActive = job.state === 'active';
  const sinceMs = Date.now() - Date.parse((isActive ? job.startedAt : job.queuedAt) ?? job.createdAt);
  const capacity = Math.max(workers.capacity(jobType), 1);
  const wholeMs = isActive ? meanMs : meanMs * (Math.floor((job.queuePosition ?? 1) / capacity) + 1);
  return Math.round(Math.max(wholeMs - sinceMs, 0) / 100) / 10;
}
