import type { JobAccess, WebhookDelivery } from '@infermesh/contracts';
import type { Sql } from '@infermesh/database';
import { accessCondition, accessParameters } from './read-jobs.js';
import { rowsOf } from './rows.js';

/** One attempt to deliver, held by this process alone until its lease ends. */
export interface ClaimedDelivery {
  readonly job_id: string;
  readonly tenant_id: string;
  readonly owner: string;
  readonly url: string;
  readonly with_urls: boolean;
  /** Names the attempt: 1 is the first ever. */
  readonly attempts: number;
  /** Since the job's end, or the last resend. */
  readonly tries: number;
}

interface ClaimLimits {
  readonly limit: number;
  readonly leaseMs: number;
  /** They have as many attempts under way as one tenant may: others go first. */
  readonly fullTenants: readonly string[];
}

/** Due deliveries, each to one caller: no other dispatcher sends it before its lease ends. */
export async function claimDeliveries(
  db: Sql,
  { limit, leaseMs, fullTenants }: ClaimLimits,
): Promise<ClaimedDelivery[]> {
  return rowsOf<ClaimedDelivery>(
    db,
    `UPDATE webhook_delivery SET attempts = attempts + 1, tries = tries + 1, attempted_at = now(),
       sending_until = now() + $2 * interval '1 millisecond'
     WHERE job_id IN (SELECT job_id FROM webhook_delivery
       WHERE state = 'pending' AND next_at <= now() AND (sending_until IS NULL OR sending_until < now()) AND tenant_id <> ALL($3::text[])
       ORDER BY next_at LIMIT $1 FOR UPDATE SKIP LOCKED)
     RETURNING job_id, tenant_id, owner, url, with_urls, attempts, tries`,
    [limit, leaseMs, fullTenants],
  );
}

/** How an attempt ended. `again`: in `afterMs`; with `isCounted` false it was cut off by us and counts as none. */
export type DeliveryOutcome =
  | { readonly kind: 'delivered'; readonly status: number }
  | { readonly kind: 'failed'; readonly status: number | null; readonly error: string }
  | {
      readonly kind: 'again';
      readonly status: number | null;
      readonly error: string;
      readonly afterMs: number;
      readonly isCounted: boolean;
    };

/** Writes what came of an attempt, unless a later one has begun since. */
export async function settleDelivery(
  db: Sql,
  { job_id: jobId, attempts }: ClaimedDelivery,
  outcome: DeliveryOutcome,
): Promise<void> {
  const again = outcome.kind === 'again' ? outcome : undefined;
  await db.prepared(
    `UPDATE webhook_delivery SET state = $3, status = $4, error = $5, sending_until = NULL,
       next_at = CASE WHEN $6::float8 IS NOT NULL THEN now() + $6 * interval '1 millisecond' END,
       tries = tries - $7, ended_at = CASE WHEN $6::float8 IS NULL THEN now() END
     WHERE job_id = $1 AND attempts = $2 AND state = 'pending'`,
    [
      jobId,
      attempts,
      again === undefined ? outcome.kind : 'pending',
      outcome.status,
      outcome.kind === 'delivered' ? null : outcome.error,
      again?.afterMs ?? null,
      again?.isCounted === false ? 1 : 0,
    ],
  );
}

interface DeliveryRow {
  readonly job_id: string;
  readonly url: string;
  readonly state: WebhookDelivery['state'];
  readonly attempts: number;
  readonly status: number | null;
  readonly error: string | null;
  readonly created_at: Date;
  readonly attempted_at: Date | null;
  readonly next_at: Date | null;
}

function toView(row: DeliveryRow): WebhookDelivery {
  return {
    jobId: row.job_id,
    url: row.url,
    state: row.state,
    attempts: row.attempts,
    status: row.status,
    error: row.error,
    createdAt: row.created_at.toISOString(),
    attemptedAt: row.attempted_at?.toISOString() ?? null,
    nextAt: row.next_at?.toISOString() ?? null,
  };
}

/** The newest job first. */
export async function listDeliveries(
  db: Sql,
  { access, limit, cursor }: { access: JobAccess; limit: number; cursor: string | undefined },
): Promise<WebhookDelivery[]> {
  const rows = await rowsOf<DeliveryRow>(
    db,
    `SELECT * FROM webhook_delivery WHERE ${accessCondition} AND ($4::uuid IS NULL OR job_id < $4::uuid) ORDER BY job_id DESC LIMIT $5`,
    [...accessParameters(access), cursor ?? null, limit],
  );
  return rows.map(toView);
}

/** Makes it due now, with all tries before it; an attempt under way goes on. Undefined where the caller has none of this job. */
export async function resendDelivery(db: Sql, access: JobAccess, jobId: string): Promise<WebhookDelivery | undefined> {
  const [row] = await rowsOf<DeliveryRow>(
    db,
    `UPDATE webhook_delivery SET state = 'pending', tries = 0, next_at = now(), ended_at = NULL WHERE ${accessCondition} AND job_id = $4
     RETURNING *`,
    [...accessParameters(access), jobId],
  );
  return row && toView(row);
}

/** Takes deliveries that ended long ago out of the log, at most `limit`. @returns how many */
export async function removeOldDeliveries(db: Sql, keepMs: number, limit: number): Promise<number> {
  const removed = await rowsOf(
    db,
    `DELETE FROM webhook_delivery WHERE job_id IN (SELECT job_id FROM webhook_delivery
       WHERE ended_at < now() - $1 * interval '1 millisecond' ORDER BY ended_at LIMIT $2 FOR UPDATE SKIP LOCKED)
     RETURNING job_id`,
    [keepMs, limit],
  );
  return removed.length;
}
