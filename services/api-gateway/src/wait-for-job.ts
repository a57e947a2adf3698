import { setTimeout as delay } from 'node:timers/promises';
import { getJob, isFinal, type JobAccess, type JobView } from '@infermesh/contracts';
import type { JobQueue } from '@infermesh/job-queue';
import { callService, type CallScope } from './mesh-calls.js';

export interface JobWait {
  readonly access: JobAccess;
  readonly id: string;
  /** How it stood a moment ago; the record is not read until there is news. Without it the record is read first. */
  readonly known?: JobView;
  /** Epoch milliseconds. */
  readonly untilMs: number;
  /** How often the record is read without news, which can be lost and are kept for an hour only; default 2500. */
  readonly lookEveryMs?: number;
}

const never = new Promise<never>(() => undefined);

/**
 * Waits until a job has ended, or until `untilMs`. News of the job wakes the wait; the answer is always read from the record.
 *
 * @returns the record with URLs, final or not
 */
export async function waitForJob(
  jobQueue: JobQueue,
  { access, id, known, untilMs, lookEveryMs = 2_500 }: JobWait,
  scope: CallScope,
): Promise<JobView> {
  const over = new AbortController();
  const signal = AbortSignal.any([scope.signal, over.signal]);
  let news: Promise<unknown> = untilFinalNews(jobQueue, id, signal).catch(() => undefined);
  const pauseMs = (): number => Math.max(0, Math.min(lookEveryMs, untilMs - Date.now()));
  const untilNews = async (): Promise<void> => {
    const pause = delay(pauseMs(), 'pause', { signal }).catch(() => undefined);
    if ((await Promise.race([news, pause])) !== 'pause') news = never; // they come once
  };
  try {
    if (known !== undefined && !isFinal(known.state)) await untilNews();
    for (;;) {
      const { job } = await callService(jobQueue, getJob, { access, id, withUrls: true }, scope);
      if (isFinal(job.state) || Date.now() >= untilMs) return job;
      await untilNews();
    }
  } finally {
    over.abort();
  }
}

async function untilFinalNews(jobQueue: JobQueue, id: string, signal: AbortSignal): Promise<void> {
  await jobQueue.untilEvent(id, ({ data }) => isFinal((data as { state: JobView['state'] }).state), { signal });
}
