import { nothingToHeal, soonMs, type Fault } from '../fault.js';

export const postgresRestart: Fault = {
  name: 'postgres-restart',
  topologies: ['split'],
  holdMs: 0,
  recoverWithinMs: soonMs,
  inject: async ({ split }, random) => {
    const signal = random.pick(['SIGINT', 'SIGKILL'] as const);
    await split.postgres.restart(signal);
    return { detail: signal, heal: nothingToHeal };
  },
};
