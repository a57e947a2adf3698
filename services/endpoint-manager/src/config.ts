import { count, durationMs, executionProviders, flag, redisUrl, sizeBytes } from '@infermesh/config';
import { logLevels } from '@infermesh/telemetry';
import { isAbsolute } from 'node:path';
import { z } from 'zod';

const absolutePath = z.string().refine(isAbsolute, 'must be an absolute path');

/** The variables of the endpoint manager. README.md has what each is for. */
export const Config = z
  .object({
    ENDPOINT_MANAGER_REDIS_URL: redisUrl,
    ENDPOINT_MANAGER_REDIS_ADMIN_URL: redisUrl.optional(),
    ENDPOINT_MANAGER_REDIS_PUBLIC_URL: redisUrl.optional(),
    ENDPOINT_MANAGER_ACL_MANAGED: flag.default(true),
    ENDPOINT_MANAGER_DATABASE_URL: z.string().min(1),
    ENDPOINT_MANAGER_WORKER_ENTRY: absolutePath,
    ENDPOINT_MANAGER_WORKER_FOLDER: absolutePath,
    ENDPOINT_MANAGER_RUNTIME_MODULES: z
      .string()
      .default('')
      .transform((text) => text.split(',').filter((part) => part !== ''))
      .pipe(z.array(absolutePath)),
    ENDPOINT_MANAGER_EXECUTION_PROVIDERS: executionProviders,
    ENDPOINT_MANAGER_THREADS: count.optional(),
    ENDPOINT_MANAGER_MODEL_MEMORY_BYTES: sizeBytes.optional(),
    ENDPOINT_MANAGER_CHECKPOINT_CACHE_BYTES: sizeBytes.optional(),
    ENDPOINT_MANAGER_INSTANCE_TYPES: absolutePath.optional(),
    ENDPOINT_MANAGER_CUSTOM_IMAGES: z
      .string()
      .default('')
      .transform((text) => text.split(',').filter((part) => part !== '')),
    ENDPOINT_MANAGER_LOG_LEVEL: z.enum(logLevels).default('info'),
    ENDPOINT_MANAGER_STOP_GRACE_MS: durationMs.default(25_000),
    PATH: z.string().optional(),
    LD_LIBRARY_PATH: z.string().optional(),
  })
  .refine((env) => !env.ENDPOINT_MANAGER_ACL_MANAGED || env.ENDPOINT_MANAGER_REDIS_ADMIN_URL !== undefined, {
    message: 'ENDPOINT_MANAGER_REDIS_ADMIN_URL is needed to make Redis users, or ENDPOINT_MANAGER_ACL_MANAGED=false',
  })
  .refine((env) => env.ENDPOINT_MANAGER_ACL_MANAGED || env.ENDPOINT_MANAGER_REDIS_PUBLIC_URL !== undefined, {
    message: 'ENDPOINT_MANAGER_ACL_MANAGED=false needs ENDPOINT_MANAGER_REDIS_PUBLIC_URL: the URL that workers get',
  })
  .transform((env) => ({
    redisUrl: env.ENDPOINT_MANAGER_REDIS_URL,
    redisAdminUrl: env.ENDPOINT_MANAGER_REDIS_ADMIN_URL ?? env.ENDPOINT_MANAGER_REDIS_URL,
    redisPublicUrl: env.ENDPOINT_MANAGER_REDIS_PUBLIC_URL,
    aclManaged: env.ENDPOINT_MANAGER_ACL_MANAGED,
    databaseUrl: env.ENDPOINT_MANAGER_DATABASE_URL,
    workerEntry: env.ENDPOINT_MANAGER_WORKER_ENTRY,
    workerFolder: env.ENDPOINT_MANAGER_WORKER_FOLDER,
    runtimeModules: env.ENDPOINT_MANAGER_RUNTIME_MODULES,
    instanceTypesPath: env.ENDPOINT_MANAGER_INSTANCE_TYPES,
    customImages: env.ENDPOINT_MANAGER_CUSTOM_IMAGES,
    logLevel: env.ENDPOINT_MANAGER_LOG_LEVEL,
    stopGraceMs: env.ENDPOINT_MANAGER_STOP_GRACE_MS,
    workerPath: env.PATH,
    executionProviders: env.ENDPOINT_MANAGER_EXECUTION_PROVIDERS,
    threads: env.ENDPOINT_MANAGER_THREADS,
    memoryLimitBytes: env.ENDPOINT_MANAGER_MODEL_MEMORY_BYTES,
    checkpointCacheBytes: env.ENDPOINT_MANAGER_CHECKPOINT_CACHE_BYTES,
    libraryPath: env.LD_LIBRARY_PATH,
  }));
export type EndpointManagerConfig = z.output<typeof Config>;
