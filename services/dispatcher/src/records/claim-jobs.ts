import type { Sql } from '@infermesh/database';
import { claimedColumns, type ClaimedRow, type JobRow } from './job-row.js';
import { batchAs, byItem, lookedUp, rowsOf, toRecordset } from './rows.js';

export interface ClaimRequest {
  readonly id: string;
  readonly endpointId: string;
  readonly release: number;
  readonly workerId: string;
  /** Instead of the dispatcher's own. */
  readonly leaseMs?: number | undefined;
}

/**
 * Gives records to workers, many in one statement; every claim raises the epoch. A record can be claimed when it is queued under
 * this very release, or again by the worker that holds it (its first answer got lost). A lapsed claim goes back to the queue first,
 * under a new release. Undefined where the entry is stale.
 */
export async function claimJobRows(
  db: Sql,
  leaseMs: number,
  items: readonly ClaimRequest[],
): Promise<(ClaimedRow | undefined)[]> {
  const rows = await rowsOf<ClaimedRow & { item: number }>(
    db,
    `UPDATE job SET state = 'active', epoch = epoch + 1, attempts = attempts + CASE WHEN job.state = 'queued' THEN 1 ELSE 0 END,
       worker_id = claim.worker_id, lease_until = now() + coalesce(claim.lease_ms, $2) * interval '1 millisecond', started_at = now(), released_at = coalesce(released_at, now()), progress = NULL
     FROM ${batchAs('claim', 'id uuid, endpoint_id text, release int, worker_id text, lease_ms int')}
     WHERE job.id = claim.id AND ${lookedUp(`job.endpoint_id = claim.endpoint_id AND job.release = claim.release
       AND job.cancel_requested_at IS NULL AND job.deadline_at > now()
       AND (job.state = 'queued' OR (job.state = 'active' AND job.worker_id = claim.worker_id))`)}
     RETURNING ${claimedColumns}, claim.item`,
    [
      toRecordset(
        items.map(({ id, endpointId, release, workerId, leaseMs: ownLeaseMs }) => ({
          id,
          endpoint_id: endpointId,
          release,
          worker_id: workerId,
          lease_ms: ownLeaseMs ?? null,
        })),
      ),
      leaseMs,
    ],
  );
  return byItem(rows, items);
}

export interface HeldClaim {
  readonly id: string;
  readonly epoch: number;
  readonly progress: JobRow['progress'];
}

export interface ClaimStanding {
  readonly id: string;
  readonly epoch: number;
  readonly standing: 'held' | 'lost' | 'cancelled';
}

/** Prolongs the leases a worker still holds and says which it has lost, or should stop because their owner cancelled. */
export async function renewClaimRows(
  db: Sql,
  {
    endpointId,
    workerId,
    leaseMs,
    claims,
  }: { endpointId: string; workerId: string; leaseMs: number; claims: readonly HeldClaim[] },
): Promise<ClaimStanding[]> {
  const rows = await rowsOf<{ id: string; epoch: number; cancelled: boolean }>(
    db,
    `UPDATE job SET lease_until = now() + $2 * interval '1 millisecond', progress = coalesce(held.progress, job.progress)
     FROM ${batchAs('held', 'id uuid, epoch int, progress jsonb')}
     WHERE job.id = held.id AND ${lookedUp(`job.epoch = held.epoch AND job.state = 'active' AND job.endpoint_id = $3 AND job.worker_id = $4`)}
     RETURNING job.id, job.epoch, job.cancel_requested_at IS NOT NULL AS cancelled`,
    [toRecordset(claims), leaseMs, endpointId, workerId],
  );
  const kept = new Map(rows.map((row) => [row.id, row]));
  return claims.map(({ id, epoch }) => {
    const row = kept.get(id);
    return { id, epoch, standing: row?.epoch !== epoch ? 'lost' : row.cancelled ? 'cancelled' : 'held' };
  });
}

/** The record while this epoch holds it. */
export async function findHeldRow(
  db: Sql,
  endpointId: string,
  id: string,
  epoch: number,
): Promise<ClaimedRow | undefined> {
  const [row] = await rowsOf<ClaimedRow>(
    db,
    `SELECT ${claimedColumns} FROM job WHERE id = $1 AND epoch = $2 AND endpoint_id = $3 AND state = 'active'`,
    [id, epoch, endpointId],
  );
  return row;
}

/** The record while this worker holds it, under whatever epoch. */
export async function findRowHeldBy(
  db: Sql,
  endpointId: string,
  id: string,
  workerId: string,
): Promise<ClaimedRow | undefined> {
  const [row] = await rowsOf<ClaimedRow>(
    db,
    `SELECT ${claimedColumns} FROM job WHERE id = $1 AND worker_id = $2 AND endpoint_id = $3 AND state = 'active'`,
    [id, workerId, endpointId],
  );
  return row;
}
