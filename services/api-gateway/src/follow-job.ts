import { setTimeout as delay } from 'node:timers/promises';
import { getJob, isFinal, jobState, type JobAccess, type JobState, type JobView } from '@infermesh/contracts';
import type { JobEvent, JobQueue } from '@infermesh/job-queue';
import { callService, type CallScope } from './mesh-calls.js';

export interface JobFollow {
  readonly id: string;
  /** Asked again before each sight. @throws MeshError when the caller may look no longer */
  readonly access: () => Promise<JobAccess>;
  /** News after this one are told, those that were kept at once; 0 for all. */
  readonly afterSeq: number;
  /** Silence after which the record is read for the first time: the news may be lost or forgotten. Default 1000. */
  readonly firstLookMs?: number;
  /** And from then on; default 2500. */
  readonly lookEveryMs?: number;
}

/** What there is to see of a job: news of a state that is not final, or its record. */
export type JobSight =
  | { readonly kind: 'news'; readonly seq: number; readonly state: JobState }
  | { readonly kind: 'record'; readonly job: JobView };

/**
 * News of a job as they come, and its record whenever they are silent for a while. Ends after the record of a final state, and
 * without it when the scope's signal aborts.
 *
 * @throws MeshError what `access` throws; NOT_FOUND once the job was deleted
 */
export async function* followJob(
  jobQueue: JobQueue,
  { id, access, afterSeq, firstLookMs = 1_000, lookEveryMs = 2_500 }: JobFollow,
  scope: CallScope,
): AsyncGenerator<JobSight, void, undefined> {
  const over = new AbortController();
  const signal = AbortSignal.any([scope.signal, over.signal]);
  const news = jobQueue.follow(id, { afterSeq, signal })[Symbol.asyncIterator]();
  try {
    let next = news.next();
    let silenceMs = firstLookMs;
    for (;;) {
      const heard = await heardWithin(next, silenceMs, signal);
      if (isAborted(signal)) return;
      const allowed = await access();
      const sight = heard === undefined ? undefined : toSight(heard);
      if (sight !== undefined) {
        yield sight;
      } else {
        const wanted = { access: allowed, id, withUrls: true, withQueuePosition: true };
        const { job } = await callService(jobQueue, getJob, wanted, { ...scope, signal });
        yield { kind: 'record', job };
        if (isFinal(job.state)) return;
        silenceMs = lookEveryMs;
      }
      if (heard !== undefined) next = news.next();
    }
  } catch (error) {
    if (!isAborted(signal)) throw error;
  } finally {
    over.abort();
  }
}

/** Undefined after a silence, and when the signal aborts. */
async function heardWithin(
  next: Promise<IteratorResult<JobEvent>>,
  silenceMs: number,
  signal: AbortSignal,
): Promise<JobEvent | undefined> {
  const heard = new AbortController();
  const silence = delay(silenceMs, undefined, { signal: AbortSignal.any([signal, heard.signal]) });
  try {
    const result = await Promise.race([next, silence.catch(() => undefined)]);
    return result === undefined || result.done === true ? undefined : result.value;
  } finally {
    heard.abort();
  }
}

/** Undefined where the record has more to say: it has ended, or this is news of another kind. */
function toSight({ seq, data }: JobEvent): JobSight | undefined {
  const { success, data: state } = jobState.safeParse((data as { readonly state?: unknown } | null)?.state);
  return success && !isFinal(state) ? { kind: 'news', seq, state } : undefined;
}

/** A function, because the compiler takes a property it has read once for unchanging. */
function isAborted({ aborted }: AbortSignal): boolean {
  return aborted;
}
