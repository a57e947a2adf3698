import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { WorkerSpec } from '../src/driver.js';
import { createProcessDriver } from '../src/process-driver.js';
import { createScratchFolder } from './scratch-folder.js';
import { createToyDriver, isAlive } from './toy-driver.js';

const aWorker = (behaviour: string): WorkerSpec => ({
  workerId: `e1.0.${behaviour}`,
  endpointId: 'e1',
  jobTypes: [behaviour, 'extra-single-image'],
  slots: 3,
  redisUrl: 'redis://ep-e1:secret@127.0.0.1:1/0',
});

describe('process driver', () => {
  it('gives a worker its own variables and nothing of its parent', async () => {
    process.env['ENDPOINT_MANAGER_DATABASE_URL'] = 'postgres://secret';
    await using folder = await createScratchFolder();
    const worker = createToyDriver(folder.path).start(aWorker('steady'));
    expect(await worker.ready).toBe(true);
    const env: unknown = JSON.parse(await readFile(join(folder.path, `${worker.id}.json`), 'utf8'));
    await worker.stop(5_000);
    delete process.env['ENDPOINT_MANAGER_DATABASE_URL'];
    expect(env).toEqual({
      pid: worker.pid,
      PATH: '/usr/bin:/bin',
      WORKER_REDIS_URL: 'redis://ep-e1:secret@127.0.0.1:1/0',
      WORKER_ENDPOINT_ID: 'e1',
      WORKER_ID: 'e1.0.steady',
      WORKER_JOB_TYPES: 'steady,extra-single-image',
      WORKER_RUNTIME_MODULES: '/opt/one.js,/opt/two.js',
      WORKER_SLOTS: '3',
      WORKER_EXECUTION_PROVIDERS: 'cuda,cpu',
      WORKER_THREADS: '4',
      WORKER_MEMORY_LIMIT_BYTES: '1000000000',
      WORKER_CHECKPOINT_CACHE_BYTES: '5000000000',
      LD_LIBRARY_PATH: '/opt/cuda/lib64',
      WORKER_FOLDER: folder.path,
      WORKER_LOG_LEVEL: 'silent',
      WORKER_STOP_GRACE_MS: '1000',
    });
  });

  it('ends a worker with SIGTERM, and with SIGKILL one that does not listen', async () => {
    await using folder = await createScratchFolder();
    const driver = createToyDriver(folder.path);
    const workers = ['steady', 'deaf'].map((behaviour) => driver.start(aWorker(behaviour)));
    await Promise.all(workers.map((worker) => worker.ready));
    await Promise.all(workers.map((worker) => worker.stop(200)));
    expect(await Promise.all(workers.map((worker) => worker.exited))).toEqual([
      { code: 0, signal: null },
      { code: null, signal: 'SIGKILL' },
    ]);
    expect(workers.map((worker) => isAlive(worker.pid))).toEqual([false, false]);
  });

  it('passes over messages it does not know', async () => {
    await using folder = await createScratchFolder();
    const worker = createToyDriver(folder.path).start(aWorker('unknown-message'));
    expect(await worker.ready).toBe(true);
    await worker.stop(5_000);
  });

  it('is not ready when the worker exits first', async () => {
    await using folder = await createScratchFolder();
    const worker = createToyDriver(folder.path).start(aWorker('crash-at-start'));
    expect(await worker.ready).toBe(false);
    expect(await worker.exited).toEqual({ code: 3, signal: null });
    await worker.stop(0);
  });

  it('ends a worker that has closed its channel', async () => {
    await using folder = await createScratchFolder();
    const worker = createToyDriver(folder.path).start(aWorker('leave-channel'));
    expect(await worker.exited).toEqual({ code: 0, signal: null });
  });

  it('kills a worker that stands still', async () => {
    await using folder = await createScratchFolder();
    const worker = createToyDriver(folder.path, 1_000).start(aWorker('steady'));
    expect(await worker.ready).toBe(true);
    process.kill(worker.pid ?? -1, 'SIGSTOP');
    expect(await worker.exited).toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('reports an entry that cannot run', async () => {
    await using folder = await createScratchFolder();
    const options = {
      workerFolder: folder.path,
      logLevel: 'silent',
      stopGraceMs: 1,
      path: '',
      runtimeModules: [],
      output: 'ignore',
    } as const;
    const driver = createProcessDriver({ ...options, workerEntry: join(folder.path, 'absent.mjs') });
    const worker = driver.start(aWorker('steady'));
    expect(await worker.ready).toBe(false);
    expect(await worker.exited).toMatchObject({ code: 1 });
  });
});
