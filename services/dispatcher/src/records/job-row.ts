import type { CheckpointRef, JobState, JobView } from '@infermesh/contracts';

type Json = JobView['dialectData'];

/** What others are told of a record, in columns of the table `job` as the driver returns them: timestamps as Date, jsonb parsed. */
export interface JobRow {
  readonly id: string;
  readonly dialect: string;
  readonly external_id: string | null;
  readonly tenant_id: string;
  readonly owner: string;
  readonly job_type: string;
  readonly endpoint_id: string;
  readonly state: JobState;
  readonly reason_code: string | null;
  readonly reason: string | null;
  readonly release: number;
  readonly attempts: number;
  readonly progress: JobView['progress'];
  readonly created_at: Date;
  readonly queued_at: Date | null;
  readonly started_at: Date | null;
  readonly finished_at: Date | null;
  readonly payload: PayloadRecord | null;
  readonly checkpoints: CheckpointRef[];
  readonly result: Json | null;
  readonly dialect_data: Json;
}

/** The columns of a `JobRow`. */
export const jobColumns = columnsOf({
  id: true,
  dialect: true,
  external_id: true,
  tenant_id: true,
  owner: true,
  job_type: true,
  endpoint_id: true,
  state: true,
  reason_code: true,
  reason: true,
  release: true,
  attempts: true,
  progress: true,
  created_at: true,
  queued_at: true,
  started_at: true,
  finished_at: true,
  payload: true,
  checkpoints: true,
  result: true,
  dialect_data: true,
} satisfies Record<keyof JobRow, true>);

/** What a worker is told besides. */
export interface ClaimedRow extends JobRow {
  readonly epoch: number;
  readonly run_timeout_ms: number;
  readonly deadline_at: Date | null;
  readonly inputs: Json;
  readonly trace: string | null;
}

type ClaimedOnly = Exclude<keyof ClaimedRow, keyof JobRow>;

/** The columns of a `ClaimedRow`. */
export const claimedColumns = `${jobColumns}, ${columnsOf({
  epoch: true,
  run_timeout_ms: true,
  deadline_at: true,
  inputs: true,
  trace: true,
} satisfies Record<ClaimedOnly, true>)}`;

function columnsOf(names: Readonly<Record<string, true>>): string {
  return Object.keys(names)
    .map((name) => `job.${name}`)
    .join(', ');
}

export interface PayloadRecord {
  readonly key: string;
  readonly name: string;
  readonly maxBytes: number;
}

export interface OutputRow {
  readonly name: string;
  readonly key: string;
  readonly size_bytes: number;
  readonly media_type: string;
}

const iso = (date: Date | null): string | null => date?.toISOString() ?? null;

/** The record as other services see it; without URLs. */
export function toJobView(row: JobRow, outputs: readonly OutputRow[] = []): JobView {
  return {
    id: row.id,
    dialect: row.dialect,
    externalId: row.external_id,
    tenantId: row.tenant_id,
    owner: row.owner,
    jobType: row.job_type,
    endpointId: row.endpoint_id,
    state: row.state,
    reasonCode: row.reason_code,
    reason: row.reason,
    attempts: row.attempts,
    queuePosition: null,
    progress: row.progress,
    createdAt: row.created_at.toISOString(),
    queuedAt: iso(row.queued_at),
    startedAt: iso(row.started_at),
    finishedAt: iso(row.finished_at),
    payload: row.payload === null ? null : { key: row.payload.key, name: row.payload.name },
    checkpoints: row.checkpoints,
    outputs: outputs.map(({ name, key, size_bytes, media_type }) => ({
      name,
      key,
      sizeBytes: size_bytes,
      mediaType: media_type,
    })),
    result: row.result,
    dialectData: row.dialect_data,
  };
}
