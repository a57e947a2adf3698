import { z } from 'zod';
import { defineCall } from './call-contract.js';
import { jsonObject } from './json-object.js';

export const endpointStatus = z.enum(['creating', 'in-service', 'failed', 'deleting']);

/** How an endpoint may be scaled. */
export const endpointAutoscaling = z.object({
  minWorkers: z.number().int().nonnegative(),
  maxWorkers: z.number().int().nonnegative(),
  /** Quiet time before workers are taken away; null leaves it to the policy. */
  coolDownMs: z.number().int().positive().nullable(),
});

export const endpointView = z.object({
  id: z.string(),
  name: z.string(),
  /** The dialect's word, for example `async` or `real-time`; the manager does not read it. */
  kind: z.string(),
  tenantId: z.string(),
  ownerRoles: z.array(z.string()),
  jobTypes: z.array(z.string()),
  instanceType: z.string(),
  desiredWorkers: z.number().int().nonnegative(),
  slotsPerWorker: z.number().int().positive(),
  /** Null: the number of workers is fixed. */
  autoscaling: endpointAutoscaling.nullable().default(null),
  /** The container image asked for instead of the mesh's own. */
  image: z.string().nullable().default(null),
  /** What the dialect that made it keeps with it. */
  dialectData: jsonObject.default({}),
  /** Workers that answer now. */
  readyWorkers: z.number().int().nonnegative(),
  /** SHA-256 of the checkpoints that a worker has loaded: jobs that need them start sooner here. */
  warmCheckpoints: z.array(z.string()).default([]),
  status: endpointStatus,
  error: z.string().nullable(),
  createdAt: z.iso.datetime(),
  readyAt: z.iso.datetime().nullable(),
});
export type EndpointView = z.infer<typeof endpointView>;

/**
 * @throws CONFLICT of `name`, or of `ownerRoles` (`details` name the role); QUOTA_EXCEEDED of `workers`; BAD_REQUEST of `image`
 */
export const createEndpoint = defineCall({
  name: 'endpoints.create',
  queue: 'endpoints',
  version: 1,
  request: z.object({
    name: z
      .string()
      .min(1)
      .max(63)
      .regex(/^[A-Za-z0-9][A-Za-z0-9-]*$/u, 'must be letters, digits and hyphens'),
    kind: z.string().min(1),
    tenantId: z.string().min(1),
    ownerRoles: z.array(z.string().min(1)).max(20).default([]),
    /** Job types its workers run. */
    jobTypes: z.array(z.string().min(1)).min(1).max(100),
    instanceType: z.string().default('local'),
    /** Within the quota of the instance type. */
    workers: z.number().int().min(0).max(1_000_000),
    slotsPerWorker: z.number().int().min(1).max(64).default(1),
    /** An endpoint of this name that exists already is returned as it is, instead of CONFLICT. */
    ensure: z.boolean().default(false),
    /** Refused where an endpoint of the tenant that is not being deleted has one of the roles. */
    onePerRole: z.boolean().default(false),
    autoscaling: endpointAutoscaling.nullable().default(null),
    /** From the operator's list. */
    image: z.string().max(500).nullable().default(null),
    dialectData: jsonObject
      .default({})
      .refine((value) => JSON.stringify(value).length <= 4_096, 'must be at most 4096 bytes of JSON'),
  }),
  response: z.object({ endpoint: endpointView }),
});

/** The oldest first, as many as fit an answer, after the one with this id. */
export const listEndpoints = defineCall({
  name: 'endpoints.list',
  queue: 'endpoints',
  version: 1,
  request: z.object({
    tenantId: z.string().optional(),
    name: z.string().optional(),
    kind: z.string().optional(),
    after: z.uuid().optional(),
  }),
  response: z.object({ endpoints: z.array(endpointView), isLast: z.boolean() }),
});

export const deleteEndpoints = defineCall({
  name: 'endpoints.delete',
  queue: 'endpoints',
  version: 1,
  request: z.object({ tenantId: z.string(), names: z.array(z.string()).min(1).max(100) }),
  response: z.object({ deleted: z.array(z.string()) }),
});
