import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { endpointQueue } from '@infermesh/contracts';
import { migrate, openDatabase, type Database } from '@infermesh/database';
import { MeshError } from '@infermesh/errors';
import type { JobQueue } from '@infermesh/job-queue';
import { ResourceStack } from '@infermesh/lifecycle';
import { createObjectStore } from '@infermesh/object-store';
import { createLogger } from '@infermesh/telemetry';
import { Bench, until } from '../../../packages/job-queue/tests/bench.js';
import { JobObjects } from '../src/job-objects.js';
import { Pools } from '../src/pools.js';
import { insertJobs } from '../src/records/create-jobs.js';
import type { ReleasedJob } from '../src/records/release-jobs.js';
import { RecordWriter } from '../src/records/record-writer.js';
import { Releaser } from '../src/releaser.js';
import { defaultSettings } from '../src/settings.js';
import { access, aJob, type JobWish } from './a-job.js';
import { startPglite } from './start-pglite.js';

const logger = createLogger({ service: 'test', level: 'silent' });

/** What a dispatcher releases with, and the statements that it has run. */
interface Dispatcher extends AsyncDisposable {
  readonly pools: Pools;
  readonly records: RecordWriter;
  readonly statements: string[];
  /** Queues a job, as a call does. @returns its release */
  create(wish: JobWish): Promise<ReleasedJob>;
}

describe('release', () => {
  const resources = new ResourceStack();
  let db: Database;
  let bench: Bench;
  let jobQueue: JobQueue;

  beforeAll(async () => {
    const server = resources.use(await startPglite());
    db = resources.use(openDatabase({ url: server.url, maxConnections: 4, logger }));
    await migrate(db);
    bench = resources.use(await Bench.start());
    jobQueue = bench.queue({ service: 'dispatcher' });
  }, 120_000);
  afterAll(() => resources[Symbol.asyncDispose]());

  /** Signs offers; nobody fetches them here. */
  const store = resources.use(
    createObjectStore({
      endpoint: 'http://127.0.0.1:9',
      region: 'us-east-1',
      bucket: 'jobs',
      accessKeyId: 'key',
      secretAccessKey: 'secret',
    }),
  );
  const objects = new JobObjects(store, 60);

  async function aDispatcher(
    endpointId: string,
    slots: number,
    { queue = jobQueue }: { queue?: JobQueue } = {},
  ): Promise<Dispatcher> {
    const opened = new ResourceStack();
    const statements: string[] = [];
    const counting: Database = {
      ...{ orm: db.orm, query: db.query, transaction: db.transaction.bind(db) },
      prepared: (text, params) => {
        statements.push(text);
        return db.prepared(text, params);
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
    const service = bench.queue({ service: 'dispatcher' });
    const pools: Pools = opened.use(
      new Pools(
        (id) => new Releaser({ db: counting, jobQueue: queue, objects, logger }, id),
        (_id, door) => service.serve(door, [], { concurrency: 1, stopGraceMs: 100 }),
      ),
    );
    const records = opened.use(new RecordWriter(counting, defaultSettings, pools));
    await pools.configure(endpointId, slots);
    await pools.findReleaser(endpointId)?.idle();
    statements.length = 0;
    return {
      pools,
      records,
      statements,
      async create(wish) {
        const { id, release } = await records.insert(aJob({ endpointId, start: true, ...wish }));
        if (release === 0) pools.findReleaser(endpointId)?.jobsWait();
        return { id, release };
      },
      [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
    };
  }

  const looksOf = ({ statements }: Dispatcher): number =>
    statements.filter((text) => text.includes('WITH room')).length;
  const queuedAt = async (endpointId: string): Promise<number> =>
    (await jobQueue.counts(endpointQueue(endpointId))).queued;

  async function releasesAt(endpointId: string): Promise<number[]> {
    const { rows } = await db.query<{ release: number }>(
      'SELECT release FROM job WHERE endpoint_id = $1 ORDER BY queued_at, id',
      [endpointId],
    );
    return rows.map(({ release }) => release);
  }

  async function ended(dispatcher: Dispatcher, endpointId: string, { id, release }: ReleasedJob): Promise<boolean> {
    const claim = await dispatcher.records.claim({ id, endpointId, release, workerId: 'w' });
    const outcome = { kind: 'succeeded' as const, outputs: [], result: {}, usage: {} };
    const epoch = claim?.epoch ?? 0;
    const commit = await dispatcher.records.commit({ id, endpointId, epoch, outcome, outputKeys: {} });
    await jobQueue.cancel(endpointQueue(endpointId), `j_${id}_${release}`);
    return commit?.leavesWaiting ?? false;
  }

  it('is part of the statement that queues a job, where nobody waits', async () => {
    const endpointId = 'at-once';
    await using dispatcher = await aDispatcher(endpointId, 4);
    expect((await dispatcher.create({})).release).toBe(1);
    const { id } = await dispatcher.records.insert(aJob({ endpointId }));
    expect(await dispatcher.records.start({ access, id, endpointId })).toMatchObject({ release: 1 });
    await until(async () => (await queuedAt(endpointId)) === 2);
    expect(dispatcher.statements).toHaveLength(3);
  });

  it('goes on beside a statement that has borrowed the slots and hangs', async () => {
    const endpointId = 'lent';
    await using dispatcher = await aDispatcher(endpointId, 4);
    const releaser = dispatcher.pools.findReleaser(endpointId);
    expect(releaser?.borrowSlots()).toBe(4);
    await insertJobs(db, [aJob({ endpointId, start: true })]);
    await until(async () => {
      releaser?.wake(); // as each tick of the reconciler does
      return (await queuedAt(endpointId)) === 1;
    });
    releaser?.giveSlotsBack();
  });

  it('is left to a round where the endpoint of a started job is not known', async () => {
    const endpointId = 'unknown';
    await using dispatcher = await aDispatcher(endpointId, 4);
    const { id } = await dispatcher.records.insert(aJob({ endpointId }));
    expect(await dispatcher.records.start({ access, id, endpointId: undefined })).toMatchObject({ release: 0 });
    dispatcher.pools.findReleaser(endpointId)?.jobsWait();
    await until(async () => (await queuedAt(endpointId)) === 1);
  });

  it('looks for nothing where nobody works, and begins when somebody does', async () => {
    const endpointId = 'still';
    await using dispatcher = await aDispatcher(endpointId, 0);
    await Promise.all(Array.from({ length: 20 }, () => dispatcher.create({})));
    dispatcher.pools.wakeAll();
    await dispatcher.pools.findReleaser(endpointId)?.idle();
    expect(looksOf(dispatcher)).toBe(0);
    await dispatcher.pools.configure(endpointId, 5);
    await until(async () => (await queuedAt(endpointId)) === 10);
  });

  it('goes on in fair order when room appears, and does not look for each job that joins those who wait', async () => {
    const endpointId = 'crowded';
    await using dispatcher = await aDispatcher(endpointId, 1);
    const first = await dispatcher.create({});
    await dispatcher.create({});
    await until(async () => (await queuedAt(endpointId)) === 2);
    await Promise.all(Array.from({ length: 20 }, () => dispatcher.create({ tenantId: 'greedy' })));
    await dispatcher.create({ tenantId: 'small' });
    expect(looksOf(dispatcher)).toBeLessThan(10);
    expect(await ended(dispatcher, endpointId, first)).toBe(true);
    dispatcher.pools.wake(endpointId);
    await until(async () => (await queuedAt(endpointId)) === 2);
    const { rows } = await db.query<{ tenant_id: string }>(
      `SELECT tenant_id FROM job WHERE endpoint_id = $1 AND release = 1 AND tenant_id <> 't1'`,
      [endpointId],
    );
    expect(rows).toEqual([{ tenant_id: 'greedy' }]);
  });

  it('finds the room that another dispatcher has seen appear', async () => {
    const endpointId = 'elsewhere';
    await using here = await aDispatcher(endpointId, 1);
    await using there = await aDispatcher(endpointId, 1);
    const released = [await here.create({}), await here.create({})];
    await here.create({});
    await here.pools.findReleaser(endpointId)?.idle();
    for (const job of released) await ended(there, endpointId, job);
    await here.create({});
    await until(async () => (await queuedAt(endpointId)) === 2);
    expect(await releasesAt(endpointId)).toEqual([1, 1, 1, 1]);
  });

  it('by two dispatchers at once fills the room once each at most, and releases no job twice', async () => {
    const endpointId = 'two';
    await using one = await aDispatcher(endpointId, 3);
    await using two = await aDispatcher(endpointId, 3);
    await Promise.all(Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? one : two).create({})));
    const count = async (): Promise<number> => (await releasesAt(endpointId)).filter((release) => release > 0).length;
    await until(async () => (await count()) >= 6);
    for (const { pools } of [one, two]) await pools.findReleaser(endpointId)?.idle();
    expect(await count()).toBeLessThanOrEqual(12);
    expect(await queuedAt(endpointId)).toBe(await count());
    expect(Math.max(...(await releasesAt(endpointId)))).toBe(1);
  });

  it('is taken back when its entry cannot be written, and happens again under another number', async () => {
    const endpointId = 'refused';
    let refusals = 0;
    const queue = new Proxy(jobQueue, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        if (name !== 'submit' || refusals > 0) return value.bind(target) as unknown;
        refusals += 1;
        return () => Promise.reject(new MeshError('QUEUE_UNAVAILABLE', 'away'));
      },
    });
    await using dispatcher = await aDispatcher(endpointId, 2, { queue });
    expect((await dispatcher.create({})).release).toBe(1);
    await dispatcher.pools.findReleaser(endpointId)?.idle();
    expect(await queuedAt(endpointId)).toBe(0);
    dispatcher.pools.wakeAll();
    await until(async () => (await queuedAt(endpointId)) === 1);
    expect(await releasesAt(endpointId)).toEqual([2]);
  });
});
