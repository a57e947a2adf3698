import { setTimeout as delay } from 'node:timers/promises';
import { getJob, isFinal, type JobAccess, type JobView } from '@infermesh/contracts';
import type { JobQueue } from '@infermesh/job-queue';
import { callService, type CallScope } from './mesh-calls.js';

export interface JobWait {
  readonly access: JobAccess;
  readonly id: string;
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
  { access, id, untilMs, lookEveryMs = 2_500 }: JobWait,
  scope: CallScope,
): Promise<JobView> {
  const over = new AbortController();
  const signal = AbortSignal.any([scope.signal, over.signal]);
  let news: Promise<unknown> = untilFinalNews(jobQueue, id, signal).catch(() => undefined);
  try {
    for (;;) {
      const { job } = await callService(jobQueue, getJob, { access, id, withUrls: true }, scope);
      const restMs = untilMs - Date.now();
      if (isFinal(job.state) || restMs <= 0) return job;
      const pause = delay(Math.min(lookEveryMs, restMs), 'pause', { signal }).catch(() => undefined);
      if ((await Promise.race([news, pause])) !== 'pause') news = never; // they come once
    }
  } finally {
    over.abort();
  }
}

async function untilFinalNews(jobQueue: JobQueue, id: string, signal: AbortSignal): Promise<void> {
  for await (const { data } of jobQueue.follow(id, { signal })) {
    if (isFinal((data as { state: JobView['state'] }).state)) return;
  }
}
