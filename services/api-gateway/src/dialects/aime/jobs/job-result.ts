import type { JobEndpoint, JsonValue } from '@infermesh/aime-endpoints';
import { jsonObject } from '@infermesh/contracts';
import { z } from 'zod';

const longestWord = 200;
const seconds = z.number().nullable();
const word = z.string().max(longestWord).nullable();

/** What a worker may tell of its own times, in seconds. */
const workerTimes = z.object({
  arrival_time: seconds,
  finished_time: seconds,
  pending_duration: seconds,
  preprocessing_duration: seconds,
});

/** A worker's result as it is kept. */
export const storedResult = z.object({
  outputs: jsonObject,
  /** New values of [SESSION.VARS]. */
  session: jsonObject.default({}),
  worker: workerTimes.extend({ auth: word, version: word }),
});
export type StoredResult = z.output<typeof storedResult>;

/** Of the mesh's own workers: they have no name that a client should know. */
export const noWorker: StoredResult['worker'] = {
  arrival_time: null,
  finished_time: null,
  pending_duration: null,
  preprocessing_duration: null,
  auth: null,
  version: null,
};

/** The name of the object that holds a result that is too large for the record. */
export const resultName = 'result.json';

export interface ResultTimes {
  readonly submittedAtMs: number;
  readonly startedAtMs: number | null;
  readonly finishedAtMs: number;
}

/** Reads what a worker says of itself beside the outputs. What is missing or no number, or no short text, is null. */
export function workerPart(body: Readonly<Record<string, unknown>>): StoredResult['worker'] {
  const secondsOf = (name: string): number | null => {
    const value = body[name];
    return typeof value === 'number' && Number.isFinite(value) ? value : null;
  };
  const wordOf = (name: string): string | null => {
    const value = body[name];
    return typeof value === 'string' && value.length <= longestWord ? value : null;
  };
  return {
    arrival_time: secondsOf('arrival_time'),
    finished_time: secondsOf('finished_time'),
    pending_duration: secondsOf('pending_duration'),
    preprocessing_duration: secondsOf('preprocessing_duration'),
    auth: wordOf('auth'),
    version: wordOf('version'),
  };
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
