import { jsonObject } from '@infermesh/contracts';
import { z } from 'zod';

export type JobData = z.infer<typeof jsonObject>;

/** What a job's record carries for its worker. `data` is missing where it is too large: then it is the payload. */
export const recordInputs = z.object({
  endpoint: z.string(),
  /** Epoch milliseconds. */
  submittedAtMs: z.number(),
  data: jsonObject.optional(),
});

/** The same of an attached job, which has no payload. */
export const attachedInputs = recordInputs.required();

/** The name of a payload that holds `data`. */
export const payloadName = 'data.json';

/** As JSON text. What is longer travels as a payload. */
export const maxInlineDataBytes = 15_000;

/** A request and its answer pass through Redis only up to this. */
export const maxAttachedBytes = 40_000;
