import {
  claimJob,
  commitJob,
  createJob,
  deleteJobs,
  endpointQueue,
  grantOutputs,
  reportPool,
  runJob,
  startJob,
  workerDoor,
  type JobClaim,
  type PayloadOffer,
} from '@infermesh/contracts';
import { migrate, openDatabase } from '@infermesh/database';
import { createJobQueue, handle, type JobQueue } from '@infermesh/job-queue';
import { ResourceStack } from '@infermesh/lifecycle';
import { createObjectStore } from '@infermesh/object-store';
import { createOutbound } from '@infermesh/outbound';
import { createLogger, Metrics } from '@infermesh/telemetry';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startPostgresServer } from '../../../packages/database/tests/postgres-server.js';
import { Bench } from '../../../packages/job-queue/tests/bench.js';
import { startDispatcher } from '../src/service.js';

const logger = createLogger({ service: 'test', level: 'silent' });
const access = { tenantId: 't1', subject: 'ann', anyOwner: false };
const outputs = [{ name: 'out.txt', sizeBytes: 4, sha256: '0'.repeat(64), mediaType: 'text/plain' }];
const soon = (): { deadlineAt: number } => ({ deadlineAt: Date.now() + 30_000 });

interface Entry {
  readonly jobId: string;
  readonly release: number;
  readonly offer?: PayloadOffer | undefined;
}

describe('the door of a worker', () => {
  const ground = new ResourceStack();
  let client: JobQueue;
  /** Called with the next entry that reaches the worker. */
  let onEntry: (entry: Entry) => void = () => undefined;

  beforeAll(async () => {
    const bench = ground.use(await Bench.start());
    const server = ground.use(await startPostgresServer());
    const db = ground.use(openDatabase({ url: server.url, maxConnections: 4, logger }));
    await migrate(db);
    const keys = { accessKeyId: 'key', secretAccessKey: 'secret' };
    // URLs are signed without a word to the store.
    const store = { endpoint: 'http://127.0.0.1:9', region: 'us-east-1', bucket: 'mesh', ...keys };
    const objectStore = ground.use(createObjectStore(store));
    const openQueue = (service: string): JobQueue =>
      ground.use(createJobQueue({ redisUrl: bench.redis.url, service, logger, connectGraceMs: 10_000 }));
    client = openQueue('client');
    const worker = openQueue('worker');
    const takeEntry = handle(runJob, (entry) => {
      onEntry(entry);
      return Promise.resolve({});
    });
    ground.use(await worker.serve(endpointQueue('e1'), [takeEntry], { concurrency: 8, stopGraceMs: 1_000 }));
    const outbound = createOutbound({ allowList: [], logger });
    const options = { db, jobQueue: openQueue('dispatcher'), objectStore, outbound, logger, metrics: new Metrics() };
    ground.use(await startDispatcher({ ...options, pepper: 'p'.repeat(32), stopGraceMs: 1_000 }));
    await client.call(reportPool, { endpointId: 'e1', slots: 8 }, soon());
    await client.call(reportPool, { endpointId: 'e2', slots: 8 }, soon());
  }, 90_000);

  afterAll(() => ground[Symbol.asyncDispose]());

  /** Creates and starts a job. @returns what reaches the worker */
  async function startedEntry(payload: { name: string; maxBytes: number } | null): Promise<Entry> {
    const reached = new Promise<Entry>((resolve) => {
      onEntry = resolve;
    });
    const { job } = await client.call(
      createJob,
      {
        owner: { tenantId: 't1', owner: 'ann' },
        dialect: 'toy',
        jobType: 'echo',
        endpointId: 'e1',
        payload,
        runTimeoutMs: 60_000,
      },
      soon(),
    );
    await client.call(startJob, { access, id: job.id }, soon());
    return reached;
  }

  async function claimedJob(): Promise<JobClaim> {
    const { jobId, release } = await startedEntry(null);
    const queue = workerDoor('e1');
    const { claim } = await client.call(claimJob, { jobId, release, workerId: 'w1' }, { queue, ...soon() });
    if (claim === null) throw new Error('the claim was refused');
    return claim;
  }

  /** @returns the paths of the PUT URLs */
  async function grant({ jobId, epoch }: Pick<JobClaim, 'jobId' | 'epoch'>, endpointId = 'e1'): Promise<string[]> {
    const queue = workerDoor(endpointId);
    const { puts } = await client.call(grantOutputs, { jobId, epoch, outputs }, { queue, ...soon() });
    return puts.map(({ url }) => new URL(url).pathname);
  }

  async function commit({ jobId, epoch }: JobClaim): Promise<boolean> {
    const outcome = { kind: 'succeeded' as const, outputs };
    const queue = workerDoor('e1');
    return (await client.call(commitJob, { jobId, epoch, outcome }, { queue, ...soon() })).accepted;
  }

  it('is offered the payload of an entry', async () => {
    const { jobId, offer } = await startedEntry({ name: 'in.json', maxBytes: 1000 });
    expect(offer).toEqual({ name: 'in.json', maxBytes: 1000, url: expect.any(String) });
    expect(new URL(offer?.url ?? '').pathname).toBe(`/mesh/jobs/t1/${jobId}/payload/in.json`);
  });

  it('is offered nothing where there is no payload', async () => {
    expect(await startedEntry(null)).not.toHaveProperty('offer');
  });

  it('grants URLs below the epoch that holds the job', async () => {
    const claim = await claimedJob();
    expect(await grant(claim)).toEqual([`/mesh/jobs/t1/${claim.jobId}/${claim.epoch}/out.txt`]);
    expect(await commit(claim)).toBe(true);
  });

  it('grants nothing to another epoch, and nothing by the door of another endpoint', async () => {
    const claim = await claimedJob();
    const stale = expect.objectContaining({ code: 'STALE_CLAIM' });
    await expect(grant({ ...claim, epoch: claim.epoch + 1 })).rejects.toEqual(stale);
    await expect(grant(claim, 'e2')).rejects.toEqual(stale);
    expect(await grant(claim)).toHaveLength(1);
  });

  it('grants nothing after the commit, or when the job was deleted', async () => {
    const ended = await claimedJob();
    await commit(ended);
    await expect(grant(ended)).rejects.toMatchObject({ code: 'STALE_CLAIM' });
    const deleted = await claimedJob();
    await client.call(deleteJobs, { access, ids: [deleted.jobId] }, soon());
    await expect(grant(deleted)).rejects.toMatchObject({ code: 'STALE_CLAIM' });
    expect(await commit(deleted)).toBe(false);
  });

  it('grants nothing to a worker that was reported lost', async () => {
    const claim = await claimedJob();
    await client.call(reportPool, { endpointId: 'e1', slots: 8, lostWorkers: ['w1'] }, soon());
    await expect(grant(claim)).rejects.toMatchObject({ code: 'STALE_CLAIM' });
  });
});
