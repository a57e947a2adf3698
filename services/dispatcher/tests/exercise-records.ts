import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { migrate, openDatabase, type Database, type Sql } from '@infermesh/database';
import { ResourceStack } from '@infermesh/lifecycle';
import { createLogger } from '@infermesh/telemetry';
import { uuidv7 } from 'uuidv7';
import { Pools } from '../src/pools.js';
import { claimJobRows, renewClaimRows } from '../src/records/claim-jobs.js';
import { cancelJobRow } from '../src/records/cancel-jobs.js';
import { commitJobRows } from '../src/records/commit-jobs.js';
import { bindIdempotencyKey, insertJobs, type JobInsert } from '../src/records/create-jobs.js';
import { lapseClaimsOf, sweepOverdueJobs } from '../src/records/overdue-jobs.js';
import { getQueuePosition } from '../src/records/read-jobs.js';
import { releaseAllThatFit, releaseJobRows, takeBackReleases } from '../src/records/release-jobs.js';
import { RecordReader } from '../src/records/record-reader.js';
import { RecordWriter } from '../src/records/record-writer.js';
import { removeJobRows, removeRetiredRows, settleGarbage, takeGarbage } from '../src/records/remove-jobs.js';
import { startJobRows } from '../src/records/start-jobs.js';
import { defaultSettings } from '../src/settings.js';
import { WaitingRooms } from '../src/waiting-rooms.js';
import { access, aJob, type JobWish } from './a-job.js';

const logger = createLogger({ service: 'test', level: 'silent' });
const limits = { maxFailures: 3, maxOutages: 4, retainMs: 60_000, maxCrashes: 2, cancelGraceMs: 60_000 };
const urlMs = 60_000;

/** Of a dispatcher that no endpoint manager has told of its pools. */
const noPools = new Pools(
  () => {
    throw new Error('no pool is known');
  },
  () => Promise.reject(new Error('no pool is known')),
);

interface TestServer extends AsyncDisposable {
  readonly url: string;
}

/** Resolves once a statement of another session waits for a lock of this one. */
async function untilSomebodyWaits(tx: Sql): Promise<void> {
  for (;;) {
    const { rows } = await tx.query('SELECT 1 FROM pg_locks WHERE NOT granted');
    if (rows.length > 0) return;
    await delay(10);
  }
}

/**
 * One suite for every database server that `start` may bring up.
 *
 * @param hasSessions whether two sessions can be at work at once
 */
export function exerciseRecords(name: string, start: () => Promise<TestServer>, hasSessions: boolean): void {
  describe(`records on ${name}`, () => {
    const resources = new ResourceStack();
    let db: Database;
    let reader: RecordReader;

    beforeAll(async () => {
      const server = resources.use(await start());
      db = resources.use(openDatabase({ url: server.url, maxConnections: 3, logger }));
      await migrate(db);
      reader = resources.use(new RecordReader(db));
    }, 120_000);

    afterAll(() => resources[Symbol.asyncDispose]());

    async function recordOf(id: string): Promise<Record<string, unknown>> {
      const { rows } = await db.query('SELECT * FROM job WHERE id = $1', [id]);
      return rows[0] ?? {};
    }

    async function startedJobs(wishes: readonly JobWish[]): Promise<string[]> {
      const inserts = wishes.map(aJob);
      await insertJobs(db, inserts);
      for (const { id, job } of inserts)
        await startJobRows(db, [
          {
            id,
            endpointId: undefined,
            access: { ...access, tenantId: job.owner.tenantId, subject: job.owner.owner },
          },
        ]);
      return inserts.map(({ id }) => id);
    }

    async function claimedJob(endpointId: string): Promise<{ id: string; epoch: number }> {
      const [id = ''] = await startedJobs([{ endpointId }]);
      await releaseJobRows(db, endpointId, 1);
      const [row] = await claimJobRows(db, 10_000, [{ id, endpointId, release: 1, workerId: 'w1' }]);
      return { id, epoch: row?.epoch ?? -1 };
    }

    async function claimed(id: string, endpointId: string): Promise<number> {
      const [released] = await releaseJobRows(db, endpointId, 1);
      const release = released?.release ?? 0;
      const [row] = await claimJobRows(db, 10_000, [{ id, endpointId, release, workerId: 'w' }]);
      return row?.epoch ?? -1;
    }

    async function failed(id: string, endpointId: string, epoch: number, code: string): Promise<string> {
      const outcome = { kind: 'failed' as const, code, message: 'no', retryable: true };
      const [ended] = await commitJobRows(db, limits, [{ id, endpointId, epoch, outputKeys: {}, outcome }]);
      return ended?.state ?? '';
    }

    /** Ends the pause before a job's next attempt. @returns how long it would have been */
    async function endPause(id: string, endpointId: string): Promise<number> {
      expect(await releaseJobRows(db, endpointId, 1)).toEqual([]);
      const { rows } = await db.query<{ ms: number }>(
        'SELECT extract(epoch FROM not_before - now())::float8 * 1000 AS ms FROM job WHERE id = $1',
        [id],
      );
      await db.query('UPDATE job SET not_before = now() WHERE id = $1', [id]);
      return rows[0]?.ms ?? 0;
    }

    describe('a record on its way', () => {
      it('is created, started, released, claimed and committed once, with its outputs', async () => {
        const endpointId = 'way';
        const insert = aJob({ endpointId });
        const [created] = await insertJobs(db, [insert]);
        expect(created).toMatchObject({ id: insert.id, state: 'created', attempts: 0, release: 0 });
        const [started] = await startJobRows(db, [{ access, id: insert.id, endpointId }]);
        expect(started).toMatchObject({ state: 'queued' });
        expect(await startJobRows(db, [{ access, id: insert.id, endpointId }])).toEqual([undefined]);
        expect(await releaseJobRows(db, endpointId, 5)).toEqual([
          { id: insert.id, release: 1, payload: insert.payload },
        ]);
        expect(await releaseAllThatFit(db, endpointId, 5)).toEqual({ room: 9, waiting: 0, released: [] });
        const claim = { id: insert.id, endpointId, release: 1, workerId: 'w1' };
        const [claimed] = await claimJobRows(db, 10_000, [claim]);
        expect(claimed).toMatchObject({ state: 'active', epoch: 1, attempts: 1, inputs: { text: "it's" } });
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
        expect(await commitJobRows(db, limits, [commit])).toEqual([
          { id: insert.id, state: 'succeeded', leavesWaiting: false },
        ]);
        expect(await commitJobRows(db, limits, [commit])).toEqual([undefined]);
        expect(await reader.get(access, insert.id)).toMatchObject({
          row: { state: 'succeeded', result: { n: 1 } },
          outputs: [{ name: 'a.png', key: 'k/a.png', size_bytes: 3, media_type: 'image/png' }],
        });
      });

      it('is queued at its creation when it shall start at once, with its deadline counted from there', async () => {
        const insert = aJob({ endpointId: 'at-once', start: true, deadlineMs: 60_000 });
        const [row] = await insertJobs(db, [insert]);
        expect(row).toMatchObject({ id: insert.id, state: 'queued' });
        const { rows } = await db.query<{ seconds: number }>(
          'SELECT extract(epoch FROM deadline_at - queued_at)::int AS seconds FROM job WHERE id = $1',
          [insert.id],
        );
        expect(rows).toEqual([{ seconds: 60 }]);
        expect(await startJobRows(db, [{ access, id: insert.id, endpointId: 'at-once' }])).toEqual([undefined]);
        expect(await releaseJobRows(db, 'at-once', 5)).toEqual([
          { id: insert.id, release: 1, payload: insert.payload },
        ]);
      });

      it('does not exist for another tenant or another user', async () => {
        const [id = ''] = await startedJobs([{ endpointId: 'hidden' }]);
        for (const other of [
          { ...access, tenantId: 't2' },
          { ...access, subject: 'bob' },
        ]) {
          await expect(reader.get(other, id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
          expect(await cancelJobRow(db, other, id, 1000)).toBeUndefined();
          expect(await removeJobRows(db, other, [id], urlMs)).toEqual([]);
        }
        expect(await reader.get({ ...access, subject: 'bob', anyOwner: true }, id)).toMatchObject({
          row: { state: 'queued' },
        });
      });
    });

    it('a place in the queue counts who waits at the same endpoint since earlier', async () => {
      const [first = '', second = '', third = ''] = await startedJobs([
        { endpointId: 'e-line' },
        { endpointId: 'e-line', tenantId: 't2' },
        { endpointId: 'e-line' },
        { endpointId: 'e-other' },
      ]);
      const places = () => Promise.all([first, second, third].map((id) => getQueuePosition(db, id)));
      expect(await places()).toEqual([1, 2, 3]);
      await cancelJobRow(db, access, first, 60_000);
      expect((await places()).slice(1)).toEqual([1, 2]);
    });

    describe('claims', () => {
      it('are refused to a worker of another endpoint, and for an old release', async () => {
        const [id = ''] = await startedJobs([{ endpointId: 'strict' }]);
        await releaseJobRows(db, 'strict', 1);
        expect(await claimJobRows(db, 1000, [{ id, endpointId: 'other', release: 1, workerId: 'w' }])).toEqual([
          undefined,
        ]);
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
        expect(await sweepOverdueJobs(db, limits, [])).toMatchObject([{ id, state: 'queued' }]);
        const late = {
          id,
          endpointId,
          epoch,
          outputKeys: {},
          outcome: { kind: 'succeeded' as const, outputs: [], result: {}, usage: {} },
        };
        expect(await commitJobRows(db, limits, [late])).toEqual([undefined]);
        expect(await releaseJobRows(db, endpointId, 1)).toMatchObject([{ id, release: 2 }]);
        const [again] = await claimJobRows(db, 10_000, [{ id, endpointId, release: 2, workerId: 'w2' }]);
        expect(again?.epoch).toBe(epoch + 1);
        expect(await commitJobRows(db, limits, [late])).toEqual([undefined]);
        await lapseClaimsOf(db, endpointId, ['w2']);
        expect(await sweepOverdueJobs(db, limits, [])).toMatchObject([
          { id, state: 'failed', reason_code: 'WORKER_LOST' },
        ]);
      });

      it('lapse by silence only where the dispatcher could have heard the worker', async () => {
        const endpointId = 'silence';
        const [id = ''] = await startedJobs([{ endpointId }]);
        await releaseJobRows(db, endpointId, 1);
        await claimJobRows(db, -1, [{ id, endpointId, release: 1, workerId: 'w1' }]);
        expect(await sweepOverdueJobs(db, limits, ['elsewhere'])).toEqual([]);
        expect(await sweepOverdueJobs(db, limits, [endpointId])).toMatchObject([{ id, state: 'queued' }]);
      });

      it('asked for twice by the same worker are the same attempt', async () => {
        const endpointId = 'again';
        const { id } = await claimedJob(endpointId);
        const [row] = await claimJobRows(db, 10_000, [{ id, endpointId, release: 1, workerId: 'w1' }]);
        expect(row).toMatchObject({ epoch: 2, attempts: 1 });
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
        expect(await recordOf(held.id)).toMatchObject({ progress: { fraction: 0.5 } });
      });
    });

    describe('endings', () => {
      it.each([
        ['of the work itself three times', 'OUT_OF_MEMORY', 3],
        ['of a server that is away four times', 'STORAGE_UNAVAILABLE', 4],
      ])('a retryable failure %s ends the job; each waits longer than the one before', async (_name, code, times) => {
        const endpointId = `retry-${code}`;
        const [id = ''] = await startedJobs([{ endpointId }]);
        const states: string[] = [];
        const pausesMs: number[] = [];
        for (let attempt = 1; attempt <= times; attempt += 1) {
          const epoch = await claimed(id, endpointId);
          states.push(await failed(id, endpointId, epoch, code));
          if (attempt < times) pausesMs.push(await endPause(id, endpointId));
        }
        expect(states).toEqual([...Array.from({ length: times - 1 }, () => 'queued'), 'failed']);
        pausesMs.forEach((pauseMs, index) => {
          expect(pauseMs).toBeGreaterThan(600 * 2 ** index);
          expect(pauseMs).toBeLessThan(1300 * 2 ** index);
        });
      });

      it('failures, outages and deaths are counted apart', async () => {
        const endpointId = 'apart';
        const [id = ''] = await startedJobs([{ endpointId }]);
        for (const code of ['OUT_OF_MEMORY', 'STORAGE_UNAVAILABLE', 'OUT_OF_MEMORY', 'QUEUE_UNAVAILABLE']) {
          expect(await failed(id, endpointId, await claimed(id, endpointId), code)).toBe('queued');
          await endPause(id, endpointId);
        }
        await claimed(id, endpointId);
        await lapseClaimsOf(db, endpointId, ['w']);
        expect(await sweepOverdueJobs(db, limits, [])).toContainEqual(expect.objectContaining({ id, state: 'queued' }));
        expect(await failed(id, endpointId, await claimed(id, endpointId), 'OUT_OF_MEMORY')).toBe('failed');
        expect(await recordOf(id)).toMatchObject({ failures: 3, outages: 2, crashes: 1, attempts: 6 });
      });

      it('a reason that quotes what Postgres cannot store is stored all the same', async () => {
        const endpointId = 'unstorable';
        const { id, epoch } = await claimedJob(endpointId);
        const message = 'found \u0000 and \ud800, not \\u0000 or \u{1f600}';
        const outcome = { kind: 'failed' as const, code: 'PAYLOAD_INVALID', message, retryable: false };
        await commitJobRows(db, limits, [{ id, endpointId, epoch, outputKeys: {}, outcome }]);
        expect(await recordOf(id)).toMatchObject({
          state: 'failed',
          reason: 'found \ufffd and \ufffd, not \\u0000 or \u{1f600}',
        });
      });

      it('a job given back does not count the attempt', async () => {
        const endpointId = 'back';
        const { id, epoch } = await claimedJob(endpointId);
        expect(
          await commitJobRows(db, limits, [{ id, endpointId, epoch, outputKeys: {}, outcome: { kind: 'given-back' } }]),
        ).toEqual([{ id, state: 'queued', leavesWaiting: true }]);
        expect(await recordOf(id)).toMatchObject({ attempts: 0, state: 'queued' });
      });

      it('deadlines and forgotten starts end a job', async () => {
        const [late = ''] = await startedJobs([{ endpointId: 'late', deadlineMs: 1 }]);
        const forgotten = aJob({ startWithinMs: 0 });
        await insertJobs(db, [forgotten]);
        const swept = await sweepOverdueJobs(db, limits, []);
        expect(swept).toContainEqual(
          expect.objectContaining({ id: late, state: 'expired', reason_code: 'DEADLINE_EXCEEDED' }),
        );
        expect(swept).toContainEqual(
          expect.objectContaining({ id: forgotten.id, state: 'expired', reason_code: 'EXPIRED' }),
        );
      });

      it('a queued job is cancelled at once', async () => {
        const [id = ''] = await startedJobs([{ endpointId: 'cancel' }]);
        expect(await cancelJobRow(db, access, id, 1000)).toMatchObject({
          state: 'cancelled',
          reason_code: 'CANCELLED',
        });
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

    describe('fair release within a tenant', () => {
      it('gives turns to owners in turn, however many jobs one of them has', async () => {
        const endpointId = 'owners';
        const many = await startedJobs(Array.from({ length: 50 }, () => ({ endpointId, owner: 'greedy' })));
        const few = await startedJobs(Array.from({ length: 2 }, () => ({ endpointId, owner: 'small' })));
        const turns = async (room: number): Promise<string[]> =>
          (await releaseJobRows(db, endpointId, room)).map(({ id }) =>
            few.includes(id) ? 'small' : many.includes(id) ? 'greedy' : 'new',
          );
        expect(await turns(5)).toEqual(['greedy', 'small', 'greedy', 'small', 'greedy']);
        await startedJobs([{ endpointId, owner: 'new' }]);
        expect(await turns(2)).toEqual(['new', 'greedy']);
        const [urgent = ''] = await startedJobs([{ endpointId, owner: 'greedy', priority: 900 }]);
        expect((await releaseJobRows(db, endpointId, 1)).map(({ id }) => id)).toEqual([urgent]);
      });
    });

    describe('a job that may wait for a while only', () => {
      it('expires when no worker began it in time, and not when one has', async () => {
        const endpointId = 'impatient';
        const wish = { endpointId, queueMs: 1 };
        const [waits = '', began = ''] = await startedJobs([wish, wish]);
        const { released } = await releaseAllThatFit(db, endpointId, 5);
        const release = released.find(({ id }) => id === began)?.release ?? 0;
        const [claimed] = await claimJobRows(db, 60_000, [{ id: began, endpointId, release, workerId: 'w' }]);
        await commitJobRows(db, limits, [
          {
            id: began,
            endpointId,
            epoch: claimed?.epoch ?? 0,
            outputKeys: {},
            outcome: { kind: 'failed', code: 'MODEL_FAILED', message: 'x', retryable: true },
          },
        ]);
        await delay(5);
        const swept = await sweepOverdueJobs(db, limits, []);
        const states = swept.filter(({ endpoint_id: id }) => id === endpointId).map(({ id, state }) => [id, state]);
        expect(states).toEqual([[waits, 'expired']]);
        expect((await recordOf(began))['state']).toBe('queued');
      });

      it('is kept for as long as its creator said', async () => {
        const [short = '', usual = ''] = await startedJobs([{ retainMs: 1 }, {}]);
        await cancelJobRow(db, access, short, 60_000);
        await cancelJobRow(db, access, usual, 60_000);
        const { rows } = await db.query<{ kept: number }>(
          'SELECT round(extract(epoch FROM retain_until - finished_at) * 1000)::int AS kept FROM job WHERE id = ANY($1) ORDER BY id',
          [[short, usual]],
        );
        expect(rows.map(({ kept }) => kept)).toEqual([1, 60_000]);
      });
    });

    describe('a bound on what waits', () => {
      it('holds for jobs that come at once, and opens when one has begun', async () => {
        const endpointId = 'bounded';
        const rooms = new WaitingRooms(db);
        const create = async (): Promise<string> => {
          const written = await rooms.admit(endpointId, 3);
          try {
            return (await startedJobs([{ endpointId }]))[0] ?? '';
          } finally {
            written();
          }
        };
        const outcomes = await Promise.allSettled(Array.from({ length: 8 }, create));
        const made = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
        const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
        expect([made.length, refused.length]).toEqual([3, 5]);
        expect(refused[0]?.reason).toMatchObject({ code: 'QUEUE_FULL', retryAfterSeconds: 1 });
        await cancelJobRow(db, access, made[0] ?? '', 60_000);
        await delay(60);
        await expect(create()).resolves.toEqual(expect.any(String));
        await expect(create()).rejects.toMatchObject({ code: 'QUEUE_FULL' });
      });
    });

    describe('release of all that wait', () => {
      it('happens where there is room for all, the most urgent first, and else not at all', async () => {
        const endpointId = 'all';
        const [old = '', late = '', urgent = ''] = await startedJobs([
          { endpointId },
          { endpointId },
          { endpointId, priority: 900 },
        ]);
        expect(await releaseAllThatFit(db, endpointId, 1)).toEqual({ room: 2, waiting: 3, released: [] });
        await db.query(`UPDATE job SET not_before = now() + interval '1 minute' WHERE id = $1`, [late]);
        expect(await releaseAllThatFit(db, endpointId, 1)).toEqual({
          room: 2,
          waiting: 2,
          released: [
            { id: urgent, release: 1, payload: { key: `jobs/${urgent}`, name: 'payload', maxBytes: 10 } },
            { id: old, release: 1, payload: { key: `jobs/${old}`, name: 'payload', maxBytes: 10 } },
          ],
        });
        expect(await releaseAllThatFit(db, endpointId, 1)).toEqual({ room: 0, waiting: 0, released: [] });
      });

      it('has room for twice the slots, less what runs and what waits in the queue; claims over the slots take none', async () => {
        const endpointId = 'room';
        await claimedJob(endpointId);
        await claimedJob(endpointId);
        await startedJobs([{ endpointId }]);
        await releaseJobRows(db, endpointId, 1);
        const rooms = [1, 2, 3, 4].map(async (slots) => (await releaseAllThatFit(db, endpointId, slots)).room);
        expect(await Promise.all(rooms)).toEqual([0, 1, 3, 5]);
      });
    });

    describe('release by the statement that queues', () => {
      const release = async (endpointId: string, wishes: readonly JobWish[], slots: number): Promise<number[]> => {
        const rows = await insertJobs(
          db,
          wishes.map((wish) => aJob({ endpointId, start: true, ...wish })),
          new Map([[endpointId, slots]]),
        );
        return rows.map((row) => row.release);
      };

      it('takes all of a batch that there is room for, and no record that does not start', async () => {
        expect(await release('early', [{}, { start: false }, {}], 1)).toEqual([1, 0, 1]);
        expect(await release('early', [{}], 1)).toEqual([0]);
        expect(await releaseAllThatFit(db, 'early', 1)).toEqual({ room: 0, waiting: 1, released: [] });
      });

      it('takes none of a batch that there is no room for as a whole, and knows endpoints apart', async () => {
        const inserts = ['early-a', 'early-b', 'early-a', 'early-a', 'early-c'].map((endpointId) =>
          aJob({ endpointId, start: true }),
        );
        const slots = new Map([
          ['early-a', 1],
          ['early-b', 1],
        ]);
        const rows = await insertJobs(db, inserts, slots);
        expect(rows.map((row) => [row.endpoint_id, row.release])).toEqual([
          ['early-a', 0],
          ['early-b', 1],
          ['early-a', 0],
          ['early-a', 0],
          ['early-c', 0],
        ]);
      });

      it('passes nobody who waits, unless for the time of a pause', async () => {
        const [waits = ''] = await startedJobs([{ endpointId: 'early-fair', tenantId: 'other' }]);
        expect(await release('early-fair', [{}], 4)).toEqual([0]);
        await db.query(`UPDATE job SET not_before = now() + interval '1 minute' WHERE endpoint_id = $1`, [
          'early-fair',
        ]);
        expect(await release('early-fair', [{}], 4)).toEqual([1]);
        expect(await recordOf(waits)).toMatchObject({ release: 0, released_at: null });
      });

      it('happens at a start as well, where the endpoint of the record is known', async () => {
        const endpointId = 'early-start';
        const slots = new Map([[endpointId, 1]]);
        const [first, second, third] = [aJob({ endpointId }), aJob({ endpointId }), aJob({ endpointId })];
        await insertJobs(db, [first, second, third]);
        const start = (items: readonly JobInsert[], known: string | undefined) =>
          startJobRows(
            db,
            items.map(({ id }) => ({ access, id, endpointId: known })),
            slots,
          );
        expect(await start([first], undefined)).toMatchObject([{ release: 0 }]);
        expect(await start([second], endpointId)).toMatchObject([{ release: 0 }]);
        expect((await releaseAllThatFit(db, endpointId, 2)).released).toHaveLength(2);
        slots.set(endpointId, 3);
        expect(await start([third, first], endpointId)).toMatchObject([{ release: 1 }, undefined]);
        const claim = { id: third.id, endpointId, release: 1, workerId: 'w' };
        expect(await claimJobRows(db, 10_000, [claim])).toMatchObject([{ id: third.id, state: 'active' }]);
      });
    });

    describe('reads in groups', () => {
      it('answer each caller for itself, in as few statements as there were turns', async () => {
        let statements = 0;
        const counting: Sql = {
          orm: db.orm,
          query: db.query,
          prepared: (text, params) => {
            statements += 1;
            return db.prepared(text, params);
          },
        };
        await using group = new RecordReader(counting);
        const ids = await startedJobs(Array.from({ length: 20 }, () => ({ endpointId: 'group-reads' })));
        const asked = [...ids, ...ids, uuidv7()];
        const stranger = { ...access, subject: 'eve' };
        const reads = [...asked.map((id) => group.get(access, id)), group.get(stranger, ids[0] ?? '')];
        const answers = await Promise.allSettled(reads);
        const found = answers.map((answer) => (answer.status === 'fulfilled' ? answer.value.row.id : 'none'));
        expect(found).toEqual([...ids, ...ids, 'none', 'none']);
        expect(statements).toBeLessThanOrEqual(2);
      });
    });

    describe('idempotency keys', () => {
      it('lead to the first job, refuse another request, and are free again once expired', async () => {
        const claim = { tenantId: 't1', owner: 'ann', key: 'k', fingerprint: 'f', jobId: uuidv7(), lifetimeMs: 60_000 };
        expect(await bindIdempotencyKey(db, claim)).toBe(claim.jobId);
        expect(await bindIdempotencyKey(db, { ...claim, jobId: uuidv7() })).toBe(claim.jobId);
        await expect(bindIdempotencyKey(db, { ...claim, fingerprint: 'g' })).rejects.toMatchObject({
          code: 'IDEMPOTENCY_MISMATCH',
        });
        const neighbour = { ...claim, owner: 'bob', fingerprint: 'h', jobId: uuidv7() };
        expect(await bindIdempotencyKey(db, neighbour)).toBe(neighbour.jobId);
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
          { id, endpointId, access: stranger },
          { id, endpointId, access },
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
        expect(commits).toEqual([undefined, { id, state: 'succeeded', leavesWaiting: false }]);
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
          { id, state: 'cancelled', leavesWaiting: false },
        ]);
        expect(await recordOf(id)).toMatchObject({ reason_code: 'CANCELLED' });
      });
    });

    describe('removal', () => {
      it('takes the record and its idempotency key, and has the objects swept now and after the last upload URL', async () => {
        const [id = ''] = await startedJobs([{ endpointId: 'removal' }]);
        const key = { tenantId: 't1', owner: 'ann', key: 'removed', fingerprint: 'f', jobId: id, lifetimeMs: 60_000 };
        await bindIdempotencyKey(db, key);
        expect(await removeJobRows(db, access, [id], 0)).toMatchObject([{ id, tenant_id: 't1' }]);
        await expect(reader.get(access, id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
        const next = uuidv7();
        expect(await bindIdempotencyKey(db, { ...key, jobId: next })).toBe(next);
        expect(await takeGarbage(db, 10)).toEqual([{ job_id: id, tenant_id: 't1' }]);
        expect(await takeGarbage(db, 10)).toEqual([]);
        await settleGarbage(db, [id]);
        expect((await db.query('SELECT * FROM job_garbage WHERE job_id = $1', [id])).rows).toEqual([]);
      });

      it('puts the second sweep off until no upload URL is valid', async () => {
        const [id = ''] = await startedJobs([{ endpointId: 'removal' }]);
        await removeJobRows(db, access, [id], urlMs);
        expect(await takeGarbage(db, 10)).toHaveLength(1);
        await settleGarbage(db, [id]);
        const { rows } = await db.query<{ waits: boolean }>(
          `SELECT sweep_at > now() + interval '50 seconds' AS waits FROM job_garbage WHERE job_id = $1`,
          [id],
        );
        expect(rows).toEqual([{ waits: true }]);
      });

      it('retires what is past its retention', async () => {
        const { id, epoch } = await claimedJob('retired');
        const outcome = { kind: 'succeeded' as const, outputs: [], result: {}, usage: {} };
        await commitJobRows(db, { ...limits, retainMs: -1 }, [
          { id, endpointId: 'retired', epoch, outputKeys: {}, outcome },
        ]);
        expect(await removeRetiredRows(db, 10, urlMs)).toBeGreaterThan(0);
        await expect(reader.get(access, id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
      });
    });

    describe('a group of writes', () => {
      it('loses only the rows that the database refuses', async () => {
        await using records = new RecordWriter(db, defaultSettings, noPools);
        const good = Array.from({ length: 5 }, () => aJob({ endpointId: 'group' }));
        const bad = aJob({ endpointId: 'group' });
        // Not compressible, and too long for the index of owners.
        const noise = randomBytes(8_000).toString('base64');
        const tooLong = { ...bad, job: { ...bad.job, owner: { ...bad.job.owner, owner: noise } } };
        const written = await Promise.allSettled([...good, tooLong].map((insert) => records.insert(insert)));
        expect(written.map(({ status }) => status)).toEqual([...good.map(() => 'fulfilled'), 'rejected']);
      });
    });

    if (hasSessions) {
      describe('a cancel during a commit', () => {
        it('is not forgotten when the attempt failed', async () => {
          const endpointId = 'race';
          const { id, epoch } = await claimedJob(endpointId);
          const outcome = { kind: 'failed' as const, code: 'OUT_OF_MEMORY', message: 'no', retryable: true };
          const commit = await db.transaction(async (tx) => {
            await cancelJobRow(tx, access, id, 60_000);
            const committing = commitJobRows(db, limits, [{ id, endpointId, epoch, outputKeys: {}, outcome }]);
            await untilSomebodyWaits(tx);
            return { committing };
          });
          expect(await commit.committing).toEqual([{ id, state: 'cancelled', leavesWaiting: false }]);
        });
      });
    }
  });
}
