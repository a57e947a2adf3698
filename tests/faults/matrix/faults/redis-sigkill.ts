import { nothingToHeal, soonMs, type Fault } from '../fault.js';

/** Its supervisor starts it again, with its append-only file. */
export const redisSigkill: Fault = {
  name: 'redis-sigkill',
  topologies: ['split', 'embedded'],
  holdMs: 0,
  recoverWithinMs: soonMs,
  inject: async (bench) => {
    const { pid } = await bench.redisServer();
    process.kill(pid, 'SIGKILL');
    return { detail: `redis-server ${pid}`, heal: nothingToHeal };
  },
};
