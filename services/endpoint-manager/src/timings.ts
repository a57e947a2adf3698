import type { EndpointTimings } from './managed-endpoint.js';

export interface ManagerTimings extends EndpointTimings {
  /** How often the Redis users of all endpoints are set again. */
  readonly accessRefreshMs: number;
  /** How long a report waits for the dispatcher's answer. */
  readonly reportTimeoutMs: number;
  /** How long a manager that gives no sign of life stays the owner of the endpoints. */
  readonly leaseMs: number;
}

export const defaultTimings: ManagerTimings = {
  restart: { firstMs: 200, maxMs: 30_000 },
  healthyMs: 60_000,
  readyTimeoutMs: 120_000,
  heartbeatMs: 2_000,
  accessRefreshMs: 15_000,
  reportTimeoutMs: 3_000,
  retry: { firstMs: 200, maxMs: 2_000 },
  leaseMs: 15_000,
  lastWordMs: 1_000,
};
