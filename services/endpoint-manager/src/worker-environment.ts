import type { LogLevel } from '@infermesh/telemetry';
import type { WorkerSpec } from './driver.js';

export interface WorkerSettings {
  /** Root of the worker's scratch files and its checkpoint cache; exists already. */
  readonly workerFolder: string;
  readonly logLevel: LogLevel;
  /** The worker's own grace; shorter than the one after which it is killed. */
  readonly stopGraceMs: number;
  /** Search path of the worker and its children; with the library path all it has in common with its parent. */
  readonly path: string;
  /** Absolute paths of modules that add runtimes. */
  readonly runtimeModules: readonly string[];
  /** Comma list for the worker's models, the preferred first, for example `cuda,cpu`; without it the worker's own default, as below. */
  readonly executionProviders?: string | undefined;
  /** Threads of one model process. */
  readonly threads?: number | undefined;
  /** A model process over it is replaced. */
  readonly memoryLimitBytes?: number | undefined;
  /** Of the checkpoints on a node, which its workers share. */
  readonly checkpointCacheBytes?: number | undefined;
  /** Where the dynamic linker looks besides, for example for CUDA. */
  readonly libraryPath?: string | undefined;
}

/** The whole environment of a worker. Nothing is inherited: a worker holds no credential but its endpoint's. */
export function workerEnvironment(spec: WorkerSpec, settings: WorkerSettings): Record<string, string> {
  const { executionProviders, threads, memoryLimitBytes, checkpointCacheBytes, libraryPath } = settings;
  return {
    PATH: settings.path,
    ...(libraryPath !== undefined && { LD_LIBRARY_PATH: libraryPath }),
    ...(executionProviders !== undefined && { WORKER_EXECUTION_PROVIDERS: executionProviders }),
    ...(threads !== undefined && { WORKER_THREADS: String(threads) }),
    ...(memoryLimitBytes !== undefined && { WORKER_MEMORY_LIMIT_BYTES: String(memoryLimitBytes) }),
    ...(checkpointCacheBytes !== undefined && { WORKER_CHECKPOINT_CACHE_BYTES: String(checkpointCacheBytes) }),
    WORKER_REDIS_URL: spec.redisUrl,
    WORKER_ENDPOINT_ID: spec.endpointId,
    WORKER_ID: spec.workerId,
    WORKER_JOB_TYPES: spec.jobTypes.join(','),
    WORKER_SLOTS: String(spec.slots),
    WORKER_FOLDER: settings.workerFolder,
    WORKER_LOG_LEVEL: settings.logLevel,
    WORKER_STOP_GRACE_MS: String(settings.stopGraceMs),
    WORKER_RUNTIME_MODULES: settings.runtimeModules.join(','),
  };
}
