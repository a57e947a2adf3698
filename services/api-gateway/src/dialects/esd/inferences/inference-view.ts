import type { JobState, JobView } from '@infermesh/contracts';
import { z } from 'zod';
import { toTimestamp } from '../timestamp.js';
import type { VersionRules } from '../version-rules.js';
import { toInferenceData, type InferenceData } from './inference-data.js';

export const esdStatus = z.enum(['created', 'inprogress', 'succeed', 'failed']);

/** ESD's words for the states of a job (dossier 8.1). */
const statusWords: Record<JobState, z.infer<typeof esdStatus>> = {
  created: 'created',
  queued: 'inprogress',
  active: 'inprogress',
  succeeded: 'succeed',
  failed: 'failed',
  cancelled: 'failed',
  expired: 'failed',
};

export function toStatus(state: JobState): z.infer<typeof esdStatus> {
  return statusWords[state];
}

function rawText(job: JobView): string | null {
  if (job.state === 'succeeded') return "{'invocationStatus': 'Completed'}";
  return job.reason === null ? null : `${job.reasonCode ?? 'FAILED'}: ${job.reason}`;
}

const timestamp = z.string().regex(/^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}:\d{2}\.\d{6}$/u);

const modelView = z.object({ id: z.string(), model_name: z.string(), s3: z.string(), type: z.string() });

const inferenceParams = z
  .object({
    input_body_s3: z.string().optional(),
    input_body_presign_url: z.string().optional(),
    output_path: z.string().optional(),
    sagemaker_inference_endpoint_id: z.string(),
    sagemaker_inference_endpoint_name: z.string(),
    sagemaker_inference_instance_type: z.string(),
    used_models: z.record(z.string(), z.array(modelView)),
  })
  .meta({ id: 'InferenceParams' });

/** In lists every key is there. */
export const inferenceRecord = z
  .object({
    InferenceJobId: z.string(),
    status: esdStatus,
    taskType: z.string(),
    inference_type: z.enum(['Async', 'Real-time']),
    createTime: timestamp,
    startTime: timestamp,
    completeTime: timestamp.nullable(),
    owner_group_or_role: z.array(z.string()),
    image_names: z.array(z.string()).nullable(),
    inference_info_name: z.string().nullable(),
    sagemakerRaw: z.string().nullable(),
    params: inferenceParams,
  })
  .meta({ id: 'InferenceRecord' });
type InferenceRecord = z.input<typeof inferenceRecord>;

/** A single one has only the keys that have a value, and URLs. */
export const inferenceView = z
  .object({
    ...inferenceRecord.shape,
    completeTime: timestamp.optional(),
    image_names: z.array(z.string()).optional(),
    inference_info_name: z.string().optional(),
    sagemakerRaw: z.string().optional(),
    img_presigned_urls: z.array(z.string()),
    output_presigned_urls: z.array(z.string()),
    /** While it runs: 0 to 1. */
    progress: z.number().min(0).max(1).optional(),
    /** While it waits: 1 goes next. */
    queue_position: z.number().int().positive().optional(),
    error: z.object({ code: z.string().nullable(), message: z.string() }).optional(),
  })
  .meta({ id: 'Inference' });

export interface ViewSettings {
  readonly bucket: string;
  readonly rules: VersionRules;
}

type Output = JobView['outputs'][number];

function imagesOf({ outputs }: JobView): Output[] {
  return outputs.filter(({ mediaType }) => mediaType.startsWith('image/'));
}

function factsOf({ outputs }: JobView): Output[] {
  return outputs.filter(({ name }) => name.endsWith('_param.json'));
}

/** Dossier 8.5: times have six digits, storage is told by `s3://` locations. */
export function toRecord(job: JobView, { bucket, rules }: ViewSettings): InferenceRecord {
  const data = toInferenceData(job);
  const names = imagesOf(job).map(({ name }) => name);
  return {
    InferenceJobId: job.id,
    status: toStatus(job.state),
    taskType: job.jobType,
    inference_type: data.inferenceType,
    createTime: toTimestamp(job.createdAt, rules),
    startTime: toTimestamp(job.startedAt ?? job.queuedAt ?? job.createdAt, rules),
    completeTime: job.finishedAt === null ? null : toTimestamp(job.finishedAt, rules),
    owner_group_or_role: [data.user],
    image_names: names.length > 0 || rules.isTraced ? names : null,
    inference_info_name: factsOf(job)[0]?.name ?? null,
    sagemakerRaw: rawText(job),
    params: toParams(job, data, bucket),
  };
}

/** Dossier 8.4: keys without a value are absent, results come as fresh URLs. */
export function toInference(job: JobView, settings: ViewSettings): z.input<typeof inferenceView> {
  const { completeTime, image_names, inference_info_name, sagemakerRaw, ...always } = toRecord(job, settings);
  const urls = (outputs: readonly Output[]): string[] => outputs.flatMap(({ url }) => url ?? []);
  return {
    ...always,
    ...(completeTime === null ? {} : { completeTime }),
    ...(image_names === null ? {} : { image_names }),
    ...(inference_info_name === null ? {} : { inference_info_name }),
    ...(sagemakerRaw === null ? {} : { sagemakerRaw }),
    img_presigned_urls: urls(imagesOf(job)),
    output_presigned_urls: urls(factsOf(job)),
    ...(job.progress === null || job.state !== 'active' ? {} : { progress: job.progress.fraction }),
    ...(job.queuePosition === null ? {} : { queue_position: job.queuePosition }),
    ...(job.reason === null ? {} : { error: { code: job.reasonCode, message: job.reason } }),
  };
}

function toParams(job: JobView, data: InferenceData, bucket: string): z.input<typeof inferenceParams> {
  const { payload } = job;
  const path = outputPath(job, bucket);
  return {
    ...(payload === null ? {} : { input_body_s3: `s3://${bucket}/${payload.key}` }),
    ...(payload?.url === undefined ? {} : { input_body_presign_url: payload.url }),
    ...(data.inferenceType === 'Async' && path !== undefined ? { output_path: path } : {}),
    sagemaker_inference_endpoint_id: job.endpointId,
    sagemaker_inference_endpoint_name: data.endpointName,
    sagemaker_inference_instance_type: data.instanceType,
    used_models: toUsedModels(job, data, bucket),
  };
}

/** Below it lies whatever the job's attempts write. */
export function outputPath({ payload }: JobView, bucket: string): string | undefined {
  const folder = payload === null ? null : /^(.+)\/payload\/[^/]+$/u.exec(payload.key);
  return folder?.[1] === undefined ? undefined : `s3://${bucket}/${folder[1]}`;
}

function toUsedModels(
  { checkpoints }: JobView,
  { models }: InferenceData,
  bucket: string,
): z.input<typeof inferenceParams>['used_models'] {
  const used = new Map<string, z.input<typeof modelView>[]>();
  for (const { id, name, type } of models) {
    const key = checkpoints.find((checkpoint) => checkpoint.id === id)?.objectKey;
    const s3 = key === undefined ? 'None' : `s3://${bucket}/${key.slice(0, key.lastIndexOf('/'))}`;
    used.set(type, [...(used.get(type) ?? []), { id, model_name: name, s3, type }]);
  }
  return Object.fromEntries(used);
}
