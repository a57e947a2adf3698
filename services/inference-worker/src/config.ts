import { count, durationMs, redisUrl, sizeBytes } from '@infermesh/config';
import { logLevels } from '@infermesh/telemetry';
import { z } from 'zod';

const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);

/** The variables of a worker; the endpoint manager sets them. README.md has what each is for. */
export const Config = z
  .object({
    WORKER_REDIS_URL: redisUrl,
    WORKER_ENDPOINT_ID: z.string().min(1),
    WORKER_ID: z.string().min(1),
    WORKER_JOB_TYPES: list.pipe(z.array(z.string()).min(1)),
    WORKER_SLOTS: count.default(1),
    WORKER_FOLDER: z.string().min(1),
    WORKER_RUNTIME_MODULES: list.default([]),
    WORKER_EXECUTION_PROVIDERS: list.default(['cpu']).pipe(z.array(z.enum(['cpu', 'cuda'])).min(1)),
    WORKER_THREADS: count.default(1),
    WORKER_MEMORY_LIMIT_BYTES: sizeBytes.default(2_147_483_648),
    WORKER_CHECKPOINT_CACHE_BYTES: sizeBytes.default(64 * 1024 ** 3),
    WORKER_LOG_LEVEL: z.enum(logLevels).default('info'),
    WORKER_STOP_GRACE_MS: durationMs.default(15_000),
  })
  .transform((env) => ({
    redisUrl: env.WORKER_REDIS_URL,
    endpointId: env.WORKER_ENDPOINT_ID,
    workerId: env.WORKER_ID,
    jobTypes: env.WORKER_JOB_TYPES,
    slots: env.WORKER_SLOTS,
    folder: env.WORKER_FOLDER,
    runtimeModules: env.WORKER_RUNTIME_MODULES,
    executionProviders: env.WORKER_EXECUTION_PROVIDERS,
    threads: env.WORKER_THREADS,
    memoryLimitBytes: env.WORKER_MEMORY_LIMIT_BYTES,
    cacheBytes: env.WORKER_CHECKPOINT_CACHE_BYTES,
    logLevel: env.WORKER_LOG_LEVEL,
    stopGraceMs: env.WORKER_STOP_GRACE_MS,
  }));
export type WorkerConfig = z.output<typeof Config>;
