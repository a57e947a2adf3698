import type { Database } from '@infermesh/database';

export interface Outcome {
  readonly state: string;
  readonly reason_code: string | null;
  readonly jobs: number;
}

const finalStates = `('succeeded', 'failed', 'cancelled', 'expired')`;

export async function countUnended(database: Database, ids: readonly string[]): Promise<number> {
  const { rows } = await database.query<{ jobs: number }>(
    `SELECT count(*) AS jobs FROM job WHERE id = ANY($1::uuid[]) AND state NOT IN ${finalStates}`,
    [ids],
  );
  return rows[0]?.jobs ?? 0;
}

/** Jobs that wait or run. */
export async function countBusy(database: Database): Promise<number> {
  const { rows } = await database.query<{ jobs: number }>(
    `SELECT count(*) AS jobs FROM job WHERE state IN ('queued', 'active')`,
  );
  return rows[0]?.jobs ?? 0;
}

/** Final states of these jobs, with their reasons. */
export async function listOutcomes(database: Database, ids: readonly string[]): Promise<Outcome[]> {
  const { rows } = await database.query<Outcome>(
    `SELECT state, CASE WHEN state = 'succeeded' THEN NULL ELSE reason_code END AS reason_code, count(*) AS jobs
     FROM job WHERE id = ANY($1::uuid[]) GROUP BY 1, 2 ORDER BY 3 DESC`,
    [ids],
  );
  return rows;
}

/** Attempts beyond the first of each job. */
export async function countReruns(database: Database, ids: readonly string[]): Promise<number> {
  const { rows } = await database.query<{ reruns: number }>(
    `SELECT coalesce(sum(greatest(epoch - 1, 0)), 0) AS reruns FROM job WHERE id = ANY($1::uuid[])`,
    [ids],
  );
  return rows[0]?.reruns ?? 0;
}
