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

/** Removes records the caller may touch, with their outputs' rows; the objects are the caller's next step. */
export async function removeJobRows(db: Sql, access: JobAccess, ids: readonly string[]): Promise<RemovedJob[]> {
  return rowsOf<RemovedJob>(
    db,
    `DELETE FROM job WHERE ${accessCondition} AND id = ANY($4::uuid[]) RETURNING id, tenant_id, endpoint_id, release`,
    [...accessParameters(access), ids],
  );
}

/** Records past their retention, at most `limit`. */
export async function listRetired(db: Sql, limit: number): Promise<RemovedJob[]> {
  return rowsOf<RemovedJob>(
    db,
    'SELECT id, tenant_id, endpoint_id, release FROM job WHERE retain_until < now() ORDER BY retain_until LIMIT $1',
    [limit],
  );
}

export async function removeRetired(db: Sql, ids: readonly string[]): Promise<void> {
  await db.query('DELETE FROM job WHERE id = ANY($1::uuid[]) AND retain_until < now()', [ids]);
}

export async function forgetExpiredKeys(db: Sql): Promise<void> {
  await db.query('DELETE FROM idempotency WHERE expires_at < now()');
}
