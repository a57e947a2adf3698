import type { Sql } from '@infermesh/database';
import { rowsOf } from './rows.js';

export interface ReleasedJob {
  readonly id: string;
  readonly release: number;
}

export interface EndpointLoad {
  /** Records that a worker holds. */
  readonly active: number;
  /** Records that stand in the queue for a worker to take. */
  readonly unclaimed: number;
  /** Records that could be released now; counted up to the limit asked for. */
  readonly waiting: number;
}

export async function readEndpointLoad(db: Sql, endpointId: string, waitingLimit: number): Promise<EndpointLoad> {
  const [row] = await rowsOf<{ active: number; unclaimed: number; waiting: number }>(
    db,
    `SELECT (SELECT count(*) FROM job WHERE endpoint_id = $1 AND released_at IS NOT NULL AND state = 'active') AS active,
       (SELECT count(*) FROM job WHERE endpoint_id = $1 AND released_at IS NOT NULL AND state = 'queued') AS unclaimed,
       (SELECT count(*) FROM (SELECT 1 FROM job WHERE endpoint_id = $1 AND state = 'queued' AND released_at IS NULL
          AND (not_before IS NULL OR not_before <= now()) LIMIT $2) AS due) AS waiting`,
    [endpointId, waitingLimit],
  );
  return { active: row?.active ?? 0, unclaimed: row?.unclaimed ?? 0, waiting: row?.waiting ?? 0 };
}

/** Marks all waiting records released, when there is room for all of them: then it is all one in which order. */
export async function releaseAllRows(db: Sql, endpointId: string, room: number): Promise<ReleasedJob[]> {
  return rowsOf<ReleasedJob>(
    db,
    `UPDATE job SET release = release + 1, released_at = now()
     WHERE id IN (SELECT id FROM job WHERE endpoint_id = $1 AND state = 'queued' AND released_at IS NULL
         AND (not_before IS NULL OR not_before <= now()) ORDER BY priority DESC, queued_at LIMIT $2 FOR UPDATE SKIP LOCKED)
     RETURNING id, release`,
    [endpointId, room],
  );
}

/**
 * Chooses up to `room` waiting records in weighted fair order and marks them released: the next turn goes to the tenant whose
 * (jobs in flight + turns taken now) / weight is least; within a tenant by priority, then to the owner who has least in flight and
 * taken, then by age. The cost depends on the number of waiting owners and on `room`, not on the length of the queue: owners are
 * found by hopping along the index.
 */
export async function releaseJobRows(db: Sql, endpointId: string, room: number): Promise<ReleasedJob[]> {
  const released = await rowsOf<ReleasedJob & { turn: number }>(
    db,
    `WITH RECURSIVE owners AS (
       (SELECT tenant_id, owner FROM job WHERE endpoint_id = $1 AND state = 'queued' AND released_at IS NULL
        ORDER BY tenant_id, owner LIMIT 1)
       UNION ALL
       SELECT next.tenant_id, next.owner FROM owners CROSS JOIN LATERAL (
         SELECT tenant_id, owner FROM job WHERE endpoint_id = $1 AND state = 'queued' AND released_at IS NULL
           AND (tenant_id, owner) > (owners.tenant_id, owners.owner) ORDER BY tenant_id, owner LIMIT 1
       ) AS next
     ), flight AS (
       SELECT tenant_id, owner, count(*) AS jobs FROM job
       WHERE endpoint_id = $1 AND released_at IS NOT NULL AND state IN ('queued', 'active') GROUP BY tenant_id, owner
     ), tenant_flight AS (
       SELECT tenant_id, sum(jobs) AS jobs FROM flight GROUP BY tenant_id
     ), waiting AS (
       SELECT next.*, owners.tenant_id,
         coalesce(flight.jobs, 0) + row_number() OVER (PARTITION BY owners.tenant_id, owners.owner ORDER BY next.priority DESC, next.queued_at) AS own_turn
       FROM owners LEFT JOIN flight USING (tenant_id, owner)
       CROSS JOIN LATERAL (
         SELECT id, priority, queued_at, weight FROM job
         WHERE endpoint_id = $1 AND tenant_id = owners.tenant_id AND owner = owners.owner AND state = 'queued' AND released_at IS NULL
           AND (not_before IS NULL OR not_before <= now())
         ORDER BY priority DESC, queued_at LIMIT $2
       ) AS next
     ), candidates AS (
       SELECT waiting.id, waiting.queued_at,
         (coalesce(tenant_flight.jobs, 0) + row_number() OVER (PARTITION BY tenant_id ORDER BY waiting.priority DESC, waiting.own_turn, waiting.queued_at))::float8
           / waiting.weight AS turn
       FROM waiting LEFT JOIN tenant_flight USING (tenant_id)
     ), chosen AS (
       SELECT id, turn, queued_at FROM candidates ORDER BY turn, queued_at LIMIT $2
     ), released AS (
       UPDATE job SET release = release + 1, released_at = now()
       FROM chosen WHERE job.id = chosen.id AND job.state = 'queued' AND job.released_at IS NULL
       RETURNING job.id, job.release, chosen.turn, chosen.queued_at
     )
     SELECT id, release, turn FROM released ORDER BY turn, queued_at`,
    [endpointId, room],
  );
  return released.map(({ id, release }) => ({ id, release }));
}

/** Undoes a release whose entry never reached the queue, so that the next round takes it again. */
export async function takeBackReleases(db: Sql, jobs: readonly ReleasedJob[]): Promise<void> {
  await db.query(
    `UPDATE job SET released_at = NULL FROM jsonb_to_recordset($1::jsonb) AS lost(id uuid, release int)
     WHERE job.id = lost.id AND job.release = lost.release AND job.state = 'queued'`,
    [JSON.stringify(jobs)],
  );
}

/** Records of an endpoint that no worker has begun; counted up to the limit asked for. */
export async function countWaitingRows(db: Sql, endpointId: string, limit: number): Promise<number> {
  const [row] = await rowsOf<{ waiting: number }>(
    db,
    `SELECT count(*)::int AS waiting FROM (
       SELECT 1 FROM job WHERE endpoint_id = $1 AND state IN ('created', 'queued') LIMIT $2) AS unbegun`,
    [endpointId, limit],
  );
  return row?.waiting ?? 0;
}
