import type { JobAccess } from '@infermesh/contracts';
import type { Sql } from '@infermesh/database';
import { roomyFor } from './endpoint-load.js';
import { jobColumns, type JobRow } from './job-row.js';
import { batchAs, byItem, isFew, lookedUp, rowsOf, toRecordset } from './rows.js';

export interface JobStart {
  readonly access: JobAccess;
  readonly id: string;
  /** Where it is known. */
  readonly endpointId: string | undefined;
}

/**
 * Turns created records into queued ones, many in one statement. Undefined where there was nothing to turn: the record is
 * unknown, another's, or started before. They are released too, where the endpoint's slots are given, nobody waits there and there is
 * room for all of them.
 */
export async function startJobRows(
  db: Sql,
  items: readonly JobStart[],
  slots: ReadonlyMap<string, number> = new Map(),
): Promise<(JobRow | undefined)[]> {
  const rows = await rowsOf<JobRow & { item: number }>(
    db,
    `WITH start AS MATERIALIZED (
       SELECT * FROM ${batchAs('start', 'id uuid, tenant_id text, subject text, any_owner boolean, endpoint_id text, slots int')}
     ), roomy AS MATERIALIZED (
       ${roomyFor('start')}
     ), asked AS (
       SELECT start.*, roomy.endpoint_id IS NOT NULL AS fits FROM start LEFT JOIN roomy ON roomy.endpoint_id = start.endpoint_id
       WHERE ${isFew('item')}
     )
     UPDATE job SET state = 'queued', queued_at = now(), deadline_at = now() + deadline_ms * interval '1 millisecond',
       queue_expires_at = now() + queue_ms * interval '1 millisecond',
       release = release + fits::int, released_at = CASE WHEN fits THEN now() END
     FROM asked
     WHERE job.id = asked.id AND ${lookedUp(`job.tenant_id = asked.tenant_id AND (asked.any_owner OR job.owner = asked.subject)
       AND job.state = 'created' AND job.start_by > now()`)}
     RETURNING ${jobColumns}, asked.item`,
    [
      toRecordset(
        items.map(({ access, id, endpointId }) => ({
          id,
          endpoint_id: endpointId,
          slots: endpointId === undefined ? undefined : slots.get(endpointId),
          tenant_id: access.tenantId,
          subject: access.subject,
          any_owner: access.anyOwner,
        })),
      ),
    ],
  );
  return byItem(rows, items);
}
