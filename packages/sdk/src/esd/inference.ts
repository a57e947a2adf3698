import { z } from 'zod';

/** The four states on this wire: `created` and `inprogress` go on, `succeed` and `failed` are final. */
export const inferenceStatuses = ['created', 'inprogress', 'succeed', 'failed'] as const;
export type InferenceStatus = (typeof inferenceStatuses)[number];

/** `Async` answers the start at once; `Real-time` holds the call until the job ends. */
export type InferenceMode = 'Async' | 'Real-time';

/** What the server tells about a job on its way. Every part may be missing: not every server sends it. */
export interface InferenceProgress {
  /** 0 to 1. */
  readonly fraction: number | null;
  readonly stage: string | null;
  /** Jobs of the same endpoint that go first. */
  readonly queuePosition: number | null;
}

export interface Inference {
  readonly id: string;
  readonly status: InferenceStatus;
  readonly taskType: string | null;
  readonly inferenceType: string | null;
  /** As the server writes it: UTC, `YYYY-MM-DD HH:MM:SS.ffffff`, without a zone. */
  readonly createTime: string | null;
  readonly completeTime: string | null;
  readonly imageNames: readonly string[];
  /** Presigned GET URLs of the images, in the order of `imageNames`. They live an hour; a later look gets new ones. */
  readonly imageUrls: readonly string[];
  /** Presigned GET URL of the result's parameters. */
  readonly outputUrls: readonly string[];
  /** `sagemakerRaw`: why a failed job failed, in the server's words. */
  readonly reason: string | null;
  readonly progress: InferenceProgress | null;
}

export interface CreatedInference {
  readonly id: string;
  /** Presigned PUT URL for the payload. */
  readonly uploadUrl: string;
}

const progressShape = z.union([
  z.number().transform((fraction) => ({ fraction, stage: null, queuePosition: null })),
  z
    .object({ fraction: z.number().nullish(), stage: z.string().nullish(), queuePosition: z.number().nullish() })
    .transform(({ fraction, stage, queuePosition }) => ({
      fraction: fraction ?? null,
      stage: stage ?? null,
      queuePosition: queuePosition ?? null,
    })),
]);

const inferenceShape = z
  .object({
    InferenceJobId: z.string().min(1),
    status: z.enum(inferenceStatuses),
    taskType: z.string().nullish(),
    inference_type: z.string().nullish(),
    createTime: z.string().nullish(),
    completeTime: z.string().nullish(),
    image_names: z.array(z.string()).nullish(),
    img_presigned_urls: z.array(z.string()).nullish(),
    output_presigned_urls: z.array(z.string()).nullish(),
    sagemakerRaw: z.string().nullish(),
    // A courtesy of the server: one that cannot be read must not cost the caller the job.
    progress: progressShape.nullish().catch(null),
  })
  .transform((row): Inference => ({
    id: row.InferenceJobId,
    status: row.status,
    taskType: row.taskType ?? null,
    inferenceType: row.inference_type ?? null,
    createTime: row.createTime ?? null,
    completeTime: row.completeTime ?? null,
    imageNames: row.image_names ?? [],
    imageUrls: row.img_presigned_urls ?? [],
    outputUrls: row.output_presigned_urls ?? [],
    reason: row.sagemakerRaw ?? null,
    progress: row.progress ?? null,
  }));

export const inferenceAnswer = z.object({ data: inferenceShape }).transform(({ data }) => data);

export const createdInferenceAnswer = z
  .object({
    data: z.object({
      inference: z.object({ id: z.string().min(1), api_params_s3_upload_url: z.url({ protocol: /^https?$/u }) }),
    }),
  })
  .transform(({ data }): CreatedInference => ({
    id: data.inference.id,
    uploadUrl: data.inference.api_params_s3_upload_url,
  }));

export function isFinished(inference: Inference): boolean {
  return inference.status === 'succeed' || inference.status === 'failed';
}
