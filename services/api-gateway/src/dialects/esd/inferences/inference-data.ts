import type { JobView } from '@infermesh/contracts';
import { z } from 'zod';

const usedModel = z.object({ id: z.string(), name: z.string(), type: z.string() });
export type UsedModel = z.infer<typeof usedModel>;

/** What ESD keeps of a job beside the record. */
const inferenceData = z.object({
  inferenceType: z.enum(['Async', 'Real-time']).catch('Async'),
  user: z.string().catch(''),
  endpointName: z.string().catch(''),
  instanceType: z.string().catch(''),
  /** In the order they were named; where they lie is told by the job's checkpoints. */
  models: z.array(usedModel).catch([]),
});
export type InferenceData = z.infer<typeof inferenceData>;

/** Reads `dialectData` back; written by create-inference.ts alone, maybe by that of an earlier release. */
export function toInferenceData({ dialectData }: JobView): InferenceData {
  return inferenceData.parse(dialectData);
}
