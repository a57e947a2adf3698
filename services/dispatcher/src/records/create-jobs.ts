import type { createJob } from '@infermesh/contracts';
import type { Sql } from '@infermesh/database';
import { MeshError } from '@infermesh/errors';
import type { z } from 'zod';
import { roomyFor } from './endpoint-load.js';
import { jobColumns, type JobRow, type PayloadRecord } from './job-row.js';
import { rowsOf, toRecordset } from './rows.js';

export type NewJob = z.output<typeof createJob.request>;

export interface JobInsert {
  readonly id: string;
  readonly job: NewJob;
  readonly payload: PayloadRecord | null;
  readonly startWithinMs: number;
}

function toRecord({ id, job, payload, startWithinMs }: JobInsert): { id: string } & Record<string, unknown> {
  return {
    id,
    dialect: job.dialect,
    external_id: job.externalId ?? null,
    tenant_id: job.owner.tenantId,
    owner: job.owner.owner,
    act_as: job.owner.actAs ?? null,
    key_id: job.owner.keyId ?? null,
    job_type: job.jobType,
    endpoint_id: job.endpointId,
    priority: job.priority,
    weight: job.owner.weight,
    run_timeout_ms: job.runTimeoutMs,
    deadline_ms: job.deadlineMs,
    queue_ms: job.queueMs ?? null,
    retain_ms: job.retainMs ?? null,
    start_within_ms: startWithinMs,
    payload,
    inputs: job.inputs,
    checkpoints: job.checkpoints,
    webhook: job.webhook ?? null,
    trace: job.trace ?? null,
    start: job.start,
    dialect_data: job.dialectData,
  };
}

/** Where a record does not start, it takes no room. */
function slotsFor({ job }: JobInsert, slots: ReadonlyMap<string, number>): number | undefined {
  return job.start ? slots.get(job.endpointId) : undefined;
}

/**
 * Writes many records in one statement; answers in the order of the items. Those that start at once are released too, where the
 * endpoint's slots are given, nobody waits there and there is room for all of them.
 */
export async function insertJobs(
  db: Sql,
  items: readonly JobInsert[],
  slots: ReadonlyMap<string, number> = new Map(),
): Promise<JobRow[]> {
  const rows = await rowsOf<JobRow>(
    db,
    `WITH fresh AS MATERIALIZED (
       SELECT * FROM jsonb_to_recordset($1::jsonb) AS fresh(id uuid, dialect text, external_id text, tenant_id text, owner text, act_as text,
          key_id text, job_type text, endpoint_id text, priority int, weight int, run_timeout_ms int, deadline_ms bigint,
          start_within_ms bigint, queue_ms bigint, retain_ms bigint, payload jsonb, inputs jsonb, checkpoints jsonb, webhook jsonb, trace text, start boolean,
          dialect_data jsonb, slots int)
     ), roomy AS MATERIALIZED (
       ${roomyFor('fresh')}
     )
     INSERT INTO job (id, dialect, external_id, tenant_id, owner, act_as, key_id, job_type, endpoint_id, mode, state, priority,
                      weight, run_timeout_ms, deadline_ms, start_by, queued_at, deadline_at, queue_ms, queue_expires_at, retain_ms, payload, inputs, checkpoints, webhook, trace, dialect_data, release, released_at)
     SELECT id, dialect, external_id, tenant_id, owner, act_as, key_id, job_type, fresh.endpoint_id, 'durable',
            CASE WHEN start THEN 'queued' ELSE 'created' END, priority, weight, run_timeout_ms, deadline_ms,
            now() + start_within_ms * interval '1 millisecond', CASE WHEN start THEN now() END,
            CASE WHEN start THEN now() + deadline_ms * interval '1 millisecond' END, queue_ms,
            CASE WHEN start THEN now() + queue_ms * interval '1 millisecond' END, retain_ms, payload, inputs, checkpoints, webhook, trace, dialect_data,
            CASE WHEN roomy.endpoint_id IS NULL THEN 0 ELSE 1 END, CASE WHEN roomy.endpoint_id IS NULL THEN NULL ELSE now() END
     FROM fresh LEFT JOIN roomy ON roomy.endpoint_id = fresh.endpoint_id AND fresh.slots IS NOT NULL
     RETURNING ${jobColumns}`,
    [toRecordset(items.map((item) => ({ ...toRecord(item), slots: slotsFor(item, slots) })))],
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  return items.map(({ id }) => {
    const row = byId.get(id);
    if (row === undefined) throw new MeshError('INTERNAL', `record ${id} was not written`);
    return row;
  });
}

export interface IdempotencyClaim {
  readonly tenantId: string;
  readonly owner: string;
  readonly key: string;
  readonly fingerprint: string;
  readonly jobId: string;
  readonly lifetimeMs: number;
}

/**
 * Binds a key to a new job, or finds the job it is bound to. An expired key counts as unused.
 *
 * @returns the id the key is bound to: `jobId` itself when it was free
 * @throws MeshError IDEMPOTENCY_MISMATCH when it is bound to a different request
 */
export async function bindIdempotencyKey(tx: Sql, claim: IdempotencyClaim): Promise<string> {
  const bound = await rowsOf<{ job_id: string }>(
    tx,
    `INSERT INTO idempotency (tenant_id, owner, key, fingerprint, job_id, expires_at)
     VALUES ($1, $2, $3, $4, $5, now() + $6 * interval '1 millisecond')
     ON CONFLICT (tenant_id, owner, key) DO UPDATE SET fingerprint = excluded.fingerprint, job_id = excluded.job_id, expires_at = excluded.expires_at
       WHERE idempotency.expires_at < now()
     RETURNING job_id`,
    [claim.tenantId, claim.owner, claim.key, claim.fingerprint, claim.jobId, claim.lifetimeMs],
  );
  if (bound.length > 0) return claim.jobId;
  const [existing] = await rowsOf<{ fingerprint: string; job_id: string }>(
    tx,
    'SELECT fingerprint, job_id FROM idempotency WHERE tenant_id = $1 AND owner = $2 AND key = $3',
    [claim.tenantId, claim.owner, claim.key],
  );
  if (existing === undefined)
    throw new MeshError('CONFLICT', 'the idempotency key expired just now: send the request again');
  if (existing.fingerprint !== claim.fingerprint) {
    throw new MeshError(
      'IDEMPOTENCY_MISMATCH',
      'this idempotency key was used with a different request: choose a new key',
    );
  }
  return existing.job_id;
}
