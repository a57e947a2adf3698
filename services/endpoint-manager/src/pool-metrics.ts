import type { Metrics } from '@infermesh/telemetry';
import { seatStates, type SeatState } from './worker-seat.js';

export interface PoolMetrics {
  setWorkers(endpointId: string, counts: ReadonlyMap<SeatState, number>): void;
  countRestart(endpointId: string): void;
  /** Drops the series of an endpoint that is gone. */
  forget(endpointId: string): void;
}

export function createPoolMetrics(metrics: Metrics): PoolMetrics {
  const workers = metrics.gauge({
    name: 'mesh_endpoint_workers',
    help: 'Places for workers, by what they do now',
    labels: ['endpoint', 'state'],
  });
  const restarts = metrics.counter({
    name: 'mesh_endpoint_restarts_total',
    help: 'Workers started again after a crash',
    labels: ['endpoint'],
  });
  return {
    setWorkers(endpoint, counts) {
      for (const state of seatStates) workers.set({ endpoint, state }, counts.get(state) ?? 0);
    },
    countRestart(endpoint) {
      restarts.inc({ endpoint });
    },
    forget(endpoint) {
      for (const state of seatStates) workers.remove({ endpoint, state });
      restarts.remove({ endpoint });
    },
  };
}
