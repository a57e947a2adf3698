import type { Bench } from '../bench.js';
import { soonMs, type Fault } from '../fault.js';

const downMs = 2_000;

/** Clients wait for their answers. */
export const gatewaySigkill: Fault = {
  name: 'gateway-sigkill',
  topologies: ['split'],
  holdMs: downMs,
  recoverWithinMs: soonMs,
  breaksConnections: true,
  inject: async ({ split }) => {
    await split.services.get('api-gateway')?.kill();
    return { detail: 'while clients wait', heal: () => split.restart('api-gateway') };
  },
};

/** The record is written, and its start is on the way: the piece that carries it never leaves the machine. */
export const gatewaySigkillBeforeStart: Fault = {
  name: 'gateway-sigkill-before-start',
  topologies: ['split'],
  holdMs: downMs,
  recoverWithinMs: soonMs,
  breaksConnections: true,
  inject: async ({ split }: Bench) => {
    const proxy = split.network.redis['api-gateway'];
    await proxy.freezeAt('jobs.start', AbortSignal.timeout(20_000));
    await split.services.get('api-gateway')?.kill();
    proxy.set({ kind: 'refuse' }); // what was held back must not arrive later
    proxy.set({ kind: 'pass' });
    return { detail: 'between create and start', heal: () => split.restart('api-gateway') };
  },
};
