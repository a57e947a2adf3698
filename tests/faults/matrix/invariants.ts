import type { Bench } from './bench.js';
import { checkLeftovers } from './leftovers.js';
import { countUnended } from './records.js';
import type { Accepted, Tally } from './tally.js';

export interface Violation {
  readonly invariant: Invariant;
  readonly detail: string;
}

export const invariants = [
  'injected',
  'one end',
  'succeeded',
  'committed once',
  'readable',
  'answered',
  'in time',
  'nothing left',
  'recovered',
  'no exits',
] as const;
export type Invariant = (typeof invariants)[number];

const shown = 5;
const readers = 8;

/** Everything that must hold after a run, whatever went wrong during it. Leaves no job behind. */
export async function checkInvariants(bench: Bench, tally: Tally, mayBreakConnections: boolean): Promise<Violation[]> {
  const kept = tally.accepted.filter(({ deleted }) => !deleted);
  const ids = kept.map(({ id }) => id);
  return [
    ...of('one end', await findUnended(bench, ids)),
    ...of('succeeded', await findFailed(bench, ids)),
    ...of('committed once', await findDoubled(bench, ids)),
    ...of('readable', await findUnreadable(bench, kept)),
    ...of('answered', findUnanswered(tally, mayBreakConnections)),
    ...of('in time', tally.late),
    ...of('no exits', bench.unexpectedExits()),
    ...of('nothing left', await checkLeftovers(bench)),
  ];
}

function of(invariant: Invariant, details: readonly string[]): Violation[] {
  const more = details.length - shown;
  const some = more > 0 ? [...details.slice(0, shown), `and ${more} more`] : details;
  return some.map((detail) => ({ invariant, detail }));
}

async function findUnended({ database }: Bench, ids: readonly string[]): Promise<string[]> {
  const { rows } = await database.query<{ id: string; state: string; ends: number }>(
    `SELECT id, state, ends FROM (
       SELECT wanted.id, coalesce(job.state, 'lost') AS state,
         (SELECT count(*) FROM fault_audit WHERE fault_audit.job_id = wanted.id AND what = 'ended') AS ends
       FROM unnest($1::uuid[]) AS wanted(id) LEFT JOIN job ON job.id = wanted.id) AS standing
     WHERE ends <> 1 OR state = 'lost'`,
    [ids],
  );
  const unended = await countUnended(database, ids);
  return [
    ...rows.map(({ id, state, ends }) => `job ${id} is ${state} and has ended ${ends} times`),
    ...(unended > 0 ? [`${unended} jobs have not ended`] : []),
  ];
}

/** Nothing is wrong with any job of the load: what a fault of the matrix does must not end one. */
async function findFailed({ database }: Bench, ids: readonly string[]): Promise<string[]> {
  const { rows } = await database.query<{ id: string; state: string; reason_code: string; reason: string }>(
    `SELECT id, state, reason_code, reason FROM job WHERE id = ANY($1::uuid[]) AND state IN ('failed', 'cancelled', 'expired')`,
    [ids],
  );
  return rows.map(({ id, state, reason_code, reason }) => `job ${id} ${state}: ${reason_code} ${reason}`);
}

async function findDoubled({ database }: Bench, ids: readonly string[]): Promise<string[]> {
  const { rows } = await database.query<{ id: string; what: string }>(
    `SELECT job_id AS id, what FROM fault_audit WHERE what <> 'ended' AND job_id = ANY($1::uuid[])
     UNION ALL
     SELECT job.id, 'has outputs of epoch ' || job_output.epoch || ', ended at epoch ' || job.epoch
     FROM job JOIN job_output ON job_output.job_id = job.id
     WHERE job.id = ANY($1::uuid[]) AND job_output.epoch <> job.epoch`,
    [ids],
  );
  return rows.map(({ id, what }) => `job ${id} ${what}`);
}

/** Every result is fetched as its owner would. */
async function findUnreadable({ database }: Bench, accepted: readonly Accepted[]): Promise<string[]> {
  const { rows } = await database.query<{ id: string }>(
    `SELECT id FROM job WHERE state = 'succeeded' AND id = ANY($1::uuid[])`,
    [accepted.map(({ id }) => id)],
  );
  const succeeded = new Set(rows.map(({ id }) => id));
  const waiting = accepted.filter(({ id }) => succeeded.has(id));
  const wrongs: string[] = [];
  await Promise.all(
    Array.from({ length: readers }, async () => {
      for (let job = waiting.pop(); job !== undefined; job = waiting.pop()) {
        const wrong = await job.check().catch((error: unknown) => String(error));
        if (wrong !== undefined) wrongs.push(`job ${job.id}: ${wrong}`);
      }
    }),
  );
  return wrongs;
}

function findUnanswered({ wrongs, brokenConnections }: Tally, mayBreakConnections: boolean): string[] {
  const broken = mayBreakConnections || brokenConnections === 0 ? [] : [`${brokenConnections} connections were broken`];
  return [...wrongs, ...broken];
}
