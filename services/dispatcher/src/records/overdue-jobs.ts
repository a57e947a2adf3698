import type { JobState } from '@infermesh/contracts';
import type { Sql } from '@infermesh/database';
import type { ReleasedJob } from './release-jobs.js';
import { inFlight } from './endpoint-load.js';
import { lookedUp, rowsOf } from './rows.js';

/** A record that a sweep moved: its endpoint may have room again, and whoever waits for it must hear of it. */
export interface SweptJob {
  readonly id: string;
  readonly endpoint_id: string;
  readonly state: JobState;
  readonly reason_code: string | null;
}

interface SweepLimits {
  readonly maxCrashes: number;
  readonly cancelGraceMs: number;
  readonly retainMs: number;
}

const ended = (retain: string): string =>
  `finished_at = now(), worker_id = NULL, lease_until = NULL, retain_until = now() + coalesce(retain_ms, ${retain}) * interval '1 millisecond'`;
const returning = 'RETURNING id, endpoint_id, state, reason_code';

/** Stands for a lease whose holder is known to be dead. */
const deadHolder = `'epoch'::timestamptz`;

/**
 * Records whose worker stopped renewing: back to the queue, or failed once too many workers died on them. Silence counts only at
 * endpoints whose workers this dispatcher could have heard for a whole lease; a death that was reported counts at once.
 */
async function sweepLapsedClaims(
  db: Sql,
  { maxCrashes, retainMs }: SweepLimits,
  heardEndpoints: readonly string[],
): Promise<SweptJob[]> {
  const lapsed = `state = 'active' AND cancel_requested_at IS NULL
       AND (lease_until = ${deadHolder} OR (lease_until < now() AND endpoint_id = ANY($2::text[])))`;
  const again = await rowsOf<SweptJob>(
    db,
    `UPDATE job SET state = 'queued', released_at = NULL, crashes = crashes + 1, worker_id = NULL, lease_until = NULL, progress = NULL
     WHERE ${lapsed} AND crashes + 1 < $1 ${returning}`,
    [maxCrashes, heardEndpoints],
  );
  const lost = await rowsOf<SweptJob>(
    db,
    `UPDATE job SET state = 'failed', reason_code = 'WORKER_LOST', crashes = crashes + 1,
       reason = 'its worker died ' || (crashes + 1) || ' times while it ran; if it happens again the payload may need more memory than a worker has',
       ${ended('$3')}
     WHERE ${lapsed} AND crashes + 1 >= $1 ${returning}`,
    [maxCrashes, heardEndpoints, retainMs],
  );
  return [...again, ...lost];
}

/** Cancelled records whose worker did not answer in time, or gave them back instead. The raised epoch shuts out whatever it still sends. */
async function sweepIgnoredCancels(db: Sql, { cancelGraceMs, retainMs }: SweepLimits): Promise<SweptJob[]> {
  return rowsOf<SweptJob>(
    db,
    `UPDATE job SET state = 'cancelled', reason_code = 'CANCELLED', reason = 'cancelled by its owner', epoch = epoch + 1, ${ended('$2')}
     WHERE cancel_requested_at IS NOT NULL AND state IN ('queued', 'active')
       AND (state = 'queued' OR cancel_requested_at < now() - $1 * interval '1 millisecond' OR lease_until < now())
     ${returning}`,
    [cancelGraceMs, retainMs],
  );
}

async function sweepPassedDeadlines(db: Sql, { retainMs }: SweepLimits): Promise<SweptJob[]> {
  const waited = await rowsOf<SweptJob>(
    db,
    `UPDATE job SET state = 'expired', reason_code = 'DEADLINE_EXCEEDED', reason = 'no worker was free before its deadline', ${ended('$1')}
     WHERE state = 'queued' AND deadline_at < now() ${returning}`,
    [retainMs],
  );
  const outwaited = await rowsOf<SweptJob>(
    db,
    `UPDATE job SET state = 'expired', reason_code = 'DEADLINE_EXCEEDED', reason = 'no worker was free while it could wait', ${ended('$1')}
     WHERE state = 'queued' AND attempts = 0 AND queue_expires_at < now() ${returning}`,
    [retainMs],
  );
  const ran = await rowsOf<SweptJob>(
    db,
    `UPDATE job SET state = 'failed', reason_code = 'DEADLINE_EXCEEDED', reason = 'it did not end before its deadline', epoch = epoch + 1, ${ended('$1')}
     WHERE state = 'active' AND deadline_at < now() ${returning}`,
    [retainMs],
  );
  return [...waited, ...outwaited, ...ran];
}

async function sweepNeverStarted(db: Sql, { retainMs }: SweepLimits): Promise<SweptJob[]> {
  return rowsOf<SweptJob>(
    db,
    `UPDATE job SET state = 'expired', reason_code = 'EXPIRED', reason = 'it was never started', ${ended('$1')}
     WHERE state = 'created' AND start_by < now() ${returning}`,
    [retainMs],
  );
}

/**
 * One round of everything that must not wait for anybody's request.
 *
 * @param heardEndpoints where a lapsed lease means that its worker is gone
 */
export async function sweepOverdueJobs(
  db: Sql,
  limits: SweepLimits,
  heardEndpoints: readonly string[],
): Promise<SweptJob[]> {
  return [
    ...(await sweepIgnoredCancels(db, limits)),
    ...(await sweepLapsedClaims(db, limits, heardEndpoints)),
    ...(await sweepPassedDeadlines(db, limits)),
    ...(await sweepNeverStarted(db, limits)),
  ];
}

/** Endpoints whose jobs run now. */
export async function listBusyEndpoints(db: Sql): Promise<string[]> {
  const rows = await rowsOf<{ endpoint_id: string }>(db, `SELECT DISTINCT endpoint_id FROM job WHERE state = 'active'`);
  return rows.map(({ endpoint_id }) => endpoint_id);
}

export interface OldRelease extends ReleasedJob {
  readonly endpoint_id: string;
  /** How long ago it was released. */
  readonly released_ms: number;
}

/** Queued records released a while ago: each should have an entry in its endpoint's queue. */
export async function listOldReleases(db: Sql, olderThanMs: number, limit: number): Promise<OldRelease[]> {
  return rowsOf<OldRelease>(
    db,
    `SELECT id, release, endpoint_id, extract(epoch FROM now() - released_at)::float8 * 1000 AS released_ms FROM job
     WHERE ${inFlight} AND released_at < now() - $1 * interval '1 millisecond' AND ${lookedUp(`state = 'queued'`)} ORDER BY released_at LIMIT $2`,
    [olderThanMs, limit],
  );
}

/** A dead worker's claims lapse at once. */
export async function lapseClaimsOf(db: Sql, endpointId: string, workerIds: readonly string[]): Promise<void> {
  await db.query(
    `UPDATE job SET lease_until = ${deadHolder} WHERE state = 'active' AND endpoint_id = $1 AND worker_id = ANY($2::text[])`,
    [endpointId, workerIds],
  );
}

/** The endpoint is gone: what waits for it fails with a reason. */
export async function failWaitingJobsOf(db: Sql, endpointId: string, retainMs: number): Promise<SweptJob[]> {
  return rowsOf<SweptJob>(
    db,
    `UPDATE job SET state = 'failed', reason_code = 'ENDPOINT_NOT_FOUND', reason = 'its endpoint was deleted before it ran; create the job again on another endpoint',
       epoch = epoch + 1, ${ended('$2')}
     WHERE endpoint_id = $1 AND state IN ('created', 'queued', 'active') ${returning}`,
    [endpointId, retainMs],
  );
}
