import type { Sql } from '@infermesh/database';
import { dueAt, inFlightAt, roomAt, waitingAt, waitingOrder } from './endpoint-load.js';
import type { PayloadRecord } from './job-row.js';
import { batchAs, isFew, lookedUp, rowsOf, toRecordset } from './rows.js';

export interface ReleasedJob {
  readonly id: string;
  readonly release: number;
}

export interface FreshRelease extends ReleasedJob {
  readonly payload: PayloadRecord | null;
}

export interface Look {
  /** How many more records the endpoint's queue could take. */
  readonly room: number;
  /** Records that could be released; counted up to one more than there could ever be room for. */
  readonly waiting: number;
  /** All of them where there was room for all, else none. */
  readonly released: readonly FreshRelease[];
}

/**
 * Counts what is in an endpoint's queue and what waits for it; marks all that wait released when there is room for all of them: then
 * it is all one in which order.
 */
export async function releaseAllThatFit(db: Sql, endpointId: string, slots: number): Promise<Look> {
  const [look] = await rowsOf<Look>(
    db,
    `WITH room AS MATERIALIZED (
       SELECT ${roomAt('$1', '$2::int')} AS room
     ), due AS MATERIALIZED (
       SELECT id, priority, queued_at, row_number() OVER () AS place FROM (
         SELECT id, priority, queued_at FROM job WHERE ${dueAt('$1')} ORDER BY ${waitingOrder} LIMIT 2 * $2::int + 1) AS first
     ), released AS (
       UPDATE job SET release = release + 1, released_at = now()
       FROM (SELECT id FROM due WHERE ${isFew('place')} ORDER BY id) AS chosen
       WHERE job.id = chosen.id AND ${lookedUp(`job.state = 'queued' AND job.released_at IS NULL`)}
         AND (SELECT count(*) FROM due) <= (SELECT room FROM room)
       RETURNING job.id, job.release, job.payload, job.priority, job.queued_at
     )
     SELECT room, (SELECT count(*)::int FROM due) AS waiting,
       (SELECT coalesce(jsonb_agg(jsonb_build_object('id', id, 'release', release, 'payload', payload) ORDER BY priority DESC, queued_at), '[]'::jsonb) FROM released) AS released
     FROM room`,
    [endpointId, slots],
  );
  return look ?? { room: 0, waiting: 0, released: [] };
}

/**
 * Chooses up to `room` waiting records in weighted fair order and marks them released: the next turn goes to the tenant whose
 * (jobs in flight + turns taken now) / weight is least; within a tenant by priority, then to the owner who has least in flight and
 * taken, then by age. The cost depends on the number of waiting owners and on `room`, not on the length of the queue: owners are
 * found by hopping along the index.
 */
export async function releaseJobRows(db: Sql, endpointId: string, room: number): Promise<FreshRelease[]> {
  const released = await rowsOf<FreshRelease & { turn: number }>(
    db,
    `WITH RECURSIVE owners AS (
       (SELECT tenant_id, owner FROM job WHERE ${waitingAt('$1')}
        ORDER BY tenant_id, owner LIMIT 1)
       UNION ALL
       SELECT next.tenant_id, next.owner FROM owners CROSS JOIN LATERAL (
         SELECT tenant_id, owner FROM job WHERE ${waitingAt('$1')}
           AND (tenant_id, owner) > (owners.tenant_id, owners.owner) ORDER BY tenant_id, owner LIMIT 1
       ) AS next
     ), flight AS (
       SELECT tenant_id, owner, count(*) AS jobs FROM job WHERE ${inFlightAt('$1')} GROUP BY tenant_id, owner
     ), tenant_flight AS (
       SELECT tenant_id, sum(jobs) AS jobs FROM flight GROUP BY tenant_id
     ), waiting AS (
       SELECT next.*, owners.tenant_id,
         coalesce(flight.jobs, 0) + row_number() OVER (PARTITION BY owners.tenant_id, owners.owner ORDER BY next.priority DESC, next.queued_at) AS own_turn
       FROM owners LEFT JOIN flight USING (tenant_id, owner)
       CROSS JOIN LATERAL (
         SELECT id, priority, queued_at, weight FROM job
         WHERE ${dueAt('$1')} AND tenant_id = owners.tenant_id AND owner = owners.owner
         ORDER BY priority DESC, queued_at LIMIT $2
       ) AS next
     ), candidates AS (
       SELECT waiting.id, waiting.queued_at,
         (coalesce(tenant_flight.jobs, 0) + row_number() OVER (PARTITION BY tenant_id ORDER BY waiting.priority DESC, waiting.own_turn, waiting.queued_at))::float8
           / waiting.weight AS turn
       FROM waiting LEFT JOIN tenant_flight USING (tenant_id)
     ), chosen AS (
       SELECT id, turn, queued_at, row_number() OVER () AS place
       FROM (SELECT id, turn, queued_at FROM candidates ORDER BY turn, queued_at LIMIT $2) AS first
     ), released AS (
       UPDATE job SET release = release + 1, released_at = now()
       FROM (SELECT * FROM chosen WHERE ${isFew('place')} ORDER BY id) AS chosen
       WHERE job.id = chosen.id AND ${lookedUp(`job.state = 'queued' AND job.released_at IS NULL`)}
       RETURNING job.id, job.release, job.payload, chosen.turn, chosen.queued_at
     )
     SELECT id, release, payload, turn FROM released ORDER BY turn, queued_at`,
    [endpointId, room],
  );
  return released.map(({ id, release, payload }) => ({ id, release, payload }));
}

/** Undoes a release whose entry never reached the queue, so that the next round takes it again. */
export async function takeBackReleases(db: Sql, jobs: readonly ReleasedJob[]): Promise<void> {
  await rowsOf(
    db,
    `UPDATE job SET released_at = NULL FROM ${batchAs('lost', 'id uuid, release int')}
     WHERE job.id = lost.id AND ${lookedUp(`job.release = lost.release AND job.state = 'queued'`)}`,
    [toRecordset(jobs)],
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
