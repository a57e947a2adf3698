import type { JobEndpoint, JsonValue } from '@infermesh/aime-endpoints';
import { z } from 'zod';

/** What is missing or no number is null. */
const seconds = z.number().nullable().catch(null);
const word = z.string().max(200).nullable().catch(null);

/** What a worker may tell of its own times, in seconds. */
const workerTimes = z.object({
  arrival_time: seconds,
  finished_time: seconds,
  pending_duration: seconds,
  preprocessing_duration: seconds,
});

const outputs = z.record(z.string(), z.json());

/** A worker's result as it is kept. */
export const storedResult = z.object({
  outputs,
  /** New values of [SESSION.VARS]. */
  session: outputs.default({}),
  worker: workerTimes.extend({ auth: word, version: word }),
});
export type StoredResult = z.output<typeof storedResult>;

/** The name of the object that holds a result that is too large for the record. */
export const resultName = 'result.json';

export interface ResultTimes {
  readonly submittedAtMs: number;
  readonly startedAtMs: number | null;
  readonly finishedAtMs: number;
}

/** Reads what a worker says of itself beside the outputs. */
export function workerPart(body: Readonly<Record<string, unknown>>): StoredResult['worker'] {
  return storedResult.shape.worker.parse(body);
}

/** What the client gets: dossier 1.6. */
export function resultObject(
  { version, clients }: Pick<JobEndpoint, 'version' | 'clients'>,
  jobId: string,
  { outputs: values, worker }: StoredResult,
  times: ResultTimes,
): Record<string, JsonValue> {
  const { auth, version: interfaceVersion, ...told } = worker;
  const about = clients.provideWorkerMetaData ? { auth, worker_interface_version: interfaceVersion } : {};
  const known = Object.entries(told).filter((entry): entry is [string, number] => typeof entry[1] === 'number');
  return {
    ...(values as Record<string, JsonValue>),
    success: true,
    job_id: jobId,
    ep_version: version,
    ...about,
    ...timeFields(times),
    ...Object.fromEntries(known),
  };
}

/** The result of a job that failed: for clients, a result like another, with `error`. */
export function failedResult(
  { version }: Pick<JobEndpoint, 'version'>,
  jobId: string,
  error: string,
): Record<string, JsonValue> {
  return { success: true, job_id: jobId, ep_version: version, error };
}

function timeFields({ submittedAtMs, startedAtMs, finishedAtMs }: ResultTimes): Record<string, number> {
  return {
    start_time: submittedAtMs / 1000,
    ...(startedAtMs === null
      ? {}
      : {
          start_time_compute: startedAtMs / 1000,
          compute_duration: roundedSeconds(finishedAtMs - startedAtMs),
        }),
    result_received_time: finishedAtMs / 1000,
    total_duration: roundedSeconds(finishedAtMs - submittedAtMs),
  };
}

function roundedSeconds(ms: number): number {
  return Math.max(Math.round(ms) / 1000, 0);
}
