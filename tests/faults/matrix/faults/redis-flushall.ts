import { nothingToHeal, soonMs, type Fault } from '../fault.js';

export const redisFlushall: Fault = {
  name: 'redis-flushall',
  topologies: ['split', 'embedded'],
  holdMs: 0,
  recoverWithinMs: soonMs,
  inject: async ({ redis }) => {
    await redis.flushall();
    return { detail: 'all keys', heal: nothingToHeal };
  },
};
