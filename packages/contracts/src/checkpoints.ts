import { z } from 'zod';
import { defineCall } from './call-contract.js';
import { checkpointRef } from './jobs.js';

/**
 * Active checkpoints of one type that the tenant may use, ordered by name; with `names` only those. Of more than fit a job the
 * newest.
 */
export const findCheckpoints = defineCall({
  name: 'checkpoints.find',
  queue: 'checkpoints',
  version: 1,
  request: z.object({ tenantId: z.string(), type: z.string(), names: z.array(z.string()).max(100).optional() }),
  response: z.object({
    checkpoints: z.array(checkpointRef).max(100),
    /** How many there are, with those left out; 0 from a store that does not tell yet. */
    total: z.number().int().nonnegative().default(0),
  }),
});
