import type { JobAccess } from '@infermesh/contracts';
import type { Sql } from '@infermesh/database';
import type { JobRow } from './job-row.js';
import { byItem, rowsOf, toRecordset } from './rows.js';

export interface JobStart {
  readonly access: JobAccess;
  readonly id: string;
}

/**
 * Turns created records into queued ones, many in one statement. Undefined where there was nothing to turn: the record is
 * unknown, another's, or started before.
 */
export async function startJobRows(db: Sql, items: readonly JobStart[]): Promise<(JobRow | undefined)[]> {
  const rows = await rowsOf<JobRow & { item: number }>(
    db,
    `UPDATE job SET state = 'queued', queued_at = now(), deadline_at = now() + deadline_ms * interval '1 millisecond',
       queue_expires_at = now() + queue_ms * interval '1 millisecond'
     FROM jsonb_to_recordset($1::jsonb) AS start(item int, id uuid, tenant_id text, subject text, any_owner boolean)
     WHERE job.id = start.id AND job.tenant_id = start.tenant_id AND (start.any_owner OR job.owner = start.subject)
       AND job.state = 'created' AND job.start_by > now()
     RETURNING job.*, start.item`,
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
  return byItem(rows, items);
}
