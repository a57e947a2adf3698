import { count, durationMs, redisUrl } from '@infermesh/config';
import { logLevels } from '@infermesh/telemetry';
import { z } from 'zod';

/** The variables of this service; README.md has what each is for. */
export const Config = z
  .object({
    DISPATCHER_REDIS_URL: redisUrl,
    DISPATCHER_DATABASE_URL: z.string().min(1),
    DISPATCHER_S3_ENDPOINT: z.url(),
    DISPATCHER_S3_PUBLIC_ENDPOINT: z.url().optional(),
    DISPATCHER_S3_REGION: z.string().default('us-east-1'),
    DISPATCHER_S3_BUCKET: z.string().default('infermesh'),
    DISPATCHER_S3_ACCESS_KEY_ID: z.string().min(1),
    DISPATCHER_S3_SECRET_ACCESS_KEY: z.string().min(1),
    DISPATCHER_PEPPER: z.string().min(32),
    /** Hosts, host:port and ranges that webhooks may reach although they are not public, separated by commas. */
    DISPATCHER_OUTBOUND_ALLOW: z
      .string()
      .default('')
      .transform((text) => text.split(',').filter((part) => part.trim() !== '')),
    DISPATCHER_LOG_LEVEL: z.enum(logLevels).default('info'),
    DISPATCHER_STOP_GRACE_MS: durationMs.default(5_000),
    DISPATCHER_LEASE_MS: durationMs.default(8_000),
    DISPATCHER_RETAIN_MS: durationMs.default(2_592_000_000),
    DISPATCHER_MAX_UNFINISHED_PER_ENDPOINT: count.default(100_000),
    DISPATCHER_MAX_UNFINISHED_PER_TENANT: count.default(50_000),
  })
  .transform((env) => ({
    redisUrl: env.DISPATCHER_REDIS_URL,
    databaseUrl: env.DISPATCHER_DATABASE_URL,
    objectStore: {
      endpoint: env.DISPATCHER_S3_ENDPOINT,
      publicEndpoint: env.DISPATCHER_S3_PUBLIC_ENDPOINT ?? env.DISPATCHER_S3_ENDPOINT,
      region: env.DISPATCHER_S3_REGION,
      bucket: env.DISPATCHER_S3_BUCKET,
      accessKeyId: env.DISPATCHER_S3_ACCESS_KEY_ID,
      secretAccessKey: env.DISPATCHER_S3_SECRET_ACCESS_KEY,
    },
    pepper: env.DISPATCHER_PEPPER,
    outboundAllow: env.DISPATCHER_OUTBOUND_ALLOW,
    logLevel: env.DISPATCHER_LOG_LEVEL,
    stopGraceMs: env.DISPATCHER_STOP_GRACE_MS,
    settings: {
      leaseMs: env.DISPATCHER_LEASE_MS,
      retainMs: env.DISPATCHER_RETAIN_MS,
      maxUnfinishedPerEndpoint: env.DISPATCHER_MAX_UNFINISHED_PER_ENDPOINT,
      maxUnfinishedPerTenant: env.DISPATCHER_MAX_UNFINISHED_PER_TENANT,
    },
  }));
