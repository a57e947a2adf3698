import { fileURLToPath } from 'node:url';
import type { Driver } from '../src/driver.js';
import { createProcessDriver } from '../src/process-driver.js';

export const toyWorker = fileURLToPath(new URL('toy-worker.mjs', import.meta.url));

/** The process driver, running `toy-worker.mjs`. */
export function createToyDriver(workerFolder: string, hangTimeoutMs?: number): Driver {
  return createProcessDriver({
    workerEntry: toyWorker,
    workerFolder,
    logLevel: 'silent',
    stopGraceMs: 1_000,
    path: '/usr/bin:/bin',
    runtimeModules: ['/opt/one.js', '/opt/two.js'],
    executionProviders: 'cuda,cpu',
    threads: 4,
    memoryLimitBytes: 1_000_000_000,
    checkpointCacheBytes: 5_000_000_000,
    libraryPath: '/opt/cuda/lib64',
    output: 'ignore',
    ...(hangTimeoutMs === undefined ? {} : { hangTimeoutMs }),
  });
}

export function isAlive(pid: unknown): boolean {
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch {
    return false;
  }
}
