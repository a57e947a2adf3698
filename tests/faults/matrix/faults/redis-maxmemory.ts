import { soonMs, type Fault } from '../fault.js';

/** With `noeviction` every write is refused while reads go on. */
export const redisMaxmemory: Fault = {
  name: 'redis-maxmemory',
  topologies: ['split'],
  holdMs: 10_000,
  recoverWithinMs: soonMs,
  inject: async ({ redis }) => {
    const [, before = '0'] = await redis.config('GET', 'maxmemory');
    await redis.config('SET', 'maxmemory', '1mb');
    return {
      detail: 'maxmemory 1mb',
      heal: async () => {
        await redis.config('SET', 'maxmemory', before);
      },
    };
  },
};
