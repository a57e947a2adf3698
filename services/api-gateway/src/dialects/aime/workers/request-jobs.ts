import { describeForWorker, type JobEndpoint, type JsonValue } from '@infermesh/aime-endpoints';
import { MeshError } from '@infermesh/errors';
import { jsonAnswer, type DialectRequest, type JsonAnswer, type Route } from '@infermesh/http';
import { route, type AimeCaller, type AimeParts } from '../aime-parts.js';
import { anyObject } from '../endpoint-request.js';
import type { JobType } from '../endpoints/endpoint-catalogue.js';
import { takeJobs, type HandedJob } from './take-jobs.js';
import { jobRequestBody, type JobRequestBody } from './worker-body.js';
import type { WorkerFacts } from './worker-registry.js';

type JobRequest = Pick<DialectRequest<undefined>, 'signal' | 'stopping' | 'note'> & { readonly body: JobRequestBody };

const answers = { 200: anyObject };

/** A worker gives up on a poll after its own time: it has to hear before. */
const shareOfPatience = 0.9;

/** Polls are shorter. */
const longestPollMs = 3_600_000;

/** Dossier 2.3: a long poll for a batch of jobs. */
export function requestJobsRoute(parts: AimeParts): Route<AimeCaller> {
  return route.open({
    method: 'POST',
    path: '/worker_job_request',
    operationId: 'RequestJobs',
    summary: 'For workers: waits for jobs of their type.',
    body: jobRequestBody,
    bodyBytes: 65_536,
    requestTimeoutMs: longestPollMs + 60_000,
    answers,
    handler: (request) => requestJobs(parts, request),
  });
}

async function requestJobs(parts: AimeParts, request: JobRequest): Promise<JsonAnswer<200, Record<string, JsonValue>>> {
  const { body } = request;
  const verdict = parts.workerGate.check(body.job_type, body.auth_key);
  if (!verdict.ok) return jsonAnswer(200, { cmd: 'error', msg: verdict.message });
  const { jobType } = verdict;
  parts.workerNews.tell(jobType.name, factsOf(jobType, body));
  const leave = parts.workers.polls(jobType.name, body.auth);
  try {
    const jobs = await takeJobs(parts, {
      jobType,
      workerName: body.auth,
      max: body.max_job_batch,
      untilMs: Date.now() + waitOf(jobType, body),
      signal: AbortSignal.any([request.signal, request.stopping]),
    });
    if (request.signal.aborted) await giveBackAll(parts, jobs);
    request.signal.throwIfAborted();
    if (jobs.length > 0) {
      parts.workers.holds(jobType.name, body.auth, jobs.length);
      request.note({ jobs: jobs.length });
      return jsonAnswer(200, jobAnswer(jobs));
    }
    if (request.stopping.aborted) throw new MeshError('SERVICE_UNAVAILABLE', 'the server is stopping');
    return jsonAnswer(200, { cmd: 'no_job' });
  } finally {
    leave();
  }
}

function waitOf({ first }: JobType, { request_timeout: patienceSeconds }: JobRequestBody): number {
  const patienceMs = patienceSeconds === null || patienceSeconds === undefined ? Infinity : patienceSeconds * 1000;
  return Math.min(first.worker.requestTimeoutMs, patienceMs * shareOfPatience, longestPollMs);
}

/** The worker hung up before it had the answer. */
async function giveBackAll({ logger }: AimeParts, jobs: readonly HandedJob[]): Promise<void> {
  await Promise.all(
    jobs.map(async (job) => {
      await job.giveBack().catch((error: unknown) => {
        logger.warn({ err: error }, 'a job was not given back: its lease has to end');
      });
    }),
  );
}

function factsOf({ first }: JobType, body: JobRequestBody): WorkerFacts {
  const patienceMs = (body.request_timeout ?? 0) * 1000;
  return {
    name: body.auth,
    maxBatch: body.max_job_batch,
    gpuName: body.gpu_name ?? null,
    numGpus: body.num_gpus ?? null,
    framework: body.framework ?? null,
    frameworkVersion: body.framework_version ?? null,
    pytorchVersion: body.pytorch_version ?? null,
    interfaceVersion: body.version ?? null,
    silenceMs: 2 * Math.max(patienceMs, first.worker.requestTimeoutMs),
    model: {
      label: body.model_label ?? null,
      quantization: body.model_quantization ?? null,
      size: body.model_size ?? null,
      family: body.model_family ?? null,
      type: body.model_type ?? null,
      repoName: body.model_repo_name ?? null,
    },
  };
}

/** Descriptions are of all endpoints that are in the batch; of a name that two have, the first job's. */
function jobAnswer(jobs: readonly HandedJob[]): Record<string, JsonValue> {
  const endpoints = [...new Set(jobs.map(({ endpoint }) => endpoint))].reverse();
  const merged = (describe: (endpoint: JobEndpoint) => object): JsonValue =>
    Object.assign({}, ...endpoints.map(describe)) as JsonValue;
  return {
    cmd: 'job',
    endpoint_name: jobs[0]?.endpoint.name ?? null,
    job_data: jobs.map(jobData),
    input_descriptions: merged(({ tables }) => tables.inputs),
    progress_output_descriptions: merged(({ progressOutputs }) => describeForWorker(progressOutputs)),
    final_output_descriptions: merged(({ outputs }) => describeForWorker(outputs)),
  };
}

function jobData({ jobId, data, submittedAtMs, startedAtMs }: HandedJob): JsonValue {
  return {
    ...(data as Record<string, JsonValue>),
    job_id: jobId,
    start_time: submittedAtMs / 1000,
    start_time_compute: startedAtMs / 1000,
  };
}
