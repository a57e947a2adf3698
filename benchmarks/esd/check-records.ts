import type { Database } from '@infermesh/database';
import type { FinishedJob } from './esd-user.js';

/**
 * What the records hold against the crowd; nothing when each job is there, has succeeded, ended once and never changed
 * afterwards. The audit must have been installed before the jobs were made.
 */
export async function findRecordFaults(database: Database, finished: readonly FinishedJob[]): Promise<string[]> {
  const ids = finished.map(({ id }) => id);
  const { rows } = await database.query<{ id: string; state: string; ends: number; changes: number; strays: number }>(
    `SELECT wanted.id, coalesce(job.state, 'lost') AS state,
       (SELECT count(*)::int FROM fault_audit WHERE job_id = wanted.id AND what = 'ended') AS ends,
       (SELECT count(*)::int FROM fault_audit WHERE job_id = wanted.id AND what <> 'ended') AS changes,
       (SELECT count(*)::int FROM job_output WHERE job_id = wanted.id AND epoch <> job.epoch) AS strays
     FROM unnest($1::uuid[]) AS wanted(id) LEFT JOIN job ON job.id = wanted.id`,
    [ids],
  );
  const wrong = rows.filter(
    ({ state, ends, changes, strays }) => state !== 'succeeded' || ends !== 1 || changes > 0 || strays > 0,
  );
  return [
    ...wrong.map(({ id, ...found }) => `the record of job ${id}: ${JSON.stringify(found)}`),
    ...(new Set(ids).size === ids.length ? [] : ['two jobs have one id']),
    ...(await findOthers(database, ids)),
  ];
}

/** A job that nobody was told of. */
async function findOthers(database: Database, ids: readonly string[]): Promise<string[]> {
  const { rows } = await database.query<{ id: string; state: string }>(
    `SELECT id, state FROM job WHERE owner LIKE 'crowd-%' AND NOT id = ANY($1::uuid[])`,
    [ids],
  );
  return rows.map(({ id, state }) => `job ${id}, ${state}, was answered to nobody`);
}
