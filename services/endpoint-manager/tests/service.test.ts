import { spawn, type ChildProcess } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  createEndpoint,
  deleteEndpoints,
  endpointQueue,
  listEndpoints,
  reportPool,
  runJob,
} from '@infermesh/contracts';
import { migrate, openDatabase, type Database } from '@infermesh/database';
import { createJobQueue, handle, type JobQueue } from '@infermesh/job-queue';
import { ResourceStack, childEntry, stopChild } from '@infermesh/lifecycle';
import { connectRedis, startEmbeddedRedis, type EmbeddedRedis } from '@infermesh/redis';
import { Metrics } from '@infermesh/telemetry';
import { startPostgresServer, type PostgresServer } from '../../../packages/database/tests/postgres-server.js';
import type { PoolReport } from '../src/pool-report.js';
import { startEndpointManager, type EndpointManager } from '../src/service.js';
import { testEndpointRegistry } from './endpoint-registry-suite.js';
import { LogLines } from './log-lines.js';
import { createScratchFolder, type ScratchFolder } from './scratch-folder.js';
import { isAlive, toyWorker } from './toy-driver.js';

const log = new LogLines();
const { logger } = log;
const ground = new ResourceStack();
let redis: EmbeddedRedis;
let server: PostgresServer;
let database: Database;
let client: JobQueue;

/** Patient: the machine may have more to do than this test. */
function openQueue(redisUrl: string, service: string): JobQueue {
  return createJobQueue({ redisUrl, service, logger, connectGraceMs: 10_000 });
}

/** What the manager tells the dispatcher of this test. */
const reports: PoolReport[] = [];
const arrived = new EventEmitter();

async function heard(holds: (report: PoolReport) => boolean): Promise<PoolReport> {
  for (;;) {
    const report = reports.find(holds);
    if (report !== undefined) return report;
    await once(arrived, 'report');
  }
}

beforeAll(async () => {
  const folder = ground.use(await createScratchFolder());
  redis = ground.use(await startEmbeddedRedis({ folder: join(folder.path, 'redis'), logger }));
  server = ground.use(await startPostgresServer());
  database = ground.use(openDatabase({ url: server.url, maxConnections: 4, logger }));
  await migrate(database);
  client = ground.use(openQueue(redis.url, 'test'));
  const hear = handle(reportPool, (report) => {
    reports.push(report);
    arrived.emit('report');
    return Promise.resolve({});
  });
  ground.use(await client.serve(reportPool.queue, [hear], { concurrency: 8, stopGraceMs: 1_000 }));
}, 90_000);

afterAll(() => ground[Symbol.asyncDispose]());

let folder: ScratchFolder;

beforeEach(async () => {
  folder = await createScratchFolder();
  reports.length = 0;
  await database.query('delete from endpoint');
});

afterEach(async () => {
  await folder[Symbol.asyncDispose]();
});

const soon = (): { deadlineAt: number } => ({ deadlineAt: Date.now() + 15_000 });

async function makeEndpoint(behaviour = 'steady'): Promise<string> {
  const wanted = { name: 'demo', kind: 'Async', tenantId: 't1', jobTypes: [behaviour], workers: 1 };
  return (await client.call(createEndpoint, wanted, soon())).endpoint.id;
}

async function environmentOfFirstWorker(): Promise<Record<string, string>> {
  const [file = ''] = await readdir(folder.path);
  return JSON.parse(await readFile(join(folder.path, file), 'utf8')) as Record<string, string>;
}

describe('endpoint registry', () => {
  testEndpointRegistry(() => database);
});

describe('endpoint manager', () => {
  it('answers its calls, tells the dispatcher, and lets workers into their own queue alone', async () => {
    await using opened = new ResourceStack();
    const jobQueue = opened.use(openQueue(redis.url, 'endpoint-manager'));
    const workers = { workerEntry: toyWorker, workerFolder: folder.path, workerOutput: 'ignore' } as const;
    const metrics = new Metrics();
    const options = { ...workers, jobQueue, database, redisAdminUrl: redis.url, logger, metrics, stopGraceMs: 2_000 };
    opened.use(await startEndpointManager(options));

    const id = await makeEndpoint();
    await heard(({ endpointId, slots }) => endpointId === id && slots === 1);
    const { endpoints } = await client.call(listEndpoints, { name: 'demo' }, soon());
    expect(endpoints).toMatchObject([{ id, status: 'in-service', readyWorkers: 1 }]);

    const { WORKER_REDIS_URL: redisUrl = '' } = await environmentOfFirstWorker();
    expect(redisUrl).not.toContain(new URL(redis.url).password);
    {
      await using worker = openQueue(redisUrl, endpointQueue(id));
      const handlers = [handle(runJob, () => Promise.resolve({}))];
      await using _serving = await worker.serve(endpointQueue(id), handlers, { concurrency: 1, stopGraceMs: 100 });
      const entry = { jobId: 'job-1', request: { jobId: '01a1fcec-7ccc-735e-9729-fd5369f52402', release: 1 } };
      const intrusion = worker.submit(runJob, [entry], { queue: 'ep-other' });
      await expect(intrusion).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    }

    const { deleted } = await client.call(deleteEndpoints, { tenantId: 't1', names: ['demo'] }, soon());
    expect(deleted).toEqual(['demo']);
    await heard(({ endpointId, removed }) => endpointId === id && removed);
    await log.next('endpoint deleted');
    const admin = connectRedis({ url: redis.url, purpose: 'blocking', name: 'admin' });
    expect(await admin.keys(`*${id}*`)).toEqual([]);
    admin.disconnect();
  });

  it('lists however many endpoints there are', async () => {
    await using opened = new ResourceStack();
    const jobQueue = opened.use(openQueue(redis.url, 'endpoint-manager'));
    const workers = { workerEntry: toyWorker, workerFolder: folder.path, workerOutput: 'ignore' } as const;
    const options = { ...workers, jobQueue, database, redisAdminUrl: redis.url, logger, stopGraceMs: 2_000 };
    opened.use(await startEndpointManager({ ...options, metrics: new Metrics() }));

    const names = Array.from({ length: 25 }, (_, index) => `idle-${String(index)}`);
    const dialectData = { text: 'x'.repeat(4_000) };
    for (const name of names) {
      const wanted = { name, kind: 'Async', tenantId: 't2', jobTypes: ['steady'], workers: 0, dialectData };
      await client.call(createEndpoint, wanted, soon());
    }
    const first = await client.call(listEndpoints, { tenantId: 't2' }, soon());
    const second = await client.call(listEndpoints, { tenantId: 't2', after: first.endpoints.at(-1)?.id }, soon());
    expect([first.isLast, second.isLast]).toEqual([false, false]);
    const third = await client.call(listEndpoints, { tenantId: 't2', after: second.endpoints.at(-1)?.id }, soon());
    const listed = [first, second, third].flatMap(({ endpoints: some }) => some.map(({ name }) => name));
    expect([listed, third.isLast]).toEqual([names, true]);
    expect(await client.call(deleteEndpoints, { tenantId: 't2', names }, soon())).toEqual({ deleted: names });
  });
});

describe('two endpoint managers on one database', () => {
  const start = async (opened: ResourceStack, leaseMs: number): Promise<EndpointManager> => {
    const jobQueue = opened.use(openQueue(redis.url, 'endpoint-manager'));
    const workers = { workerEntry: toyWorker, workerFolder: folder.path, workerOutput: 'ignore' } as const;
    const options = { ...workers, jobQueue, database, redisAdminUrl: redis.url, logger, stopGraceMs: 2_000 };
    return opened.use(
      await startEndpointManager({ ...options, metrics: new Metrics(), timings: { leaseMs, accessRefreshMs: 50 } }),
    );
  };
  const workerUrls = async (): Promise<string[]> => {
    const files = (await readdir(folder.path)).filter((name) => name.endsWith('.json'));
    const texts = await Promise.all(files.map((file) => readFile(join(folder.path, file), 'utf8')));
    return texts.map((text) => (JSON.parse(text) as { WORKER_REDIS_URL: string }).WORKER_REDIS_URL);
  };

  it('run one pool, and the second goes on where the first stopped', async () => {
    await using first = new ResourceStack();
    await using second = new ResourceStack();
    await (
      await start(first, 60_000)
    ).active;
    const id = await makeEndpoint();
    await heard(({ endpointId, slots }) => endpointId === id && slots === 1);
    const waiting = await start(second, 60_000);
    expect(await Promise.race([waiting.active.then(() => 'active'), delay(300, 'waits')])).toBe('waits');
    const [redisUrl = '', ...others] = await workerUrls();
    expect(others).toEqual([]);
    await using worker = openQueue(redisUrl, endpointQueue(id));
    await (await worker.serve(endpointQueue(id), [], { concurrency: 1, stopGraceMs: 100 }))[Symbol.asyncDispose]();

    await first[Symbol.asyncDispose]();
    reports.length = 0;
    await using third = new ResourceStack();
    await (
      await start(third, 60_000)
    ).active; // the lease was given up: whoever asks next has it
    await heard(({ endpointId, slots }) => endpointId === id && slots === 1);
    expect(await workerUrls()).toHaveLength(2);
  });

  it('stop their workers when another has taken over, and wait in turn', async () => {
    await using opened = new ResourceStack();
    await (
      await start(opened, 300)
    ).active;
    const id = await makeEndpoint();
    await heard(({ endpointId, slots }) => endpointId === id && slots === 1);
    await database.query(`update owner_lease set owner = 'another', expires_at = now() + interval '1 hour'`);
    await heard(({ endpointId, slots, lostWorkers }) => endpointId === id && slots === 0 && lostWorkers.length === 1);
    reports.length = 0;
    await database.query('update owner_lease set expires_at = now()');
    await heard(({ endpointId, slots }) => endpointId === id && slots === 1);
  });

  it('let the second take over from one that is silent', async () => {
    await using first = new ResourceStack();
    await using second = new ResourceStack();
    await (
      await start(first, 60_000)
    ).active;
    const id = await makeEndpoint();
    await heard(({ endpointId, slots }) => endpointId === id && slots === 1);
    await database.query(`update owner_lease set expires_at = now() - interval '1 second'`);
    await (
      await start(second, 150)
    ).active;
    expect(await database.query('select owner from owner_lease')).toMatchObject({ rowCount: 1 });
  });
});

/** The service as a process of its own, with its workers writing to the same pipe. */
function startProcess(): ChildProcess & { stdout: Readable } {
  const env = {
    PATH: process.env['PATH'],
    ENDPOINT_MANAGER_REDIS_URL: redis.url,
    ENDPOINT_MANAGER_REDIS_ADMIN_URL: redis.url,
    ENDPOINT_MANAGER_DATABASE_URL: server.url,
    ENDPOINT_MANAGER_WORKER_ENTRY: toyWorker,
    ENDPOINT_MANAGER_WORKER_FOLDER: folder.path,
    ENDPOINT_MANAGER_LOG_LEVEL: 'warn',
    ENDPOINT_MANAGER_STOP_GRACE_MS: '2000',
  };
  const main = childEntry(import.meta.url, '../src/main.js');
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  child.stdout.resume();
  return child;
}

describe('endpoint manager process', () => {
  it('ends its workers and itself when told to', async () => {
    const child = startProcess();
    const exited = once(child, 'exit');
    const id = await makeEndpoint();
    await heard(({ endpointId, slots }) => endpointId === id && slots === 1);
    const { pid } = await environmentOfFirstWorker();
    await stopChild(child, 'SIGTERM', 10_000);
    expect(await exited).toEqual([0, null]);
    expect(isAlive(pid)).toBe(false);
  });

  it('leaves no worker behind when it is killed', async () => {
    const child = startProcess();
    // The workers hold the other end of the pipe: it ends when all are gone.
    const allGone = once(child.stdout, 'end');
    const id = await makeEndpoint('deaf');
    await heard(({ endpointId, slots }) => endpointId === id && slots === 1);
    const { pid } = await environmentOfFirstWorker();
    expect(isAlive(pid)).toBe(true);
    child.kill('SIGKILL');
    await allGone;
  });
});
