import type { JobAccess } from '@infermesh/contracts';
import type { Sql } from '@infermesh/database';
import { accessCondition, accessParameters } from './read-jobs.js';
import { rowsOf } from './rows.js';

export interface RemovedJob {
  readonly id: string;
  readonly tenant_id: string;
  readonly endpoint_id: string;
  readonly release: number;
}

/**
 * Removes the chosen records with all that hangs on them, and notes their objects as garbage: to be swept now, and once more when
 * the upload URLs that were given out have expired.
 */
function removal(chosen: string, urlMs: string): string {
  return `WITH removed AS (DELETE FROM job WHERE ${chosen} RETURNING id, tenant_id, endpoint_id, release
     ), forgotten AS (DELETE FROM idempotency USING removed WHERE idempotency.job_id = removed.id
     ), garbage AS (INSERT INTO job_garbage (job_id, tenant_id, sweep_at, final_sweep_at)
       SELECT id, tenant_id, now(), now() + ${urlMs} * interval '1 millisecond' FROM removed)
     SELECT id, tenant_id, endpoint_id, release FROM removed`;
}

/** Removes records the caller may touch. */
export async function removeJobRows(
  db: Sql,
  access: JobAccess,
  ids: readonly string[],
  urlMs: number,
): Promise<RemovedJob[]> {
  return rowsOf<RemovedJob>(db, removal(`${accessCondition} AND id = ANY($4::uuid[])`, '$5'), [
    ...accessParameters(access),
    ids,
    urlMs,
  ]);
}

/** Removes records past their retention, at most `limit`. @returns how many */
export async function removeRetiredRows(db: Sql, limit: number, urlMs: number): Promise<number> {
  const oldest =
    'id IN (SELECT id FROM job WHERE retain_until < now() ORDER BY retain_until LIMIT $1 FOR UPDATE SKIP LOCKED)';
  return (await rowsOf(db, removal(oldest, '$2'), [limit, urlMs])).length;
}

export interface JobGarbage {
  readonly job_id: string;
  readonly tenant_id: string;
}

/**
 * Objects to sweep now, at most `limit`. They are put off by a minute: a sweep that fails is repeated then, and no other
 * dispatcher takes the same ones.
 */
export async function takeGarbage(db: Sql, limit: number): Promise<JobGarbage[]> {
  return rowsOf<JobGarbage>(
    db,
    `UPDATE job_garbage SET sweep_at = now() + interval '1 minute'
     WHERE job_id IN (SELECT job_id FROM job_garbage WHERE sweep_at <= now() ORDER BY sweep_at LIMIT $1 FOR UPDATE SKIP LOCKED)
     RETURNING job_id, tenant_id`,
    [limit],
  );
}

/** What was swept is forgotten after its last sweep, and put off to it before. */
export async function settleGarbage(db: Sql, jobIds: readonly string[]): Promise<void> {
  await db.query('DELETE FROM job_garbage WHERE job_id = ANY($1::uuid[]) AND final_sweep_at <= now()', [jobIds]);
  await db.query('UPDATE job_garbage SET sweep_at = final_sweep_at WHERE job_id = ANY($1::uuid[])', [jobIds]);
}

export async function forgetExpiredKeys(db: Sql): Promise<void> {
  await db.query('DELETE FROM idempotency WHERE expires_at < now()');
}
