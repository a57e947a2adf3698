import { EventEmitter, once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import type { EndpointStanding } from '../src/endpoint-record.js';
import { createWorkerId } from '../src/worker-id.js';
import { WorkerPool } from '../src/worker-pool.js';
import { LogLines } from './log-lines.js';
import { createScratchFolder } from './scratch-folder.js';
import { createToyDriver, isAlive } from './toy-driver.js';

interface Wanted {
  readonly behaviour?: string;
  readonly workers?: number;
  readonly timings?: Partial<ConstructorParameters<typeof WorkerPool>[0]['timings']>;
}

const quick = { restart: { firstMs: 8, maxMs: 32 }, healthyMs: 60_000, readyTimeoutMs: 20_000 };

async function setup({ behaviour = 'steady', workers = 1, timings = {} }: Wanted) {
  const folder = await createScratchFolder();
  const driver = createToyDriver(folder.path);
  const log = new LogLines();
  const changed = new EventEmitter().setMaxListeners(50);
  const lost: string[] = [];
  let restarts = 0;
  let firstFailure: EndpointStanding | undefined;
  const pool: WorkerPool = new WorkerPool({
    desiredWorkers: workers,
    slotsPerWorker: 2,
    standing: { status: 'creating', error: null, readyAt: null },
    startWorker: (seat) => {
      const spec = { endpointId: 'e1', jobTypes: [behaviour], slots: 2, redisUrl: 'redis://127.0.0.1:1' };
      return Promise.resolve(driver.start({ ...spec, workerId: createWorkerId('e1', seat) }));
    },
    timings: { ...quick, ...timings },
    logger: log.logger,
    onChange: () => {
      if (pool.standing.status === 'failed') firstFailure ??= pool.standing;
      changed.emit('change');
    },
    onExit: (workerId) => lost.push(workerId),
    onRestart: () => (restarts += 1),
  });
  return {
    pool,
    log,
    lost,
    restarts: () => restarts,
    firstFailure: () => firstFailure,
    async until(holds: () => boolean): Promise<void> {
      while (!holds()) await once(changed, 'change');
    },
    async [Symbol.asyncDispose]() {
      await pool.stop(2_000);
      await folder[Symbol.asyncDispose]();
    },
  };
}

describe('worker pool', () => {
  it('is in service from its first ready worker on, and counts the slots of those that are ready', async () => {
    await using bench = await setup({ workers: 2 });
    const { pool } = bench;
    pool.start();
    expect(pool.standing.status).toBe('creating');
    expect(pool.slots).toBe(0);
    await bench.until(() => pool.slots > 0);
    expect(pool.standing).toMatchObject({ status: 'in-service', error: null, readyAt: expect.any(Date) });
    await bench.until(() => pool.slots === 4);
    expect(pool.countByState()).toEqual(new Map([['ready', 2]]));
  });

  it('knows what any of its workers has loaded', async () => {
    await using bench = await setup({ workers: 2, behaviour: 'warm' });
    const { pool } = bench;
    expect(pool.warmCheckpoints).toEqual([]);
    pool.start();
    await bench.until(() => pool.slots === 4);
    expect(pool.warmCheckpoints).toHaveLength(3);
    expect(pool.warmCheckpoints).toContain('of-all');
    await pool.stop(2_000);
    expect(pool.warmCheckpoints).toEqual([]);
  });

  it('is in service at once when no workers are wanted', async () => {
    await using bench = await setup({ workers: 0 });
    bench.pool.start();
    expect(bench.pool.standing.status).toBe('in-service');
    expect(bench.pool.slots).toBe(0);
  });

  it('starts a new worker for one that was killed, under a new id, and stays in service', async () => {
    await using bench = await setup({});
    const { pool, log, lost } = bench;
    pool.start();
    const first = await log.next('worker started');
    await log.next('worker ready');
    process.kill(Number(first['pid']), 'SIGKILL');
    expect(await log.next('worker exited')).toMatchObject({ workerId: first['workerId'], signal: 'SIGKILL' });
    expect(lost).toEqual([first['workerId']]);
    expect(pool.slots).toBe(0);
    expect(pool.standing).toMatchObject({ status: 'in-service', error: null });
    const second = await log.next('worker ready');
    expect(second['workerId']).not.toBe(first['workerId']);
    await bench.until(() => pool.slots === 2);
    expect(bench.restarts()).toBe(1);
  });

  it('waits longer after each crash, fails after five without a ready worker, and keeps trying', async () => {
    await using bench = await setup({ behaviour: 'crash-at-start' });
    const { pool, log } = bench;
    pool.start();
    const pauses: number[] = [];
    for (let crash = 1; crash <= 4; crash += 1) pauses.push(Number((await log.next('worker restarts'))['pauseMs']));
    for (const [index, longest] of [8, 16, 32, 32].entries()) {
      expect(pauses[index]).toBeGreaterThanOrEqual(longest / 2);
      expect(pauses[index]).toBeLessThanOrEqual(longest);
    }
    await bench.until(() => pool.standing.status === 'failed');
    expect(bench.firstFailure()).toEqual({
      status: 'failed',
      error: 'the worker exited with code 3, 5 times in a row; see the log of the worker',
      readyAt: null,
    });
    await log.next('worker restarts');
    expect(await log.next('worker restarts')).toMatchObject({ crashes: 6 });
  });

  it('forgets crashes and their error once a worker has been healthy for a while', async () => {
    await using bench = await setup({ timings: { healthyMs: 150 } });
    const { pool, log } = bench;
    pool.start();
    for (let crash = 1; crash <= 2; crash += 1) {
      const { pid } = await log.next('worker started');
      process.kill(Number(pid), 'SIGKILL');
      expect(await log.next('worker restarts')).toMatchObject({ crashes: crash });
    }
    expect(pool.standing.error).toContain('ended by SIGKILL, 2 times in a row');
    await bench.until(() => pool.standing.error === null);
    const { pid } = await log.next('worker started');
    process.kill(Number(pid), 'SIGKILL');
    expect(await log.next('worker restarts')).toMatchObject({ crashes: 1 });
  });

  it('shows a seat that cannot stay up while the others serve', async () => {
    await using bench = await setup({ workers: 2 });
    const { pool, log } = bench;
    pool.start();
    await bench.until(() => pool.slots === 4);
    await log.next('worker started');
    for (let crash = 1; crash <= 2; crash += 1) {
      const { pid } = await log.next('worker started');
      process.kill(Number(pid), 'SIGKILL');
      expect(await log.next('worker restarts')).toMatchObject({ seat: 1, crashes: crash });
    }
    expect(pool.standing).toMatchObject({ status: 'in-service', error: expect.stringContaining('SIGKILL') });
  });

  it('kills a worker that does not become ready, and counts that as a crash', async () => {
    await using bench = await setup({ behaviour: 'never-ready', timings: { readyTimeoutMs: 100 } });
    const { pool, log } = bench;
    pool.start();
    await bench.until(() => pool.standing.error !== null);
    expect(pool.standing.error).toBe(
      'the worker could not be started (not ready after 100 ms), 2 times in a row; see the log of the worker',
    );
    expect(isAlive((await log.next('worker started'))['pid'])).toBe(false);
  });

  it('leaves no worker alive after a stop, not even those that do not listen', async () => {
    await using bench = await setup({ behaviour: 'deaf', workers: 3 });
    const { pool, log, lost } = bench;
    pool.start();
    await bench.until(() => pool.slots === 6);
    const pids = [await log.next('worker started'), await log.next('worker started'), await log.next('worker started')];
    await pool.stop(100);
    expect(pids.map(({ pid }) => isAlive(pid))).toEqual([false, false, false]);
    expect(lost).toHaveLength(3);
    expect(pool.slots).toBe(0);
    expect(bench.restarts()).toBe(0);
  });

  it('starts nothing after a stop in the middle of a backoff', async () => {
    await using bench = await setup({
      behaviour: 'crash-at-start',
      timings: { restart: { firstMs: 1e9, maxMs: 1e9 } },
    });
    bench.pool.start();
    await bench.log.next('worker restarts');
    await bench.pool.stop(1_000);
    expect(bench.restarts()).toBe(0);
  });
});
