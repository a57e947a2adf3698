import { nothingToHeal, soonMs, type Fault } from '../fault.js';

export const modelSigkill: Fault = {
  name: 'model-sigkill',
  topologies: ['split', 'embedded'],
  holdMs: 0,
  recoverWithinMs: soonMs,
  inject: async (bench, random) => {
    const model = random.pick(await bench.modelProcesses());
    process.kill(model.pid, 'SIGKILL');
    return { detail: `model process ${model.pid}`, heal: nothingToHeal };
  },
};
