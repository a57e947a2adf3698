import { count, durationMs, redisUrl, sizeBytes } from '@infermesh/config';
import { logLevels } from '@infermesh/telemetry';
import { z } from 'zod';

/** The variables of the media converter. README.md has what each is for. */
export const Config = z
  .object({
    MEDIA_CONVERTER_REDIS_URL: redisUrl,
    MEDIA_CONVERTER_S3_ENDPOINT: z.url(),
    MEDIA_CONVERTER_S3_PUBLIC_ENDPOINT: z.url().optional(),
    MEDIA_CONVERTER_S3_REGION: z.string().default('us-east-1'),
    MEDIA_CONVERTER_S3_BUCKET: z.string().default('infermesh'),
    MEDIA_CONVERTER_S3_ACCESS_KEY_ID: z.string().min(1),
    MEDIA_CONVERTER_S3_SECRET_ACCESS_KEY: z.string().min(1),
    MEDIA_CONVERTER_FOLDER: z.string().min(1),
    MEDIA_CONVERTER_SLOTS: count.optional(),
    MEDIA_CONVERTER_MAX_WAITING: count.default(64),
    MEDIA_CONVERTER_MAX_BYTES: sizeBytes.default(104_857_600),
    MEDIA_CONVERTER_MAX_OUTPUT_BYTES: sizeBytes.default(209_715_200),
    MEDIA_CONVERTER_MAX_PIXELS: count.default(50_000_000),
    MEDIA_CONVERTER_MAX_DURATION_MS: durationMs.default(3_600_000),
    MEDIA_CONVERTER_LOG_LEVEL: z.enum(logLevels).default('info'),
    MEDIA_CONVERTER_STOP_GRACE_MS: durationMs.default(10_000),
    FFMPEG_PATH: z.string().optional(),
    PATH: z.string().optional(),
  })
  .transform((env) => ({
    redisUrl: env.MEDIA_CONVERTER_REDIS_URL,
    s3: {
      endpoint: env.MEDIA_CONVERTER_S3_ENDPOINT,
      publicEndpoint: env.MEDIA_CONVERTER_S3_PUBLIC_ENDPOINT ?? env.MEDIA_CONVERTER_S3_ENDPOINT,
      region: env.MEDIA_CONVERTER_S3_REGION,
      bucket: env.MEDIA_CONVERTER_S3_BUCKET,
      accessKeyId: env.MEDIA_CONVERTER_S3_ACCESS_KEY_ID,
      secretAccessKey: env.MEDIA_CONVERTER_S3_SECRET_ACCESS_KEY,
    },
    scratchFolder: env.MEDIA_CONVERTER_FOLDER,
    slots: env.MEDIA_CONVERTER_SLOTS,
    maxWaiting: env.MEDIA_CONVERTER_MAX_WAITING,
    limits: {
      maxBytes: env.MEDIA_CONVERTER_MAX_BYTES,
      maxOutputBytes: env.MEDIA_CONVERTER_MAX_OUTPUT_BYTES,
      maxPixels: env.MEDIA_CONVERTER_MAX_PIXELS,
      maxDurationMs: env.MEDIA_CONVERTER_MAX_DURATION_MS,
    },
    logLevel: env.MEDIA_CONVERTER_LOG_LEVEL,
    stopGraceMs: env.MEDIA_CONVERTER_STOP_GRACE_MS,
    ffmpegPath: env.FFMPEG_PATH,
    searchPath: env.PATH,
  }));
export type MediaConverterConfig = z.output<typeof Config>;
