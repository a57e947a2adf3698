import { lateMs, type Fault } from '../fault.js';
import { workerAtWork } from '../worker-at-work.js';

/** Alive for the system, dead for everybody else; and awake again when its work has long been given to others. */
export const workerSigstop: Fault = {
  name: 'worker-sigstop',
  topologies: ['split'],
  holdMs: 45_000,
  recoverWithinMs: lateMs,
  inject: async (bench, random) => {
    const { pid } = await workerAtWork(bench, random);
    process.kill(pid, 'SIGSTOP');
    return {
      detail: `worker ${pid}`,
      heal: async () => {
        const isThere = (await bench.workers()).some((worker) => worker.pid === pid);
        if (isThere) process.kill(pid, 'SIGCONT');
      },
    };
  },
};
