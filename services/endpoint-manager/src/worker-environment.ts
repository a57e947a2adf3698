import type { LogLevel } from '@infermesh/telemetry';
import type { WorkerSpec } from './driver.js';

export interface WorkerSettings {
  /** Root of the worker's scratch files and its checkpoint cache; exists already. */
  readonly workerFolder: string;
  readonly logLevel: LogLevel;
  /** The worker's own grace; shorter than the one after which it is killed. */
  readonly stopGraceMs: number;
  /** Search path of the worker and its children; the only variable it has in common with its parent. */
  readonly path: string;
  /** Absolute paths of modules that add runtimes. */
  readonly runtimeModules: readonly string[];
}

/** The whole environment of a worker. Nothing is inherited: a worker holds no credential but its endpoint's. */
export function workerEnvironment(spec: WorkerSpec, settings: WorkerSettings): Record<string, string> {
  return {
    PATH: settings.path,
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
