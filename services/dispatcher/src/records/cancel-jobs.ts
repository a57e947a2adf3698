import type { JobAccess } from '@infermesh/contracts';
import type { Sql } from '@infermesh/database';
import { jobColumns, type JobRow } from './job-row.js';
import { accessCondition, accessParameters } from './read-jobs.js';
import { rowsOf } from './rows.js';

/**
 * Cancels what has not run at once; asks for the end of what runs. Undefined when there was nothing to cancel.
 * The record comes first: whatever is told to queue and worker afterwards is only a hint.
 */
export async function cancelJobRow(
  db: Sql,
  access: JobAccess,
  id: string,
  retainMs: number,
): Promise<JobRow | undefined> {
  const [row] = await rowsOf<JobRow>(
    db,
    `UPDATE job SET cancel_requested_at = coalesce(cancel_requested_at, now()),
       state = CASE WHEN state = 'active' THEN state ELSE 'cancelled' END,
       reason_code = 'CANCELLED', reason = 'cancelled by its owner',
       finished_at = CASE WHEN state = 'active' THEN NULL ELSE now() END,
       retain_until = CASE WHEN state = 'active' THEN NULL ELSE now() + coalesce(retain_ms, $5) * interval '1 millisecond' END
     WHERE ${accessCondition} AND id = $4 AND state IN ('created', 'queued', 'active') RETURNING ${jobColumns}`,
    [...accessParameters(access), id, retainMs],
  );
  return row;
}
