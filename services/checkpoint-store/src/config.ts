import { count, durationMs, redisUrl, sizeBytes } from '@infermesh/config';
import { logLevels } from '@infermesh/telemetry';
import { z } from 'zod';
import { defaultSettings } from './settings.js';

/** The variables of the checkpoint store. README.md has what each is for. */
export const Config = z
  .object({
    CHECKPOINT_STORE_REDIS_URL: redisUrl,
    CHECKPOINT_STORE_DATABASE_URL: z.string().min(1),
    CHECKPOINT_STORE_S3_ENDPOINT: z.url(),
    CHECKPOINT_STORE_S3_REGION: z.string().default('us-east-1'),
    CHECKPOINT_STORE_S3_BUCKET: z.string().default('infermesh'),
    CHECKPOINT_STORE_S3_ACCESS_KEY_ID: z.string().min(1),
    CHECKPOINT_STORE_S3_SECRET_ACCESS_KEY: z.string().min(1),
    CHECKPOINT_STORE_BUNDLED_MANIFEST: z.string().optional(),
    CHECKPOINT_STORE_S3_PUBLIC_ENDPOINT: z.url().optional(),
    CHECKPOINT_STORE_MAX_BYTES: sizeBytes.default(defaultSettings.maxBytes),
    CHECKPOINT_STORE_UPLOAD_LIFETIME_MS: durationMs.default(defaultSettings.uploadLifetimeMs),
    CHECKPOINT_STORE_IMPORT_TIMEOUT_MS: durationMs.default(defaultSettings.importTimeoutMs),
    CHECKPOINT_STORE_BACKGROUND_SLOTS: count.default(defaultSettings.backgroundSlots),
    /** Hosts, host:port and ranges that imports may reach although they are not public, separated by commas. */
    CHECKPOINT_STORE_OUTBOUND_ALLOW: z
      .string()
      .default('')
      .transform((text) => text.split(',').filter((part) => part.trim() !== '')),
    CHECKPOINT_STORE_LOG_LEVEL: z.enum(logLevels).default('info'),
    CHECKPOINT_STORE_STOP_GRACE_MS: durationMs.default(5_000),
  })
  .transform((env) => ({
    redisUrl: env.CHECKPOINT_STORE_REDIS_URL,
    databaseUrl: env.CHECKPOINT_STORE_DATABASE_URL,
    s3: {
      endpoint: env.CHECKPOINT_STORE_S3_ENDPOINT,
      region: env.CHECKPOINT_STORE_S3_REGION,
      bucket: env.CHECKPOINT_STORE_S3_BUCKET,
      accessKeyId: env.CHECKPOINT_STORE_S3_ACCESS_KEY_ID,
      secretAccessKey: env.CHECKPOINT_STORE_S3_SECRET_ACCESS_KEY,
      ...(env.CHECKPOINT_STORE_S3_PUBLIC_ENDPOINT === undefined
        ? {}
        : { publicEndpoint: env.CHECKPOINT_STORE_S3_PUBLIC_ENDPOINT }),
    },
    settings: {
      maxBytes: env.CHECKPOINT_STORE_MAX_BYTES,
      uploadLifetimeMs: env.CHECKPOINT_STORE_UPLOAD_LIFETIME_MS,
      importTimeoutMs: env.CHECKPOINT_STORE_IMPORT_TIMEOUT_MS,
      backgroundSlots: env.CHECKPOINT_STORE_BACKGROUND_SLOTS,
    },
    outboundAllow: env.CHECKPOINT_STORE_OUTBOUND_ALLOW,
    bundledManifest: env.CHECKPOINT_STORE_BUNDLED_MANIFEST,
    logLevel: env.CHECKPOINT_STORE_LOG_LEVEL,
    stopGraceMs: env.CHECKPOINT_STORE_STOP_GRACE_MS,
  }));
export type CheckpointStoreConfig = z.output<typeof Config>;
