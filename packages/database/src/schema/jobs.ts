import { sql } from 'drizzle-orm';
import { bigint, index, integer, jsonb, pgTable, primaryKey, text, timestamp, uuid } from 'drizzle-orm/pg-core';

const instant = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

export const jobStates = ['created', 'queued', 'active', 'succeeded', 'failed', 'cancelled', 'expired'] as const;
export type JobState = (typeof jobStates)[number];

/** The record of a durable job: the truth about it. The queue only carries its id. */
export const job = pgTable(
  'job',
  {
    id: uuid('id').primaryKey(),
    dialect: text('dialect').notNull(),
    externalId: text('external_id'),
    tenantId: text('tenant_id').notNull(),
    owner: text('owner').notNull(),
    actAs: text('act_as'),
    keyId: text('key_id'),
    jobType: text('job_type').notNull(),
    contractVersion: integer('contract_version').notNull().default(1),
    endpointId: text('endpoint_id').notNull(),
    mode: text('mode').notNull(),
    state: text('state', { enum: jobStates }).notNull(),
    reasonCode: text('reason_code'),
    reason: text('reason'),
    priority: integer('priority').notNull().default(100),
    weight: integer('weight').notNull().default(1),
    /** How often the record was put into its endpoint's queue; names the entry of the last time. */
    release: integer('release').notNull().default(0),
    /** Null: not in the queue. */
    releasedAt: instant('released_at'),
    epoch: integer('epoch').notNull().default(0),
    /** How often a worker began it; jobs given back are not counted. */
    attempts: integer('attempts').notNull().default(0),
    /** Attempts that ended in a retryable error of the work itself. */
    failures: integer('failures').notNull().default(0),
    /** Attempts that ended because a server the worker needs did not answer. */
    outages: integer('outages').notNull().default(0),
    /** Attempts whose worker died. */
    crashes: integer('crashes').notNull().default(0),
    /** Not released before; null: at once. */
    notBefore: instant('not_before'),
    workerId: text('worker_id'),
    leaseUntil: instant('lease_until'),
    /** The job must end this long after its start. */
    deadlineMs: bigint('deadline_ms', { mode: 'number' }).notNull(),
    deadlineAt: instant('deadline_at'),
    runTimeoutMs: integer('run_timeout_ms').notNull(),
    /** A job still `created` then has expired. */
    startBy: instant('start_by').notNull(),
    retainUntil: instant('retain_until'),
    /** How long its end is kept; null: as long as any other. */
    retainMs: bigint('retain_ms', { mode: 'number' }),
    /** A job that no worker began this long after its start has expired; null: it waits until its deadline. */
    queueMs: bigint('queue_ms', { mode: 'number' }),
    queueExpiresAt: instant('queue_expires_at'),
    createdAt: instant('created_at').notNull().defaultNow(),
    queuedAt: instant('queued_at'),
    startedAt: instant('started_at'),
    finishedAt: instant('finished_at'),
    cancelRequestedAt: instant('cancel_requested_at'),
    /** `{key, name, maxBytes}` */
    payload: jsonb('payload'),
    inputs: jsonb('inputs')
      .notNull()
      .default(sql`'{}'`),
    checkpoints: jsonb('checkpoints')
      .notNull()
      .default(sql`'[]'`),
    progress: jsonb('progress'),
    usage: jsonb('usage'),
    result: jsonb('result'),
    webhook: jsonb('webhook'),
    trace: text('trace'),
    dialectData: jsonb('dialect_data')
      .notNull()
      .default(sql`'{}'`),
  },
  (table) => [
    index('job_release_scan')
      .on(table.endpointId, table.tenantId, table.owner, table.priority.desc(), table.queuedAt)
      .where(sql`queued_at is not null and released_at is null and finished_at is null`),
    index('job_in_flight')
      .on(table.endpointId)
      .where(sql`released_at is not null and finished_at is null`),
    index('job_queue_place')
      .on(table.endpointId, table.queuedAt, table.id)
      .where(sql`queued_at is not null and worker_id is null and finished_at is null`),
    index('job_lease')
      .on(table.leaseUntil)
      .where(sql`state = 'active'`),
    index('job_start_by')
      .on(table.startBy)
      .where(sql`state = 'created'`),
    index('job_deadline')
      .on(table.deadlineAt)
      .where(sql`state in ('queued', 'active')`),
    index('job_backlog')
      .on(table.endpointId, table.tenantId)
      .where(sql`state in ('created', 'queued', 'active')`),
    index('job_cancel_requested')
      .on(table.cancelRequestedAt)
      .where(sql`state in ('queued', 'active') and cancel_requested_at is not null`),
    index('job_owner').on(table.tenantId, table.dialect, table.owner, table.id.desc()),
    index('job_external_id')
      .on(table.tenantId, table.dialect, table.externalId)
      .where(sql`external_id is not null`),
    index('job_queue_expires')
      .on(table.queueExpiresAt)
      .where(sql`state = 'queued' and queue_expires_at is not null`),
    index('job_retain')
      .on(table.retainUntil)
      .where(sql`retain_until is not null`),
  ],
);

export const jobOutput = pgTable(
  'job_output',
  {
    jobId: uuid('job_id')
      .notNull()
      .references(() => job.id, { onDelete: 'cascade' }),
    epoch: integer('epoch').notNull(),
    name: text('name').notNull(),
    position: integer('position').notNull(),
    key: text('key').notNull(),
    sizeBytes: bigint('size_bytes', { mode: 'number' }).notNull(),
    sha256: text('sha256'),
    mediaType: text('media_type').notNull(),
  },
  (table) => [primaryKey({ columns: [table.jobId, table.name] })],
);

/** Jobs whose records are gone and whose objects must go: at once, and again when no upload URL of theirs is valid any more. */
export const jobGarbage = pgTable(
  'job_garbage',
  {
    jobId: uuid('job_id').primaryKey(),
    tenantId: text('tenant_id').notNull(),
    sweepAt: instant('sweep_at').notNull(),
    finalSweepAt: instant('final_sweep_at').notNull(),
  },
  (table) => [index('job_garbage_sweep').on(table.sweepAt)],
);

/** One row a caller's idempotency key; the fingerprint tells a repetition from a different request. */
export const idempotency = pgTable(
  'idempotency',
  {
    tenantId: text('tenant_id').notNull(),
    owner: text('owner').notNull(),
    key: text('key').notNull(),
    fingerprint: text('fingerprint').notNull(),
    jobId: uuid('job_id').notNull(),
    expiresAt: instant('expires_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.owner, table.key] }),
    index('idempotency_expires').on(table.expiresAt),
    index('idempotency_job').on(table.jobId),
  ],
);
