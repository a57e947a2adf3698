import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  migrate,
  openDatabase,
  startEmbeddedDatabase,
  type Database,
  type EmbeddedDatabase,
} from '@infermesh/database';
import { createLogger } from '@infermesh/telemetry';
import { uuidv7 } from 'uuidv7';
import { claimJobRows, renewClaimRows } from '../src/records/claim-jobs.js';
import { cancelJobRow } from '../src/records/cancel-jobs.js';
import { commitJobRows } from '../src/records/commit-jobs.js';
import { bindIdempotencyKey, insertJobs, type JobInsert } from '../src/records/create-jobs.js';
import { lapseClaimsOf, sweepOverdueJobs } from '../src/records/overdue-jobs.js';
import { getJobRow, listOutputs } from '../src/records/read-jobs.js';
import { countInFlight, releaseJobRows, takeBackReleases } from '../src/records/release-jobs.js';
import { removeJobRows } from '../src/records/remove-jobs.js';
import { startJobRows } from '../src/records/start-jobs.js';

const logger = createLogger({ service: 'test', level: 'silent' });
const access = { tenantId: 't1', subject: 'ann', anyOwner: false };
const limits = { maxAttempts: 3, retainMs: 60_000, maxCrashes: 2, cancelGraceMs: 60_000 };

let folder: string;
let embedded: EmbeddedDatabase;
let db: Database;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dispatcher-'));
  embedded = await startEmbeddedDatabase({ folder, logger });
  db = openDatabase({ url: embedded.url, maxConnections: 2, logger });
  await migrate(db);
});

afterAll(async () => {
  await db[Symbol.asyncDispose]();
  await embedded[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

interface JobWish {
  readonly endpointId?: string;
  readonly tenantId?: string;
  readonly weight?: number;
  readonly priority?: number;
  readonly deadlineMs?: number;
  readonly startWithinMs?: number;
  readonly start?: boolean;
}

function aJob({
  endpointId = 'e1',
  tenantId = 't1',
  weight = 1,
  priority = 100,
  deadlineMs = 60_000,
  startWithinMs = 60_000,
  start = false,
}: JobWish = {}): JobInsert {
  const id = uuidv7();
  return {
    id,
    payload: { key: `jobs/${id}`, name: 'payload', maxBytes: 10 },
    startWithinMs,
    job: {
      owner: { tenantId, owner: 'ann', weight },
      dialect: 'toy',
      jobType: 'echo',
      endpointId,
      priority,
      payload: { name: 'payload', maxBytes: 10 },
      inputs: { text: "it's" },
      checkpoints: [],
      dialectData: {},
      runTimeoutMs: 1000,
      start,
      deadlineMs,
    },
  };
}

async function startedJobs(wishes: readonly JobWish[]): Promise<string[]> {
  const inserts = wishes.map(aJob);
  await insertJobs(db, inserts);
  for (const { id, job } of inserts)
    await startJobRows(db, [{ id, access: { ...access, tenantId: job.owner.tenantId } }]);
  return inserts.map(({ id }) => id);
}

async function claimedJob(endpointId: string): Promise<{ id: string; epoch: number }> {
  const [id = ''] = await startedJobs([{ endpointId }]);
  await releaseJobRows(db, endpointId, 1);
  const [row] = await claimJobRows(db, 10_000, [{ id, endpointId, release: 1, workerId: 'w1' }]);
  return { id, epoch: row?.epoch ?? -1 };
}

describe('a record on its way', () => {
  it('is created, started, released, claimed and committed once, with its outputs', async () => {
    const endpointId = 'way';
    const insert = aJob({ endpointId });
    const [created] = await insertJobs(db, [insert]);
    expect(created).toMatchObject({ id: insert.id, state: 'created', inputs: { text: "it's" }, epoch: 0 });
    const [started] = await startJobRows(db, [{ access, id: insert.id }]);
    expect(started).toMatchObject({ state: 'queued' });
    expect(await startJobRows(db, [{ access, id: insert.id }])).toEqual([undefined]);
    expect(await releaseJobRows(db, endpointId, 5)).toEqual([{ id: insert.id, release: 1 }]);
    expect(await countInFlight(db, endpointId)).toBe(1);
    const claim = { id: insert.id, endpointId, release: 1, workerId: 'w1' };
    const [claimed] = await claimJobRows(db, 10_000, [claim]);
    expect(claimed).toMatchObject({ state: 'active', epoch: 1, attempts: 1 });
    expect(await claimJobRows(db, 10_000, [{ ...claim, workerId: 'w2' }])).toEqual([undefined]);
    const commit = {
      id: insert.id,
      endpointId,
      epoch: 1,
      outputKeys: { 'a.png': 'k/a.png' },
      outcome: {
        kind: 'succeeded' as const,
        outputs: [{ name: 'a.png', sizeBytes: 3, sha256: 'ff', mediaType: 'image/png' }],
        result: { n: 1 },
        usage: {},
      },
    };
    expect(await commitJobRows(db, limits, [commit])).toEqual([{ id: insert.id, state: 'succeeded' }]);
    expect(await commitJobRows(db, limits, [commit])).toEqual([undefined]);
    expect((await listOutputs(db, [insert.id])).get(insert.id)).toEqual([
      { job_id: insert.id, name: 'a.png', key: 'k/a.png', size_bytes: 3, media_type: 'image/png' },
    ]);
    expect(await getJobRow(db, access, insert.id)).toMatchObject({ state: 'succeeded', result: { n: 1 } });
  });

  it('is queued at its creation when it shall start at once, with its deadline counted from there', async () => {
    const insert = aJob({ endpointId: 'at-once', start: true, deadlineMs: 60_000 });
    const [row] = await insertJobs(db, [insert]);
    expect(row).toMatchObject({ id: insert.id, state: 'queued' });
    expect((row?.deadline_at?.getTime() ?? 0) - (row?.queued_at?.getTime() ?? 0)).toBe(60_000);
    expect(await startJobRows(db, [{ access, id: insert.id }])).toEqual([undefined]);
    expect(await releaseJobRows(db, 'at-once', 5)).toEqual([{ id: insert.id, release: 1 }]);
  });

  it('does not exist for another tenant or another user', async () => {
    const [id = ''] = await startedJobs([{ endpointId: 'hidden' }]);
    for (const other of [
      { ...access, tenantId: 't2' },
      { ...access, subject: 'bob' },
    ]) {
      await expect(getJobRow(db, other, id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
      expect(await cancelJobRow(db, other, id, 1000)).toBeUndefined();
      expect(await removeJobRows(db, other, [id])).toEqual([]);
    }
    expect(await getJobRow(db, { ...access, subject: 'bob', anyOwner: true }, id)).toMatchObject({ state: 'queued' });
  });
});

describe('claims', () => {
  it('are refused to a worker of another endpoint, and for an old release', async () => {
    const [id = ''] = await startedJobs([{ endpointId: 'strict' }]);
    await releaseJobRows(db, 'strict', 1);
    expect(await claimJobRows(db, 1000, [{ id, endpointId: 'other', release: 1, workerId: 'w' }])).toEqual([undefined]);
    await takeBackReleases(db, [{ id, release: 1 }]);
    await releaseJobRows(db, 'strict', 1);
    expect(await claimJobRows(db, 1000, [{ id, endpointId: 'strict', release: 1, workerId: 'w' }])).toEqual([
      undefined,
    ]);
    expect(await claimJobRows(db, 1000, [{ id, endpointId: 'strict', release: 2, workerId: 'w' }])).toMatchObject([
      { id },
    ]);
  });

  it('that lapse go back to the queue; the late commit changes nothing; too many deaths fail the job', async () => {
    const endpointId = 'lapse';
    const { id, epoch } = await claimedJob(endpointId);
    await lapseClaimsOf(db, endpointId, ['w1']);
    expect(await sweepOverdueJobs(db, limits)).toMatchObject([{ id, state: 'queued' }]);
    const late = {
      id,
      endpointId,
      epoch,
      outputKeys: {},
      outcome: { kind: 'succeeded' as const, outputs: [], result: {}, usage: {} },
    };
    expect(await commitJobRows(db, limits, [late])).toEqual([undefined]);
    expect(await releaseJobRows(db, endpointId, 1)).toEqual([{ id, release: 2 }]);
    const [again] = await claimJobRows(db, 10_000, [{ id, endpointId, release: 2, workerId: 'w2' }]);
    expect(again?.epoch).toBe(epoch + 1);
    expect(await commitJobRows(db, limits, [late])).toEqual([undefined]);
    await lapseClaimsOf(db, endpointId, ['w2']);
    expect(await sweepOverdueJobs(db, limits)).toMatchObject([{ id, state: 'failed', reason_code: 'WORKER_LOST' }]);
  });

  it('say which are held, lost and cancelled', async () => {
    const endpointId = 'renew';
    const held = await claimedJob(endpointId);
    const cancelled = await claimedJob(endpointId);
    expect(await cancelJobRow(db, access, cancelled.id, 1000)).toMatchObject({ state: 'active' });
    const standings = await renewClaimRows(db, {
      endpointId,
      workerId: 'w1',
      leaseMs: 1000,
      claims: [
        { ...held, progress: { fraction: 0.5 } },
        { ...cancelled, progress: null },
        { id: held.id, epoch: 99, progress: null },
      ],
    });
    expect(standings.map(({ standing }) => standing)).toEqual(['held', 'cancelled', 'lost']);
    expect(await getJobRow(db, access, held.id)).toMatchObject({ progress: { fraction: 0.5 } });
  });
});

describe('endings', () => {
  it('a retryable failure is tried again until its attempts are used up', async () => {
    const endpointId = 'retry';
    const [id = ''] = await startedJobs([{ endpointId }]);
    const states: string[] = [];
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      const [released] = await releaseJobRows(db, endpointId, 1);
      const [row] = await claimJobRows(db, 10_000, [
        { id, endpointId, release: released?.release ?? 0, workerId: 'w' },
      ]);
      const [ended] = await commitJobRows(db, limits, [
        {
          id,
          endpointId,
          epoch: row?.epoch ?? 0,
          outputKeys: {},
          outcome: { kind: 'failed', code: 'STORAGE_UNAVAILABLE', message: 'no', retryable: true },
        },
      ]);
      states.push(ended?.state ?? '');
    }
    expect(states).toEqual(['queued', 'queued', 'failed']);
  });

  it('a job given back does not count the attempt', async () => {
    const endpointId = 'back';
    const { id, epoch } = await claimedJob(endpointId);
    expect(
      await commitJobRows(db, limits, [{ id, endpointId, epoch, outputKeys: {}, outcome: { kind: 'given-back' } }]),
    ).toEqual([{ id, state: 'queued' }]);
    expect(await getJobRow(db, access, id)).toMatchObject({ attempts: 0, state: 'queued' });
  });

  it('deadlines and forgotten starts end a job', async () => {
    const [late = ''] = await startedJobs([{ endpointId: 'late', deadlineMs: 1 }]);
    const forgotten = aJob({ startWithinMs: 0 });
    await insertJobs(db, [forgotten]);
    const swept = await sweepOverdueJobs(db, limits);
    expect(swept).toContainEqual(
      expect.objectContaining({ id: late, state: 'expired', reason_code: 'DEADLINE_EXCEEDED' }),
    );
    expect(swept).toContainEqual(
      expect.objectContaining({ id: forgotten.id, state: 'expired', reason_code: 'EXPIRED' }),
    );
  });

  it('a queued job is cancelled at once', async () => {
    const [id = ''] = await startedJobs([{ endpointId: 'cancel' }]);
    expect(await cancelJobRow(db, access, id, 1000)).toMatchObject({ state: 'cancelled', reason_code: 'CANCELLED' });
    expect(await releaseJobRows(db, 'cancel', 5)).toEqual([]);
  });
});

describe('fair release', () => {
  it('gives turns to tenants by weight, whoever came first, and by priority within a tenant', async () => {
    const endpointId = 'fair';
    const many = await startedJobs(Array.from({ length: 6 }, () => ({ endpointId, tenantId: 'greedy' })));
    const [low = '', high = ''] = await startedJobs([
      { endpointId, tenantId: 'small', weight: 2, priority: 1 },
      { endpointId, tenantId: 'small', weight: 2, priority: 500 },
    ]);
    const released = await releaseJobRows(db, endpointId, 4);
    expect(released.map(({ id }) => id)).toEqual([high, many[0], low, many[1]]);
    const [latecomer = ''] = await startedJobs([{ endpointId, tenantId: 'new' }]);
    expect((await releaseJobRows(db, endpointId, 2)).map(({ id }) => id)).toEqual([latecomer, many[2]]);
  });
});

describe('idempotency keys', () => {
  it('lead to the first job, refuse another request, and are free again once expired', async () => {
    const claim = { tenantId: 't1', key: 'k', fingerprint: 'f', jobId: uuidv7(), lifetimeMs: 60_000 };
    expect(await bindIdempotencyKey(db, claim)).toBe(claim.jobId);
    expect(await bindIdempotencyKey(db, { ...claim, jobId: uuidv7() })).toBe(claim.jobId);
    await expect(bindIdempotencyKey(db, { ...claim, fingerprint: 'g' })).rejects.toMatchObject({
      code: 'IDEMPOTENCY_MISMATCH',
    });
    const other = { ...claim, tenantId: 't2', jobId: uuidv7(), lifetimeMs: -1 };
    expect(await bindIdempotencyKey(db, other)).toBe(other.jobId);
    const next = uuidv7();
    expect(await bindIdempotencyKey(db, { ...other, jobId: next, lifetimeMs: 60_000 })).toBe(next);
  });
});

describe('a batch that names one record twice', () => {
  it('answers each caller for itself', async () => {
    const endpointId = 'batch';
    const insert = aJob({ endpointId });
    await insertJobs(db, [insert]);
    const { id } = insert;
    const stranger = { tenantId: 't2', subject: 'eve', anyOwner: true };
    const starts = await startJobRows(db, [
      { id, access: stranger },
      { id, access },
    ]);
    expect(starts.map((row) => row?.state)).toEqual([undefined, 'queued']);
    await releaseJobRows(db, endpointId, 1);
    const claims = await claimJobRows(db, 10_000, [
      { id, endpointId, release: 1, workerId: 'w1' },
      { id, endpointId, release: 1, workerId: 'w2' },
    ]);
    expect(claims.filter((row) => row !== undefined)).toHaveLength(1);
    const outcome = { kind: 'succeeded' as const, outputs: [], result: {}, usage: {} };
    const commits = await commitJobRows(db, limits, [
      { id, endpointId, epoch: 99, outputKeys: {}, outcome },
      { id, endpointId, epoch: 1, outputKeys: {}, outcome },
    ]);
    expect(commits).toEqual([undefined, { id, state: 'succeeded' }]);
  });
});

describe('a cancelled job', () => {
  it.each([
    ['given back', { kind: 'given-back' as const }],
    ['failed', { kind: 'failed' as const, code: 'STORAGE_UNAVAILABLE', message: 'no', retryable: true }],
  ])('that is %s by its worker ends as cancelled', async (_name, outcome) => {
    const endpointId = `cancelled-${outcome.kind}`;
    const { id, epoch } = await claimedJob(endpointId);
    await cancelJobRow(db, access, id, 1000);
    expect(await commitJobRows(db, limits, [{ id, endpointId, epoch, outputKeys: {}, outcome }])).toEqual([
      { id, state: 'cancelled' },
    ]);
    expect(await getJobRow(db, access, id)).toMatchObject({ reason_code: 'CANCELLED' });
  });
});
