import type { JobAccess } from '@infermesh/contracts';
import type { Sql } from '@infermesh/database';
import { MeshError } from '@infermesh/errors';
import { queuedAt } from './endpoint-load.js';
import { jobColumns, type JobRow, type OutputRow } from './job-row.js';
import { batchAs, byItem, lookedUp, rowsOf, toRecordset } from './rows.js';

/** The part of a WHERE clause that keeps a caller to its own records; takes parameters $1 to $3. */
export const accessCondition = 'tenant_id = $1 AND ($3::boolean OR owner = $2)';

export function accessParameters({ tenantId, subject, anyOwner }: JobAccess): [string, string, boolean] {
  return [tenantId, subject, anyOwner];
}

export interface JobWish {
  readonly access: JobAccess;
  readonly id: string;
}

export interface FoundJob {
  readonly row: JobRow;
  /** Of the committed attempt, in the order the worker named them. */
  readonly outputs: readonly OutputRow[];
}

/** Reads many records in one statement, each for its own caller. Undefined where there is none, or it is someone else's. */
export async function findJobRows(db: Sql, items: readonly JobWish[]): Promise<(FoundJob | undefined)[]> {
  const rows = await rowsOf<JobRow & { item: number; outputs: OutputRow[] | null }>(
    db,
    `SELECT ${jobColumns}, wish.item, CASE WHEN job.state = 'succeeded' THEN (
       SELECT jsonb_agg(jsonb_build_object('name', name, 'key', key, 'size_bytes', size_bytes, 'media_type', media_type) ORDER BY position)
       FROM job_output WHERE job_id = job.id
     ) END AS outputs
     FROM ${batchAs('wish', 'id uuid, tenant_id text, subject text, any_owner boolean')}
     JOIN job ON job.id = wish.id AND ${lookedUp(`job.tenant_id = wish.tenant_id AND (wish.any_owner OR job.owner = wish.subject)`)}`,
    [
      toRecordset(
        items.map(({ access, id }) => ({
          id,
          tenant_id: access.tenantId,
          subject: access.subject,
          any_owner: access.anyOwner,
        })),
      ),
    ],
  );
  return byItem(rows, items).map((row) => row && { row, outputs: row.outputs ?? [] });
}

/** @throws MeshError NOT_FOUND, also for a record of someone else */
export async function getJobRow(db: Sql, access: JobAccess, id: string): Promise<FoundJob> {
  const [found] = await findJobRows(db, [{ access, id }]);
  return present(found, id);
}

/** @throws MeshError NOT_FOUND where there is none */
export function present(found: FoundJob | undefined, id: string): FoundJob {
  if (found === undefined) throw new MeshError('NOT_FOUND', `job ${id} not found`);
  return found;
}

/** Counting stops here: nobody minds whether it is the thousandth or the ten thousandth. */
export const lastPosition = 1_000;

/** The jobs that wait at an endpoint longest, in order of time; at most 1000. */
export async function listQueuedIds(db: Sql, endpointId: string): Promise<string[]> {
  const rows = await rowsOf<{ id: string }>(
    db,
    `SELECT id FROM job WHERE ${queuedAt('$1')} ORDER BY queued_at, id LIMIT $2`,
    [endpointId, lastPosition],
  );
  return rows.map(({ id }) => id);
}

/** The place among the jobs that wait at the same endpoint, by time. Fair release between tenants may choose otherwise. */
export async function getQueuePosition(db: Sql, id: string): Promise<number> {
  const [row] = await rowsOf<{ ahead: number }>(
    db,
    `SELECT count(*)::int AS ahead FROM job AS own CROSS JOIN LATERAL (
       SELECT 1 FROM job WHERE ${queuedAt('own.endpoint_id')} AND (queued_at, id) < (own.queued_at, own.id)
       ORDER BY queued_at, id LIMIT $2) AS earlier
     WHERE own.id = $1`,
    [id, lastPosition - 1],
  );
  return (row?.ahead ?? 0) + 1;
}

/** Outputs of the committed attempts, in the order the worker named them. */
export async function listOutputs(db: Sql, ids: readonly string[]): Promise<Map<string, OutputRow[]>> {
  const rows =
    ids.length === 0
      ? []
      : await rowsOf<OutputRow & { readonly job_id: string }>(
          db,
          'SELECT job_id, name, key, size_bytes, media_type FROM job_output WHERE job_id = ANY($1::uuid[]) ORDER BY job_id, position',
          [ids],
        );
  const byJob = new Map<string, OutputRow[]>();
  for (const row of rows) {
    const outputs = byJob.get(row.job_id) ?? [];
    outputs.push(row);
    byJob.set(row.job_id, outputs);
  }
  return byJob;
}

export interface JobPage {
  readonly access: JobAccess;
  readonly dialect: string;
  readonly jobType: string | undefined;
  readonly limit: number;
  /** The id of the last record of the page before. */
  readonly cursor: string | undefined;
}

/** Newest first. Ids are UUIDs of version 7, so their order is the order of creation. */
export async function listJobRows(db: Sql, page: JobPage): Promise<JobRow[]> {
  return rowsOf<JobRow>(
    db,
    `SELECT ${jobColumns} FROM job WHERE ${accessCondition} AND dialect = $4 AND ($5::text IS NULL OR job_type = $5) AND ($6::uuid IS NULL OR id < $6::uuid)
     ORDER BY id DESC LIMIT $7`,
    [...accessParameters(page.access), page.dialect, page.jobType ?? null, page.cursor ?? null, page.limit],
  );
}
