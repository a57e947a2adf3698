import type { JobState, JobView } from '@infermesh/contracts';
import { z } from 'zod';
import { toTimestamp } from '../timestamp.js';

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

/** What ESD keeps of a job beside the record. */
export interface EsdJobData {
  readonly inferenceType: 'Async' | 'Real-time';
  readonly user: string;
  readonly endpointName: string;
  readonly instanceType: string;
}

/** Reads `dialectData` back; written by create-inference.ts alone. */
export function toEsdData({ dialectData }: JobView): EsdJobData {
  const text = (key: string): string => {
    const value = dialectData[key];
    return typeof value === 'string' ? value : '';
  };
  return {
    inferenceType: text('inferenceType') === 'Real-time' ? 'Real-time' : 'Async',
    user: text('user'),
    endpointName: text('endpointName'),
    instanceType: text('instanceType'),
  };
}

function rawText(job: JobView): string | undefined {
  if (job.state === 'succeeded') return "{'invocationStatus': 'Completed'}";
  return job.reason === null ? undefined : `${job.reasonCode ?? 'FAILED'}: ${job.reason}`;
}

const timestamp = z.string().regex(/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}\.\d{6}$/u);

export const inferenceView = z
  .object({
    InferenceJobId: z.string(),
    status: esdStatus,
    taskType: z.string(),
    inference_type: z.enum(['Async', 'Real-time']),
    createTime: timestamp,
    startTime: timestamp,
    completeTime: timestamp.optional(),
    owner_group_or_role: z.array(z.string()),
    image_names: z.array(z.string()).optional(),
    img_presigned_urls: z.array(z.string()),
    output_presigned_urls: z.array(z.string()),
    inference_info_name: z.string().optional(),
    sagemakerRaw: z.string().optional(),
    progress: z.number().min(0).max(1).optional(),
    error: z.object({ code: z.string().nullable(), message: z.string() }).optional(),
    params: z.object({
      input_body_s3: z.string().optional(),
      input_body_presign_url: z.string().optional(),
      output_path: z.string().optional(),
      sagemaker_inference_endpoint_id: z.string(),
      sagemaker_inference_endpoint_name: z.string(),
      sagemaker_inference_instance_type: z.string(),
      used_models: z.object({}),
    }),
  })
  .meta({ id: 'Inference' });

/** Dossier 8.4: keys without a value are absent, times have six digits, results come as fresh URLs. */
export function toInference(job: JobView, bucket: string): z.input<typeof inferenceView> {
  const data = toEsdData(job);
  const s3 = (key: string): string => `s3://${bucket}/${key}`;
  const images = job.outputs.filter(({ mediaType }) => mediaType.startsWith('image/'));
  const facts = job.outputs.filter(({ name }) => name.endsWith('_param.json'));
  const urls = (outputs: typeof images): string[] => outputs.flatMap(({ url }) => url ?? []);
  const raw = rawText(job);
  return {
    InferenceJobId: job.id,
    status: toStatus(job.state),
    taskType: job.jobType,
    inference_type: data.inferenceType,
    createTime: toTimestamp(job.createdAt),
    startTime: toTimestamp(job.startedAt ?? job.queuedAt ?? job.createdAt),
    ...(job.finishedAt === null ? {} : { completeTime: toTimestamp(job.finishedAt) }),
    owner_group_or_role: [data.user],
    ...(images.length === 0 ? {} : { image_names: images.map(({ name }) => name) }),
    img_presigned_urls: urls(images),
    output_presigned_urls: urls(facts),
    ...(facts[0] === undefined ? {} : { inference_info_name: facts[0].name }),
    ...(raw === undefined ? {} : { sagemakerRaw: raw }),
    ...(job.progress === null || job.state !== 'active' ? {} : { progress: job.progress.fraction }),
    ...(job.reason === null ? {} : { error: { code: job.reasonCode, message: job.reason } }),
    params: {
      ...(job.payload === null
        ? {}
        : {
            input_body_s3: s3(job.payload.key),
            ...(job.payload.url === undefined ? {} : { input_body_presign_url: job.payload.url }),
          }),
      ...(data.inferenceType === 'Async' && facts[0] !== undefined ? { output_path: s3(facts[0].key) } : {}),
      sagemaker_inference_endpoint_id: job.endpointId,
      sagemaker_inference_endpoint_name: data.endpointName,
      sagemaker_inference_instance_type: data.instanceType,
      used_models: {},
    },
  };
}
