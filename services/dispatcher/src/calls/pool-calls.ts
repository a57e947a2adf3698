import { reportPool } from '@infermesh/contracts';
import { handle, type CallHandler } from '@infermesh/job-queue';
import type { Parts } from '../parts.js';
import { failWaitingJobsOf, lapseClaimsOf } from '../records/overdue-jobs.js';
import type { Reconciler } from '../reconciler.js';

/** What the endpoint manager tells of its pools. */
export function poolCalls(parts: Parts, reconciler: Reconciler): CallHandler[] {
  return [
    handle(reportPool, async ({ endpointId, slots, removed, lostWorkers }) => {
      if (removed) {
        await parts.pools.remove(endpointId);
        for (const job of await failWaitingJobsOf(parts.db, endpointId, parts.settings.retainMs))
          parts.news.announce(job.id, job.state);
        return {};
      }
      await parts.pools.configure(endpointId, slots);
      if (lostWorkers.length > 0) {
        parts.logger.warn({ endpointId, lostWorkers }, 'workers lost');
        await lapseClaimsOf(parts.db, endpointId, lostWorkers);
        await reconciler.sweep();
      }
      return {};
    }),
  ];
}
