import { esdVersions } from '@infermesh/api-gateway';
import {
  count,
  durationMs,
  executionProviders,
  findSharedAddress,
  flag,
  listenAddresses,
  redisUrl,
  sizeBytes,
} from '@infermesh/config';
import { logLevels } from '@infermesh/telemetry';
import { join, resolve } from 'node:path';
import { z } from 'zod';

const local = (prefix: string): { host: string; port: number; prefix: string } => ({
  host: '127.0.0.1',
  port: 8600,
  prefix,
});

/** The variables of the whole mesh in one process. Everything has a default; what is named here is not embedded. */
export const Config = z
  .object({
    INFERMESH_FOLDER: z.string().default('.infermesh'),
    LISTEN_ESD: listenAddresses.default([local('/prod'), local('')]),
    LISTEN_AUTH: listenAddresses.default([local('/auth')]),
    LISTEN_AIME: listenAddresses.default([{ host: '127.0.0.1', port: 7777, prefix: '' }]),
    /** A folder, or files with commas between them; default `endpoints` in the folder of the mesh. */
    AIME_ENDPOINTS_FOLDER: z.string().min(1).optional(),
    AIME_SERVER_FILE: z.string().min(1).optional(),
    /** AIME's endpoints may ask for no authentication. */
    AIME_ALLOW_OPEN: flag.default(false),
    /** What the runtimes of INFERMESH_RUNTIME_MODULES take and give, a JSON file. */
    AIME_RUNTIMES_FILE: z.string().min(1).optional(),
    /** Which release of ESD its clients expect. */
    ESD_DIALECT: z.enum(esdVersions).default('1.4'),
    REDIS_URL: redisUrl.optional(),
    DATABASE_URL: z.string().min(1).optional(),
    S3_ENDPOINT: z.url().optional(),
    S3_PUBLIC_ENDPOINT: z.url().optional(),
    S3_REGION: z.string().default('us-east-1'),
    S3_BUCKET: z.string().default('infermesh'),
    S3_ACCESS_KEY_ID: z.string().optional(),
    S3_SECRET_ACCESS_KEY: z.string().optional(),
    /** Workers of each of the two endpoints made at first start. */
    INFERMESH_WORKERS: z.coerce.number().int().min(1).max(64).default(1),
    /** Modules that add runtimes to the workers, separated by commas. */
    INFERMESH_RUNTIME_MODULES: z
      .string()
      .default('')
      .transform((text) => text.split(',').filter((part) => part !== '')),
    /** Largest payload a client may upload. */
    INFERMESH_MAX_PAYLOAD_BYTES: sizeBytes.default(64 * 1024 * 1024),
    /** Table of instance types, a JSON file. */
    INFERMESH_INSTANCE_TYPES: z.string().min(1).optional(),
    /** Container images that endpoints may ask for, separated by commas. */
    INFERMESH_CUSTOM_IMAGES: z
      .string()
      .default('')
      .transform((text) => text.split(',').filter((part) => part !== '')),
    /** Largest checkpoint, all of its files together. */
    INFERMESH_MAX_CHECKPOINT_BYTES: sizeBytes.default(50 * 1024 ** 3),
    /** Hosts, host:port and ranges that imports and webhooks may reach although they are not public, separated by commas. */
    INFERMESH_OUTBOUND_ALLOW: z
      .string()
      .default('')
      .transform((text) => text.split(',').filter((part) => part.trim() !== '')),
    INFERMESH_EXECUTION_PROVIDERS: executionProviders,
    INFERMESH_THREADS: count.optional(),
    INFERMESH_MODEL_MEMORY_BYTES: sizeBytes.optional(),
    INFERMESH_CHECKPOINT_CACHE_BYTES: sizeBytes.optional(),
    LD_LIBRARY_PATH: z.string().optional(),
    FFMPEG_PATH: z.string().optional(),
    PATH: z.string().optional(),
    INFERMESH_LOG_LEVEL: z.enum(logLevels).default('warn'),
    INFERMESH_STOP_GRACE_MS: durationMs.default(15_000),
  })
  .refine(
    (env) =>
      env.S3_ENDPOINT === undefined || (env.S3_ACCESS_KEY_ID !== undefined && env.S3_SECRET_ACCESS_KEY !== undefined),
    {
      message: 'S3_ENDPOINT needs S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY as well',
    },
  )
  .superRefine(({ LISTEN_ESD, LISTEN_AUTH, LISTEN_AIME }, context) => {
    const message = findSharedAddress({ LISTEN_ESD, LISTEN_AUTH, LISTEN_AIME });
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  })
  .transform((env) => ({
    folder: resolve(env.INFERMESH_FOLDER),
    listen: { esd: env.LISTEN_ESD, auth: env.LISTEN_AUTH, aime: env.LISTEN_AIME },
    aime: {
      endpointsFolder: env.AIME_ENDPOINTS_FOLDER ?? join(resolve(env.INFERMESH_FOLDER), 'endpoints'),
      serverFile: env.AIME_SERVER_FILE,
      allowOpen: env.AIME_ALLOW_OPEN,
      runtimesFile: env.AIME_RUNTIMES_FILE,
    },
    esdVersion: env.ESD_DIALECT,
    redisUrl: env.REDIS_URL,
    databaseUrl: env.DATABASE_URL,
    s3: {
      endpoint: env.S3_ENDPOINT,
      publicEndpoint: env.S3_PUBLIC_ENDPOINT,
      region: env.S3_REGION,
      bucket: env.S3_BUCKET,
      accessKeyId: env.S3_ACCESS_KEY_ID,
      secretAccessKey: env.S3_SECRET_ACCESS_KEY,
    },
    workers: env.INFERMESH_WORKERS,
    runtimeModules: env.INFERMESH_RUNTIME_MODULES.map((path) => resolve(path)),
    maxPayloadBytes: env.INFERMESH_MAX_PAYLOAD_BYTES,
    instanceTypesPath: env.INFERMESH_INSTANCE_TYPES,
    customImages: env.INFERMESH_CUSTOM_IMAGES,
    maxCheckpointBytes: env.INFERMESH_MAX_CHECKPOINT_BYTES,
    outboundAllow: env.INFERMESH_OUTBOUND_ALLOW,
    models: {
      executionProviders: env.INFERMESH_EXECUTION_PROVIDERS,
      threads: env.INFERMESH_THREADS,
      memoryLimitBytes: env.INFERMESH_MODEL_MEMORY_BYTES,
      checkpointCacheBytes: env.INFERMESH_CHECKPOINT_CACHE_BYTES,
      libraryPath: env.LD_LIBRARY_PATH,
    },
    media: { ffmpegPath: env.FFMPEG_PATH, searchPath: env.PATH },
    logLevel: env.INFERMESH_LOG_LEVEL,
    stopGraceMs: env.INFERMESH_STOP_GRACE_MS,
  }));
export type MeshConfig = z.output<typeof Config>;
