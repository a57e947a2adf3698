import { z } from 'zod';

const shortText = z.string().max(200);
/** What a worker tells of itself for others to read: what is no text is passed over. */
const fact = shortText.nullish().catch(null);
const seconds = z.number().positive().max(86_400).nullish().catch(null);

/** Who speaks, in every body of a worker. */
export const workerIdentity = z.looseObject({
  auth: shortText.min(1),
  job_type: shortText.min(1),
  auth_key: z.string().max(512).nullish(),
});

const largestBatch = 1024;

const facts = {
  gpu_name: fact,
  num_gpus: z.number().int().nonnegative().nullish().catch(null),
  framework: fact,
  framework_version: fact,
  pytorch_version: fact,
};

export const jobRequestBody = workerIdentity.extend({
  ...facts,
  version: fact,
  request_timeout: seconds,
  max_job_batch: z
    .number()
    .nullish()
    .transform((count) => Math.min(Math.max(Math.trunc(count ?? 1), 1), largestBatch)),
  model_label: fact,
  model_quantization: fact,
  model_size: fact,
  model_family: fact,
  model_type: fact,
  model_repo_name: fact,
});
export type JobRequestBody = z.output<typeof jobRequestBody>;

export const loginBody = z.object({
  worker_parameters: workerIdentity.extend({
    ...facts,
    interface_version: fact,
    max_batch_size: z.number().int().min(1).max(largestBatch).nullish().catch(null),
  }),
  model_parameters: z
    .object({ label: fact, quantization: fact, size: fact, family: fact, type: fact, repo_name: fact })
    .nullish()
    .catch(null),
});
export type LoginBody = z.output<typeof loginBody>;
