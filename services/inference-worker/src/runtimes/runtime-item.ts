import { isErrorCode, type ErrorCode } from '@infermesh/errors';
import { z } from 'zod';

const errorCode = z.custom<ErrorCode>(isErrorCode);

/** What every runtime of a worker gets for one job. Paths lie below the worker's scratch folder. */
export const runtimeItem = z.object({
  jobId: z.string(),
  jobType: z.string(),
  inputs: z.record(z.string(), z.unknown()),
  payloadPath: z.string().nullable(),
  outputFolder: z.string(),
  /** Checkpoints of the job that are not there, by name, and why: an error only for a job that needs them. */
  missingCheckpoints: z.record(z.string(), z.object({ code: errorCode, message: z.string() })),
});
export type RuntimeItemInput = z.infer<typeof runtimeItem>;

/** What it answers: files it wrote to `outputFolder`, and small facts for the record. */
export const runtimeResult = z.object({
  outputs: z.array(z.object({ name: z.string(), path: z.string(), mediaType: z.string() })).max(100),
  result: z.record(z.string(), z.unknown()),
});
export type RuntimeResult = z.infer<typeof runtimeResult>;
