import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { migrate, openDatabase, type Database } from '@infermesh/database';
import { ResourceStack } from '@infermesh/lifecycle';
import { createLogger } from '@infermesh/telemetry';
import { cancelJobRow } from '../src/records/cancel-jobs.js';
import { claimJobRows, renewClaimRows } from '../src/records/claim-jobs.js';
import { commitJobRows } from '../src/records/commit-jobs.js';
import { insertJobs } from '../src/records/create-jobs.js';
import { listBusyEndpoints, listOldReleases, sweepOverdueJobs } from '../src/records/overdue-jobs.js';
import { findJobRows } from '../src/records/read-jobs.js';
import { releaseAllThatFit, releaseJobRows, takeBackReleases } from '../src/records/release-jobs.js';
import { startJobRows } from '../src/records/start-jobs.js';
import { access, aJob } from './a-job.js';

const logger = createLogger({ service: 'test', level: 'silent' });
const limits = { maxFailures: 3, maxOutages: 4, retainMs: 60_000, maxCrashes: 2, cancelGraceMs: 60_000 };
const endpointId = 'long';
const slots = 4;
const waiting = 3_000;

interface TestServer extends AsyncDisposable {
  readonly url: string;
}

/** What each statement costs must not depend on how many jobs wait, whatever the table was like when its plan was made. */
export function exerciseLongQueues(name: string, start: () => Promise<TestServer>): void {
  describe(`long queues on ${name}`, () => {
    const resources = new ResourceStack();
    let db: Database;

    beforeAll(async () => {
      const server = resources.use(await start());
      db = resources.use(openDatabase({ url: server.url, maxConnections: 1, logger }));
      await migrate(db);
    }, 120_000);
    afterAll(() => resources[Symbol.asyncDispose]());

    /** Rows of `job` that this session has looked at, by whatever way. */
    async function rowsRead(): Promise<number> {
      await db.query('SELECT pg_stat_force_next_flush()');
      const { rows } = await db.query<{ rows: number }>(
        `SELECT seq_tup_read + idx_tup_fetch AS rows FROM pg_stat_user_tables WHERE relname = 'job'`,
      );
      return rows[0]?.rows ?? 0;
    }

    async function aClaim(): Promise<{ id: string; epoch: number }> {
      const insert = aJob({ endpointId, start: true });
      await insertJobs(db, [insert]);
      await db.query('UPDATE job SET release = 1, released_at = now() WHERE id = $1', [insert.id]);
      const [row] = await claimJobRows(db, 60_000, [{ id: insert.id, endpointId, release: 1, workerId: 'w' }]);
      return { id: insert.id, epoch: row?.epoch ?? 0 };
    }

    /** One call of each statement that a job, or a second, needs. */
    const statements: Readonly<Record<string, () => Promise<() => Promise<unknown>>>> = {
      create: () =>
        Promise.resolve(() => insertJobs(db, [aJob({ endpointId, start: true })], new Map([[endpointId, slots]]))),
      start: async () => {
        const { id } = aJob({ endpointId });
        const insert = { ...aJob({ endpointId }), id };
        await insertJobs(db, [insert]);
        return () => startJobRows(db, [{ access, id, endpointId }], new Map([[endpointId, slots]]));
      },
      get: async () => {
        const insert = aJob({ endpointId });
        await insertJobs(db, [insert]);
        return () => findJobRows(db, [{ access, id: insert.id }]);
      },
      look: () => Promise.resolve(() => releaseAllThatFit(db, endpointId, slots)),
      release: () => Promise.resolve(() => releaseJobRows(db, endpointId, 1)),
      'take back': async () => {
        const released = await releaseJobRows(db, endpointId, 1);
        return () => takeBackReleases(db, released);
      },
      claim: async () => {
        const { id } = await aClaim();
        return () => claimJobRows(db, 60_000, [{ id, endpointId, release: 1, workerId: 'w' }]);
      },
      renew: async () => {
        const claim = { ...(await aClaim()), progress: null };
        return () => renewClaimRows(db, { endpointId, workerId: 'w', leaseMs: 60_000, claims: [claim] });
      },
      commit: async () => {
        const claim = await aClaim();
        const outcome = { kind: 'succeeded' as const, outputs: [], result: {}, usage: {} };
        return () => commitJobRows(db, limits, [{ ...claim, endpointId, outputKeys: {}, outcome }]);
      },
      cancel: async () => {
        const insert = aJob({ endpointId });
        await insertJobs(db, [insert]);
        return () => cancelJobRow(db, access, insert.id, 1000);
      },
      sweep: () => Promise.resolve(() => sweepOverdueJobs(db, limits, [endpointId])),
      'busy endpoints': () => Promise.resolve(() => listBusyEndpoints(db)),
      'old releases': () => Promise.resolve(() => listOldReleases(db, 60_000, 1000)),
    };

    async function rowsReadBy(prepare: () => Promise<() => Promise<unknown>>): Promise<number> {
      const run = await prepare();
      const before = await rowsRead();
      await run();
      return (await rowsRead()) - before;
    }

    async function fill(): Promise<void> {
      await db.query(
        `INSERT INTO job (id, dialect, tenant_id, owner, job_type, endpoint_id, mode, state, deadline_ms, run_timeout_ms, start_by, queued_at,
                          deadline_at, queue_expires_at)
         SELECT gen_random_uuid(), 'toy', 't1', 'ann', 'echo', $1, 'durable', 'queued', 1000, 1000, now() + interval '1 hour', now(),
                now() + interval '1 hour', now() + interval '1 hour' FROM generate_series(1, $2)`,
        [endpointId, waiting],
      );
    }

    it('cost a job no more than short ones', async () => {
      const few = Object.entries(statements);
      // Often enough that Postgres keeps the plan, which it makes for a table that is as good as empty.
      for (const [, prepare] of few) for (let times = 0; times < 8; times += 1) await (await prepare())();
      await fill();
      const read = new Map<string, number>();
      for (const [what, prepare] of few) read.set(what, await rowsReadBy(prepare));
      await db.query('ANALYZE job');
      for (const [what, prepare] of few) read.set(`${what}, analyzed`, await rowsReadBy(prepare));
      expect([...read].filter(([, rows]) => rows > 200)).toEqual([]);
    }, 60_000);
  });
}
