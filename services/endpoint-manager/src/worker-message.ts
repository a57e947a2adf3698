import { z } from 'zod';

/** What a worker says on its channel to the process that started it. */
export const workerMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  /** Every two seconds while its event loop turns. */
  z.object({
    type: z.literal('alive'),
    /** SHA-256 of the checkpoints that it has loaded. */
    warmCheckpoints: z.array(z.string()).default([]),
  }),
]);
