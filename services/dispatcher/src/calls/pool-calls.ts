import { reportPool } from '@infermesh/contracts';
import { handle, type CallHandler } from '@infermesh/job-queue';
import type { Parts } from '../parts.js';
import { announcePool } from '../pool-news.js';
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
      } else {
        await parts.pools.configure(endpointId, slots);
      }
      await announcePool(parts.jobQueue, parts.logger, { endpointId, slots, removed });
      if (lostWorkers.length > 0 && !removed) {
        parts.logger.info({ endpointId, lostWorkers }, 'workers ended: their claims lapse');
        await lapseClaimsOf(parts.db, endpointId, lostWorkers);
        await reconciler.sweep();
      }
      return {};
    }),
  ];
}
