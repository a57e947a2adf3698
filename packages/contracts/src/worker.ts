import { z } from 'zod';
import { defineCall } from './call-contract.js';
import { jsonObject } from './json-object.js';
import { checkpointRef, jobProgress } from './jobs.js';

/** The queue that carries an endpoint's jobs to its workers. */
export function endpointQueue(endpointId: string): string {
  return `ep-${endpointId}`;
}

/** The dispatcher's door for the workers of one endpoint: whoever can write to it is a worker of that endpoint. */
export function workerDoor(endpointId: string): string {
  return `jobs-${endpointId}`;
}

const jobId = z.uuid();
const epoch = z.number().int().positive();

/** The uploaded payload, and where it can be read for a while. */
const payloadAccess = z.object({ name: z.string(), url: z.string(), maxBytes: z.number().int().positive() });

/**
 * What a durable job leaves in its endpoint's queue: the record's id and the number of its release. The offer lets a worker
 * download the payload while it asks for the claim; what it is worth, the claim decides.
 */
export const runJob = defineCall({
  name: 'job.run',
  queue: 'ep-*',
  version: 1,
  request: z.object({ jobId, release: z.number().int().positive(), offer: payloadAccess.optional() }),
  response: z.object({}),
});
export type PayloadOffer = z.infer<typeof payloadAccess>;

/** An attached job: the whole of it travels in the queue, runs once and is answered on the caller's reply stream. */
export const performJob = defineCall({
  name: 'job.perform',
  queue: 'ep-*',
  version: 1,
  request: z.object({
    jobType: z.string().min(1),
    inputs: jsonObject,
    checkpoints: z.array(checkpointRef.extend({ url: z.string() })).default([]),
  }),
  response: z.object({ result: jsonObject }),
});

const workerId = z.string().min(1).max(200);

/** How long the claim holds unless it is renewed; default the dispatcher's own. For workers that give no sign of life while they work. */
const leaseMs = z.number().int().min(1_000).max(86_400_000).optional();

/**
 * Takes a job for a worker: the epoch rises, so that whatever an earlier attempt still sends changes nothing.
 * `null` when the entry is stale (the job was cancelled, ended, or given to another worker): drop it.
 */
export const claimJob = defineCall({
  name: 'worker.claim',
  queue: 'jobs-*',
  version: 1,
  repeatable: true,
  request: z.object({ jobId, release: z.number().int().positive(), workerId, leaseMs }),
  response: z.object({
    claim: z
      .object({
        jobId,
        epoch,
        jobType: z.string(),
        dialect: z.string(),
        endpointId: z.string(),
        tenantId: z.string(),
        /** Left out by a dispatcher of an earlier release. */
        owner: z.string().default(''),
        attempt: z.number().int().positive(),
        inputs: jsonObject,
        payload: payloadAccess.nullable(),
        checkpoints: z.array(checkpointRef.extend({ url: z.string() })),
        /** The attempt must end within it. A span, not a time: the worker's clock need not be the database's. */
        timeLeftMs: z.number().int().nonnegative(),
        /** The claim lapses unless it is renewed within this time. */
        leaseMs: z.number().int().positive(),
        trace: z.string().nullable(),
      })
      .nullable(),
  }),
});
export type JobClaim = NonNullable<z.infer<(typeof claimJob)['response']>['claim']>;

/** The claim that a worker holds on a job, for who speaks for the worker and has not made the claim itself. `null`: it holds none. */
export const findClaim = defineCall({
  name: 'worker.find',
  queue: 'jobs-*',
  version: 1,
  repeatable: true,
  request: z.object({ jobId, workerId }),
  response: z.object({ claim: z.object({ epoch, startedAt: z.iso.datetime() }).nullable() }),
});

/** Fresh GET URLs for the payload and the checkpoints, as long as the epoch holds. @throws STALE_CLAIM */
export const renewUrls = defineCall({
  name: 'worker.urls',
  queue: 'jobs-*',
  version: 1,
  repeatable: true,
  request: z.object({ jobId, epoch }),
  response: z.object({
    payloadUrl: z.string().nullable(),
    checkpoints: z.array(z.object({ id: z.uuid(), url: z.string() })),
  }),
});

/** PUT URLs for outputs whose bytes exist; length and checksum are signed, the key holds the epoch. @throws STALE_CLAIM */
export const grantOutputs = defineCall({
  name: 'worker.grant',
  queue: 'jobs-*',
  version: 1,
  repeatable: true,
  request: z.object({
    jobId,
    epoch,
    outputs: z
      .array(
        z.object({
          name: z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,199}$/u),
          sizeBytes: z.number().int().nonnegative(),
          sha256: z.string().regex(/^[0-9a-f]{64}$/u),
          mediaType: z.string().max(200),
        }),
      )
      .min(1)
      .max(100),
  }),
  response: z.object({
    puts: z.array(z.object({ name: z.string(), url: z.string(), headers: z.record(z.string(), z.string()) })),
  }),
});

/** A worker's sign of life for all it holds. The answer says which to drop. */
export const renewClaims = defineCall({
  name: 'worker.renew',
  queue: 'jobs-*',
  version: 1,
  repeatable: true,
  request: z.object({
    workerId,
    leaseMs,
    claims: z.array(z.object({ jobId, epoch, progress: jobProgress.optional() })).max(1000),
  }),
  response: z.object({ claims: z.array(z.object({ jobId, epoch, standing: z.enum(['held', 'lost', 'cancelled']) })) }),
});

export const jobOutcome = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('succeeded'),
    outputs: z
      .array(
        z.object({
          name: z.string(),
          sizeBytes: z.number().int().nonnegative(),
          sha256: z.string(),
          mediaType: z.string(),
        }),
      )
      .max(100),
    result: jsonObject.default({}),
    usage: jsonObject.default({}),
  }),
  z.object({ kind: z.literal('failed'), code: z.string(), message: z.string().max(4000), retryable: z.boolean() }),
  z.object({ kind: z.literal('cancelled') }),
  /** The worker stops before the job is done: the attempt does not count. */
  z.object({ kind: z.literal('given-back') }),
]);
export type JobOutcome = z.infer<typeof jobOutcome>;

/** Ends an attempt. `accepted` is false when the epoch is stale: nothing changed. */
export const commitJob = defineCall({
  name: 'worker.commit',
  queue: 'jobs-*',
  version: 1,
  repeatable: true,
  request: z.object({ jobId, epoch, outcome: jobOutcome }),
  response: z.object({ accepted: z.boolean() }),
});
