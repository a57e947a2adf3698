import { nothingToHeal, soonMs, type Fault } from '../fault.js';
import { workerAtWork } from '../worker-at-work.js';

export const workerSigkill: Fault = {
  name: 'worker-sigkill',
  topologies: ['split', 'embedded'],
  holdMs: 0,
  recoverWithinMs: soonMs,
  inject: async (bench, random) => {
    const worker = await workerAtWork(bench, random);
    process.kill(worker.pid, 'SIGKILL');
    return { detail: `worker ${worker.pid}`, heal: nothingToHeal };
  },
};
