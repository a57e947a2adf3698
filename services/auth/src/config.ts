import { durationMs, redisUrl } from '@infermesh/config';
import { logLevels } from '@infermesh/telemetry';
import { z } from 'zod';

/** The variables of this service; README.md has what each is for. */
export const Config = z
  .object({
    AUTH_REDIS_URL: redisUrl,
    AUTH_DATABASE_URL: z.string().min(1),
    AUTH_PEPPER: z.string().min(32),
    AUTH_LOG_LEVEL: z.enum(logLevels).default('info'),
    AUTH_STOP_GRACE_MS: durationMs.default(5_000),
  })
  .transform((env) => ({
    redisUrl: env.AUTH_REDIS_URL,
    databaseUrl: env.AUTH_DATABASE_URL,
    pepper: env.AUTH_PEPPER,
    logLevel: env.AUTH_LOG_LEVEL,
    stopGraceMs: env.AUTH_STOP_GRACE_MS,
  }));
