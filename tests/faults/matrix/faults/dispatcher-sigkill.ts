import { soonMs, type Fault } from '../fault.js';

const downMs = 2_000;

export const dispatcherSigkill: Fault = {
  name: 'dispatcher-sigkill',
  topologies: ['split'],
  holdMs: downMs,
  recoverWithinMs: soonMs,
  inject: async ({ split }) => {
    await split.services.get('dispatcher')?.kill();
    return { detail: 'under load', heal: () => split.restart('dispatcher') };
  },
};

/** The records say "released" and are committed; their entries never reach the queue. */
export const dispatcherSigkillBeforeEnqueue: Fault = {
  name: 'dispatcher-sigkill-before-enqueue',
  topologies: ['split'],
  holdMs: downMs,
  recoverWithinMs: soonMs,
  inject: async ({ split }) => {
    const proxy = split.network.redis.dispatcher;
    await proxy.freezeAt('job.run', AbortSignal.timeout(20_000));
    await split.services.get('dispatcher')?.kill();
    proxy.set({ kind: 'refuse' }); // what was held back must not arrive later
    proxy.set({ kind: 'pass' });
    return { detail: 'between commit and enqueue', heal: () => split.restart('dispatcher') };
  },
};
