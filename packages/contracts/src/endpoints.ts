import { z } from 'zod';
import { defineCall } from './call-contract.js';

export const endpointStatus = z.enum(['creating', 'in-service', 'failed', 'deleting']);

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
  /** Workers that answer now. */
  readyWorkers: z.number().int().nonnegative(),
  status: endpointStatus,
  error: z.string().nullable(),
  createdAt: z.iso.datetime(),
  readyAt: z.iso.datetime().nullable(),
});
export type EndpointView = z.infer<typeof endpointView>;

export const createEndpoint = defineCall({
  name: 'endpoints.create',
  queue: 'endpoints',
  version: 1,
  request: z.object({
    name: z
      .string()
      .min(1)
      .max(63)
      .regex(/^[a-z0-9][a-z0-9-]*$/u, 'must be lower-case letters, digits and hyphens'),
    kind: z.string().min(1),
    tenantId: z.string().min(1),
    ownerRoles: z.array(z.string().min(1)).max(20).default([]),
    /** Job types its workers run. */
    jobTypes: z.array(z.string().min(1)).min(1).max(100),
    instanceType: z.string().default('local'),
    workers: z.number().int().min(0).max(1000),
    slotsPerWorker: z.number().int().min(1).max(64).default(1),
    /** An endpoint of this name that exists already is returned as it is, instead of CONFLICT. */
    ensure: z.boolean().default(false),
  }),
  response: z.object({ endpoint: endpointView }),
});

export const listEndpoints = defineCall({
  name: 'endpoints.list',
  queue: 'endpoints',
  version: 1,
  request: z.object({ tenantId: z.string().optional(), name: z.string().optional(), kind: z.string().optional() }),
  response: z.object({ endpoints: z.array(endpointView) }),
});

export const deleteEndpoints = defineCall({
  name: 'endpoints.delete',
  queue: 'endpoints',
  version: 1,
  request: z.object({ tenantId: z.string(), names: z.array(z.string()).min(1).max(100) }),
  response: z.object({ deleted: z.array(z.string()) }),
});
