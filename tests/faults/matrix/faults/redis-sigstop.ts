import { lateMs, type Fault } from '../fault.js';

export const redisSigstop: Fault = {
  name: 'redis-sigstop',
  topologies: ['split', 'embedded'],
  holdMs: 20_000,
  recoverWithinMs: lateMs,
  inject: async (bench) => {
    const { pid } = await bench.redisServer();
    process.kill(pid, 'SIGSTOP');
    return {
      detail: `redis-server ${pid}`,
      heal: () => {
        process.kill(pid, 'SIGCONT');
        return Promise.resolve();
      },
    };
  },
};
