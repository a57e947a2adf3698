import type { JobOutcome, JobState } from '@infermesh/contracts';
import type { Sql } from '@infermesh/database';
import { isOutage } from '@infermesh/errors';
import { isDueAt } from './endpoint-load.js';
import { batchAs, byItem, lookedUp, rowsOf, toRecordset } from './rows.js';

export interface Commit {
  readonly id: string;
  readonly endpointId: string;
  readonly epoch: number;
  readonly outcome: JobOutcome;
  /** Object keys of the outputs, by name: made from the record's own ids, never taken from the worker. */
  readonly outputKeys: Readonly<Record<string, string>>;
}

export interface CommittedJob {
  readonly id: string;
  readonly state: JobState;
  /** Whether jobs wait at its endpoint, itself perhaps one of them: they may have the room that it left. */
  readonly leavesWaiting: boolean;
}

interface CommitLimits {
  readonly maxFailures: number;
  readonly maxOutages: number;
  readonly retainMs: number;
}

function toRecord({ id, endpointId, epoch, outcome, outputKeys }: Commit): { id: string } & Record<string, unknown> {
  const base = { id, endpoint_id: endpointId, epoch, outcome: outcome.kind };
  switch (outcome.kind) {
    case 'succeeded': {
      const outputs = outcome.outputs.map((output, position) => ({
        name: output.name,
        position,
        key: outputKeys[output.name],
        size_bytes: output.sizeBytes,
        sha256: output.sha256,
        media_type: output.mediaType,
      }));
      return { ...base, outputs, result: outcome.result, usage: outcome.usage };
    }
    case 'failed':
      return {
        ...base,
        retryable: outcome.retryable,
        outage: isOutage(outcome.code),
        reason_code: outcome.code,
        reason: outcome.message,
      };
    case 'cancelled':
      return { ...base, reason_code: 'CANCELLED', reason: 'cancelled by its owner' };
    case 'given-back':
      return base;
    default:
      return outcome satisfies never;
  }
}

/**
 * Ends attempts, many in one statement, together with their outputs. Only the epoch that holds a record can change it, so a late
 * or doubled commit answers undefined and leaves no trace. A retryable failure goes back to the queue, after a pause that doubles
 * from a second to half a minute, until too many have been counted: those of the work and those of servers that were away, apart.
 */
export async function commitJobRows(
  db: Sql,
  { maxFailures, maxOutages, retainMs }: CommitLimits,
  items: readonly Commit[],
): Promise<(CommittedJob | undefined)[]> {
  const rows = await rowsOf<CommittedJob & { item: number }>(
    db,
    `WITH ending AS (
       SELECT * FROM ${batchAs(
         'ending',
         `id uuid, endpoint_id text, epoch int, outcome text, retryable boolean,
         outage boolean, reason_code text, reason text, outputs jsonb, result jsonb, usage jsonb`,
       )}
     ), verdict AS (
       SELECT ending.*,
         job.cancel_requested_at IS NULL AND (ending.outcome = 'given-back' OR (ending.outcome = 'failed' AND ending.retryable
           AND CASE WHEN ending.outage THEN job.outages + 1 < $3 ELSE job.failures + 1 < $2 END)) AS again,
         job.cancel_requested_at IS NOT NULL AND ending.outcome <> 'succeeded' AS cancelled,
         ending.outcome = 'failed' AND NOT ending.outage AS failure, ending.outcome = 'failed' AND ending.outage AS outage_met
       FROM ending JOIN job ON job.id = ending.id
       ORDER BY job.id FOR UPDATE OF job
     ), ended AS (
       UPDATE job SET
         state = CASE WHEN again THEN 'queued' WHEN cancelled THEN 'cancelled' ELSE verdict.outcome END,
         released_at = CASE WHEN again THEN NULL ELSE released_at END,
         attempts = attempts - CASE WHEN verdict.outcome = 'given-back' THEN 1 ELSE 0 END,
         failures = failures + failure::int, outages = outages + outage_met::int,
         not_before = CASE WHEN again AND verdict.outcome = 'failed'
           THEN now() + least(30, power(2, least(failures + outages, 10))) * (0.75 + random() / 2) * interval '1 second' END,
         reason_code = CASE WHEN cancelled THEN job.reason_code ELSE verdict.reason_code END,
         reason = CASE WHEN cancelled THEN job.reason ELSE verdict.reason END, result = verdict.result, usage = verdict.usage,
         worker_id = NULL, lease_until = NULL, progress = NULL,
         finished_at = CASE WHEN again THEN NULL ELSE now() END,
         retain_until = CASE WHEN again THEN NULL ELSE now() + coalesce(retain_ms, $4) * interval '1 millisecond' END
       FROM verdict
       WHERE job.id = verdict.id
         AND ${lookedUp(`job.endpoint_id = verdict.endpoint_id AND job.epoch = verdict.epoch AND job.state = 'active'`)}
       RETURNING job.id, job.state, job.epoch, job.endpoint_id, verdict.outputs, verdict.item
     ), written AS (
       INSERT INTO job_output (job_id, epoch, name, position, key, size_bytes, sha256, media_type)
       SELECT ended.id, ended.epoch, output.name, output.position, output.key, output.size_bytes, output.sha256, output.media_type
       FROM ended, jsonb_to_recordset(coalesce(ended.outputs, '[]'::jsonb))
         AS output(name text, position int, key text, size_bytes bigint, sha256 text, media_type text)
       WHERE ended.state = 'succeeded'
     )
     SELECT id, state, item, state = 'queued' OR ${isDueAt('ended.endpoint_id')} AS "leavesWaiting" FROM ended`,
    [toRecordset(items.map(toRecord)), maxFailures, maxOutages, retainMs],
  );
  return byItem(rows, items).map((row) => row && { id: row.id, state: row.state, leavesWaiting: row.leavesWaiting });
}
