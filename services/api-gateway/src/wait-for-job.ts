import { getJob, isFinal, type JobAccess, type JobView } from '@infermesh/contracts';
import type { JobQueue } from '@infermesh/job-queue';
import { callService, type CallScope } from './mesh-calls.js';

/**
 * Waits until a job has ended, or until `untilMs` (epoch milliseconds). News of the job wakes the wait; the answer is always read
 * from the record.
 *
 * @returns the record with URLs, final or not
 */
export async function waitForJob(
  jobQueue: JobQueue,
  { access, id, untilMs }: { access: JobAccess; id: string; untilMs: number },
  scope: CallScope,
): Promise<JobView> {
  const look = async (): Promise<JobView> =>
    (await callService(jobQueue, getJob, { access, id, withUrls: true }, scope)).job;
  const timeUp = AbortSignal.timeout(Math.max(untilMs - Date.now(), 1));
  const signal = AbortSignal.any([scope.signal, timeUp]);
  try {
    for await (const news of jobQueue.follow(id, { signal })) {
      const { state } = news.data as { state: JobView['state'] };
      if (isFinal(state)) break;
    }
  } catch (error) {
    if (!timeUp.aborted) throw error;
  }
  return look();
}
