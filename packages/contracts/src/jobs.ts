import { z } from 'zod';
import { defineCall } from './call-contract.js';
import { jsonObject } from './json-object.js';

/** States of a job record. The last four are final. */
export const jobStates = ['created', 'queued', 'active', 'succeeded', 'failed', 'cancelled', 'expired'] as const;
export const jobState = z.enum(jobStates);
export type JobState = z.infer<typeof jobState>;

export const finalJobStates: readonly JobState[] = ['succeeded', 'failed', 'cancelled', 'expired'];

export function isFinal(state: JobState): boolean {
  return finalJobStates.includes(state);
}

const jobId = z.uuid();

/** The largest `inputs` or `dialectData` a record holds, as JSON text; more travels as an object. */
export const maxInlineInputBytes = 16_384;

const boundedJson = jsonObject.refine((value) => JSON.stringify(value).length <= maxInlineInputBytes, {
  message: `must be at most ${maxInlineInputBytes} bytes of JSON; upload larger values as the payload`,
});

/** A name or id of ours: short enough to be indexed. */
const name = z.string().min(1).max(200);

/** Who a job belongs to. Part of every query: a job of another tenant does not exist for the caller. */
export const jobOwner = z.object({
  tenantId: name,
  /** User name the job belongs to. */
  owner: name,
  /** User who acted on the owner's behalf, when that is another one. */
  actAs: name.optional(),
  keyId: name.optional(),
  /** Share of an endpoint this tenant gets while others wait too; 1 is the usual share. */
  weight: z.number().int().min(1).max(1000).default(1),
});
export type JobOwner = z.infer<typeof jobOwner>;

/** Which records a caller may touch: its own, or with `anyOwner` all of its tenant. */
export const jobAccess = z.object({
  tenantId: z.string().min(1),
  subject: z.string().min(1),
  anyOwner: z.boolean().default(false),
});
export type JobAccess = z.infer<typeof jobAccess>;

/** A checkpoint as resolved when the job was made; the worker gets a GET URL for `objectKey` with its claim. */
export const checkpointRef = z.object({
  id: z.uuid(),
  type: z.string(),
  name: z.string(),
  file: z.string(),
  objectKey: z.string(),
  sizeBytes: z.number().int().nonnegative(),
  /** Lower-case hex. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/u),
  /** `folder`: the object is a tar archive, laid out as the files in it. Absent: the file itself. */
  layout: z.literal('folder').optional(),
  /** The checkpoint the file belongs to, where it has an id of its own: one of several files. */
  checkpointId: z.uuid().optional(),
});
export type CheckpointRef = z.infer<typeof checkpointRef>;

const jobOutput = z.object({
  name: z.string(),
  key: z.string(),
  sizeBytes: z.number().int().nonnegative(),
  mediaType: z.string(),
  /** A GET URL, when the caller asked for URLs; it lives an hour. */
  url: z.string().optional(),
});

/** How far the work is. */
export const jobProgress = z.object({
  fraction: z.number().min(0).max(1),
  stage: z.string().max(100).optional(),
  /** What the dialect's clients are told besides. */
  detail: boundedJson.optional(),
});
export type JobProgress = z.infer<typeof jobProgress>;

export const jobView = z.object({
  id: jobId,
  dialect: z.string(),
  externalId: z.string().nullable(),
  tenantId: z.string(),
  owner: z.string(),
  jobType: z.string(),
  endpointId: z.string(),
  state: jobState,
  reasonCode: z.string().nullable(),
  /** A sentence for the owner: why the job did not succeed and what to do. */
  reason: z.string().nullable(),
  attempts: z.number().int(),
  /** 1 goes next at its endpoint, by time; 1000 and more are 1000. Where it was asked for and the job waits, else null. */
  queuePosition: z.number().int().positive().nullable().default(null),
  progress: jobProgress.nullable(),
  createdAt: z.iso.datetime(),
  queuedAt: z.iso.datetime().nullable(),
  startedAt: z.iso.datetime().nullable(),
  finishedAt: z.iso.datetime().nullable(),
  payload: z.object({ key: z.string(), name: z.string(), url: z.string().optional() }).nullable(),
  checkpoints: z.array(checkpointRef),
  outputs: z.array(jobOutput),
  result: jsonObject.nullable(),
  dialectData: jsonObject,
});
export type JobView = z.infer<typeof jobView>;

const presignedPut = z.object({ url: z.string(), headers: z.record(z.string(), z.string()) });

export const createJob = defineCall({
  name: 'jobs.create',
  queue: 'dispatcher',
  version: 1,
  gathered: true,
  request: z.object({
    owner: jobOwner,
    dialect: name,
    externalId: name.optional(),
    jobType: name,
    endpointId: name,
    /** Higher goes first among the jobs of one tenant. */
    priority: z.number().int().min(1).max(1000).default(100),
    /** The file the client uploads before it starts the job. */
    payload: z.object({ name: z.string().min(1), maxBytes: z.number().int().positive() }).nullable(),
    inputs: boundedJson.default({}),
    checkpoints: z.array(checkpointRef).max(100).default([]),
    dialectData: boundedJson.default({}),
    /** The longest one attempt may run. */
    runTimeoutMs: z.number().int().positive().max(86_400_000),
    /** Queues the job at once, instead of waiting for `jobs.start`: for jobs whose payload is there, or that have none. */
    start: z.boolean().default(false),
    /** The job must end this long after its start; default 24 hours. */
    deadlineMs: z.number().int().positive().max(2_592_000_000).default(86_400_000),
    /** Refused with QUEUE_FULL where so many jobs wait at the endpoint already. */
    maxWaiting: z.number().int().nonnegative().optional(),
    /** A job that no worker has begun this long after its start expires. */
    queueMs: z.number().int().positive().max(2_592_000_000).optional(),
    /** How long its record and its objects are kept once it has ended; default the dispatcher's. */
    retainMs: z.number().int().positive().max(31_536_000_000).optional(),
    /** Called once the job has ended; with `withUrls` its outputs come with presigned URLs. The owner needs a secret before. */
    webhook: z.object({ url: z.string().min(1).max(2048), withUrls: z.boolean().default(false) }).optional(),
    /** The same key with the same fingerprint returns the first job; with another one it is refused. */
    idempotency: z.object({ key: z.string().min(1).max(255), fingerprint: z.string().min(1).max(128) }).optional(),
    trace: z.string().max(200).optional(),
  }),
  response: z.object({
    job: jobView,
    upload: presignedPut.nullable(),
    /** True when the idempotency key returned an earlier job. */
    replayed: z.boolean(),
  }),
});

/** Starting a job that was started before changes nothing and returns its present state. */
export const startJob = defineCall({
  name: 'jobs.start',
  queue: 'dispatcher',
  version: 1,
  gathered: true,
  request: z.object({ access: jobAccess, id: jobId }),
  response: z.object({ job: jobView }),
});

export const getJob = defineCall({
  name: 'jobs.get',
  queue: 'dispatcher',
  version: 1,
  gathered: true,
  request: z.object({
    access: jobAccess,
    id: jobId,
    withUrls: z.boolean().default(false),
    withQueuePosition: z.boolean().default(false),
  }),
  response: z.object({ job: jobView }),
});

export const listJobs = defineCall({
  name: 'jobs.list',
  queue: 'dispatcher',
  version: 1,
  request: z.object({
    access: jobAccess,
    dialect: z.string(),
    jobType: z.string().optional(),
    limit: z.number().int().min(1).max(100).default(20),
    /** `nextCursor` of the page before. */
    cursor: jobId.optional(),
  }),
  response: z.object({ jobs: z.array(jobView), nextCursor: z.string().nullable() }),
});

export const cancelJob = defineCall({
  name: 'jobs.cancel',
  queue: 'dispatcher',
  version: 1,
  request: z.object({ access: jobAccess, id: jobId }),
  response: z.object({ job: jobView }),
});

/** Unknown ids are left out of the answer. A running job is cancelled first. */
export const deleteJobs = defineCall({
  name: 'jobs.delete',
  queue: 'dispatcher',
  version: 1,
  request: z.object({ access: jobAccess, ids: z.array(jobId).min(1).max(100) }),
  response: z.object({ deleted: z.array(jobId) }),
});

/** How many jobs each endpoint has not finished: as counted some seconds ago, and what this dispatcher has made since. */
export const countUnfinished = defineCall({
  name: 'jobs.unfinished',
  queue: 'dispatcher',
  version: 1,
  gathered: true,
  request: z.object({ endpointIds: z.array(name).max(100) }),
  /** In the order asked for. */
  response: z.object({ unfinished: z.array(z.number().int().nonnegative()) }),
});

/** The endpoint manager's word on one pool: how many jobs its live workers run at once, and which workers died. */
export const reportPool = defineCall({
  name: 'pools.report',
  queue: 'dispatcher',
  version: 1,
  request: z.object({
    endpointId: z.string().min(1),
    slots: z.number().int().nonnegative(),
    /** The pool is gone: its waiting jobs fail with ENDPOINT_NOT_FOUND. */
    removed: z.boolean().default(false),
    lostWorkers: z.array(z.string()).max(1000).default([]),
  }),
  response: z.object({}),
});
