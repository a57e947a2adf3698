import { followForever, type JobQueue } from '@infermesh/job-queue';
import type { Logger } from '@infermesh/telemetry';
import { z } from 'zod';
import type { Pools } from './pools.js';

const stream = 'pools';

const poolNews = z.object({ endpointId: z.string(), slots: z.number(), removed: z.boolean() });
type PoolNews = z.infer<typeof poolNews>;

/** A report of the endpoint manager reaches one dispatcher; this tells the others. */
export async function announcePool(jobQueue: JobQueue, logger: Logger, news: PoolNews): Promise<void> {
  await jobQueue.appendEvent(stream, 'report', news).catch((error: unknown) => {
    // They hear the next one, within seconds.
    logger.warn({ err: error, endpointId: news.endpointId }, 'other dispatchers not told of a pool');
  });
}

export function followPools(jobQueue: JobQueue, pools: Pools, logger: Logger): AsyncDisposable {
  return followForever(jobQueue, stream, {
    onEvent: async ({ data }) => {
      const { endpointId, slots, removed } = poolNews.parse(data);
      if (removed) await pools.remove(endpointId);
      else await pools.configure(endpointId, slots);
    },
    logger,
  });
}
