import type { Sql } from '@infermesh/database';
import { MeshError } from '@infermesh/errors';
import { rowsOf } from './records/rows.js';

interface Limits {
  readonly maxUnfinishedPerEndpoint: number;
  readonly maxUnfinishedPerTenant: number;
}

/**
 * Bounds what waits. Counts are read every few seconds and raised by what is created in between, so a bound may be
 * overshot by what other dispatchers create in between, never by more.
 */
export class Backlog {
  readonly #limits: Limits;
  #byEndpoint = new Map<string, number>();
  #byTenant = new Map<string, number>();

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  async refresh(db: Sql): Promise<void> {
    const rows = await rowsOf<{ endpoint_id: string; tenant_id: string; jobs: number }>(
      db,
      `SELECT endpoint_id, tenant_id, count(*) AS jobs FROM job WHERE state IN ('created', 'queued', 'active') GROUP BY endpoint_id, tenant_id`,
    );
    this.#byEndpoint = new Map();
    this.#byTenant = new Map();
    for (const { endpoint_id, tenant_id, jobs } of rows) this.#add(endpoint_id, tenant_id, jobs);
  }

  /** @throws MeshError QUEUE_FULL, QUOTA_EXCEEDED */
  admit(endpointId: string, tenantId: string): void {
    if ((this.#byEndpoint.get(endpointId) ?? 0) >= this.#limits.maxUnfinishedPerEndpoint) {
      throw new MeshError(
        'QUEUE_FULL',
        `endpoint ${endpointId} holds ${this.#limits.maxUnfinishedPerEndpoint} unfinished jobs: try again later`,
        {
          retryAfterSeconds: 5,
        },
      );
    }
    if ((this.#byTenant.get(tenantKey(endpointId, tenantId)) ?? 0) >= this.#limits.maxUnfinishedPerTenant) {
      throw new MeshError(
        'QUOTA_EXCEEDED',
        `you have ${this.#limits.maxUnfinishedPerTenant} unfinished jobs on this endpoint: let some finish or delete some`,
        { retryAfterSeconds: 5 },
      );
    }
    this.#add(endpointId, tenantId, 1);
  }

  /** Unfinished jobs of an endpoint, as far as this dispatcher knows. */
  unfinishedOf(endpointId: string): number {
    return this.#byEndpoint.get(endpointId) ?? 0;
  }

  #add(endpointId: string, tenantId: string, jobs: number): void {
    const tenant = tenantKey(endpointId, tenantId);
    this.#byEndpoint.set(endpointId, (this.#byEndpoint.get(endpointId) ?? 0) + jobs);
    this.#byTenant.set(tenant, (this.#byTenant.get(tenant) ?? 0) + jobs);
  }
}

function tenantKey(endpointId: string, tenantId: string): string {
  return `${endpointId}\n${tenantId}`;
}
