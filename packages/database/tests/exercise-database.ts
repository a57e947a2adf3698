import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { MeshError } from '@infermesh/errors';
import { createLogger } from '@infermesh/telemetry';
import { eq } from 'drizzle-orm';
import {
  GroupCommit,
  apiKey,
  appUser,
  endpoint,
  idempotency,
  isRowError,
  isUniqueViolation,
  job,
  jobGarbage,
  jobOutput,
  migrate,
  openDatabase,
  role,
  tenant,
  userRole,
  type Database,
} from '../src/index.js';

interface TestServer extends AsyncDisposable {
  readonly url: string;
}

const logger = createLogger({ service: 'test', level: 'silent' });

const aJob = (id: string) => ({
  id,
  dialect: 'esd',
  tenantId: 'default',
  owner: 'ann',
  jobType: 'image',
  endpointId: 'demo',
  mode: 'async',
  state: 'created' as const,
  runTimeoutMs: 1000,
  deadlineMs: 5000,
  startBy: new Date('2030-01-01T00:00:00Z'),
});
const id = (index: number): string => `00000000-0000-7000-8000-${String(index).padStart(12, '0')}`;

const scans = {
  job_release_scan: `select id from job where endpoint_id = 'endpoint3' and tenant_id = 'tenant1' and owner = 'owner1' and queued_at is not null and released_at is null and finished_at is null order by priority desc, queued_at limit 1`,
  job_in_flight: `select count(*) from job where endpoint_id = 'endpoint3' and released_at is not null and finished_at is null`,
  job_queue_place: `select id from job where endpoint_id = 'endpoint3' and queued_at is not null and worker_id is null and finished_at is null order by queued_at, id limit 1000`,
  job_lease: `select id from job where state = 'active' and lease_until < now()`,
  job_start_by: `select id from job where state = 'created' and start_by < now()`,
  job_deadline: `select id from job where state in ('queued', 'active') and deadline_at < now()`,
  job_owner: `select id from job where tenant_id = 'tenant1' and dialect = 'esd' and owner = 'owner1' order by id desc limit 20`,
  job_backlog: `select endpoint_id, tenant_id, count(*) from job where state in ('created', 'queued', 'active') group by endpoint_id, tenant_id`,
  job_cancel_requested: `select id from job where cancel_requested_at is not null and state in ('queued', 'active') and (state = 'queued' or lease_until < now())`,
  job_queue_expires: `select id from job where state = 'queued' and queue_expires_at < now()`,
  job_retain: `select id from job where retain_until < now()`,
};

/** Enough ended jobs that reading them all is the worse plan, and some in every other state. */
async function fillJobs(database: Database): Promise<void> {
  await database.query(`
    insert into job (id, dialect, tenant_id, owner, job_type, endpoint_id, mode, state, released_at, run_timeout_ms, deadline_ms,
                     start_by, lease_until, deadline_at, retain_until, queued_at, finished_at)
    select gen_random_uuid(), 'esd', 'tenant' || n % 7, 'owner' || n % 50, 'image', 'endpoint' || n % 43, 'async',
           case when n % 20 < 17 then 'succeeded' when n % 20 = 17 then 'created' when n % 20 = 18 then 'queued' else 'active' end,
           case when n % 20 < 17 or n % 97 = 0 then now() end, 1000, 5000, now() + n * interval '1 s', now() + n * interval '1 s', now() + n * interval '1 s', now() + n * interval '1 s', now(),
           case when n % 20 < 17 then now() end
    from generate_series(1, 6000) as n`);
  await database.query('vacuum analyze job');
}

/** One suite for every server that `url` may lead to. */
export function exerciseDatabase(name: string, start: () => Promise<TestServer>): void {
  describe(name, () => {
    let server: TestServer;
    let database: Database;

    beforeAll(async () => {
      server = await start();
      database = openDatabase({ url: server.url, maxConnections: 8, logger });
    }, 60_000);
    afterAll(async () => {
      await database[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    });
    beforeEach(async () => {
      await database.query('drop schema public cascade');
      await database.query('create schema public');
    });

    describe('queries', () => {
      it('reads bigints as numbers, jsonb parsed, times as dates', async () => {
        const { rows, rowCount } = await database.query(
          'select 5000000000::bigint as size, $1::jsonb as inputs, $2::timestamptz as at',
          [JSON.stringify({ a: [1] }), '2026-01-02T03:04:05Z'],
        );
        expect(rowCount).toBe(1);
        expect(rows).toEqual([{ size: 5_000_000_000, inputs: { a: [1] }, at: new Date('2026-01-02T03:04:05Z') }]);
      });

      it('keeps many connections apart, also when a statement comes in several packets', async () => {
        const long = 'x'.repeat(300_000);
        const answers = await Promise.all(
          Array.from({ length: 60 }, async (_, index) => {
            if (index % 2 === 0)
              return (await database.query<{ a: number }>('select $1::int as a', [index])).rows[0]?.a;
            const { rows } = await database.query<{ b: number; size: number }>(
              'select $1::int as b, length($2::text) as size',
              [index, long],
            );
            return rows[0]?.size === long.length ? rows[0].b : undefined;
          }),
        );
        expect(answers).toEqual(Array.from({ length: 60 }, (_, index) => index));
      });

      it('tells a unique violation, by constraint as well, from raw SQL and from drizzle', async () => {
        await migrate(database);
        const error: unknown = await database.orm
          .insert(tenant)
          .values([
            { id: 'a', name: 'same' },
            { id: 'b', name: 'same' },
          ])
          .catch((thrown: unknown) => thrown);
        expect(isUniqueViolation(error)).toBe(true);
        expect(isUniqueViolation(error, 'tenant_name_key')).toBe(true);
        expect(isUniqueViolation(error, 'tenant_pkey')).toBe(false);
        expect(isRowError(error)).toBe(true);
        const raw: unknown = await database
          .query(`insert into tenant (id, name) values ('a', 'a'), ('a', 'b')`)
          .catch((thrown: unknown) => thrown);
        expect(isUniqueViolation(raw, 'tenant_pkey')).toBe(true);
      });

      it('calls a text with a NUL the fault of whoever sent it, in a column and in JSON', async () => {
        await migrate(database);
        const refused = { code: 'BAD_REQUEST' };
        await expect(database.orm.insert(tenant).values({ id: 'a\0b', name: 'a' })).rejects.toMatchObject(refused);
        await expect(database.query('select $1::jsonb as a', [JSON.stringify({ a: 'b\0c' })])).rejects.toMatchObject(
          refused,
        );
      });

      it('goes on with the same connection after a refused row or a rollback', async () => {
        await using narrow = openDatabase({ url: server.url, maxConnections: 1, logger });
        const pidOf = async (): Promise<unknown> =>
          (await narrow.query('select pg_backend_pid() as pid')).rows[0]?.['pid'];
        const before = await pidOf();
        await expect(narrow.query('select 1/0')).rejects.toMatchObject({ code: '22012' });
        await expect(narrow.transaction(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
        expect(await pidOf()).toBe(before);
      });
    });

    describe('prepared statements', () => {
      it('belong to their connection, whatever the others prepare and run', async () => {
        const answers = await Promise.all(
          Array.from({ length: 60 }, async (_, index) => {
            const text = `select $1::int + ${String(index % 3)} as sum`;
            return (await database.prepared<{ sum: number }>(text, [index])).rows[0]?.sum;
          }),
        );
        expect(answers).toEqual(Array.from({ length: 60 }, (_, index) => index + (index % 3)));
      });

      it('are planned once', async () => {
        await using narrow = openDatabase({ url: server.url, maxConnections: 1, logger });
        const countOf = async (): Promise<unknown> =>
          (
            await narrow.query(
              `select count(*)::int as n from pg_prepared_statements where statement = 'select 17 as n'`,
            )
          ).rows[0]?.['n'];
        await narrow.query('select 17 as n');
        expect(await countOf()).toBe(0);
        for (let round = 0; round < 3; round += 1) await narrow.prepared('select 17 as n');
        expect(await countOf()).toBe(1);
      });

      it('are none where the URL says so', async () => {
        const url = `${server.url}${server.url.includes('?') ? '&' : '?'}prepare=false`;
        await using plain = openDatabase({ url, maxConnections: 1, logger });
        await plain.prepared('select 18 as n');
        const { rows } = await plain.query(
          `select count(*)::int as n from pg_prepared_statements where statement = 'select 18 as n'`,
        );
        expect(rows).toEqual([{ n: 0 }]);
      });

      it('are made anew after a migration changed what they return', async () => {
        await using narrow = openDatabase({ url: server.url, maxConnections: 1, logger });
        await database.query('create table note (id int)');
        await narrow.prepared('select * from note');
        await database.query('alter table note add column text text');
        await database.query(`insert into note values (1, 'one')`);
        await expect(narrow.prepared('select * from note')).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
        expect((await narrow.prepared('select * from note')).rows).toEqual([{ id: 1, text: 'one' }]);
      });
    });

    describe('transactions', () => {
      beforeEach(async () => {
        await database.query('create table note (id int primary key, text text)');
      });

      it('commits all or nothing', async () => {
        await database.transaction(async (tx) => {
          await tx.query('insert into note values (1, $1)', ['one']);
          await tx.query('insert into note values (2, $1)', ['two']);
        });
        const failing = database.transaction(async (tx) => {
          await tx.query('insert into note values (3, $1)', ['three']);
          throw new MeshError('CONFLICT', 'no');
        });
        await expect(failing).rejects.toMatchObject({ code: 'CONFLICT' });
        expect((await database.query('select id from note order by id')).rows).toEqual([{ id: 1 }, { id: 2 }]);
      });

      it('refuses to pass a swallowed failure off as a commit', async () => {
        const work = database.transaction(async (tx) => {
          await tx.query('insert into note values (1, $1)', ['one']);
          await tx.query('select 1/0').catch(() => undefined);
        });
        await expect(work).rejects.toMatchObject({ code: 'INTERNAL' });
        expect((await database.query('select id from note')).rowCount).toBe(0);
      });

      it('runs side by side without mixing', async () => {
        await database.query('insert into note values (0, $1)', ['0']);
        await Promise.all(
          Array.from({ length: 20 }, () =>
            database.transaction(async (tx) => {
              const { rows } = await tx.query<{ text: string }>('select text from note where id = 0 for update');
              await tx.query('update note set text = $1 where id = 0', [String(Number(rows[0]?.text) + 1)]);
            }),
          ),
        );
        expect((await database.query('select text from note')).rows).toEqual([{ text: '20' }]);
      });
    });

    describe('migrate', () => {
      let folder: string;
      beforeEach(async () => {
        folder = await mkdtemp(join(tmpdir(), 'mesh-migrations-'));
        await writeFile(join(folder, '0001_one.sql'), 'create table one (id int);');
        await writeFile(join(folder, '0002_two.sql'), 'create table two (id int); insert into two values (2);');
      });
      afterEach(async () => {
        await rm(folder, { recursive: true });
      });

      it('applies in order, once', async () => {
        expect(await migrate(database, folder)).toEqual(['0001_one.sql', '0002_two.sql']);
        expect(await migrate(database, folder)).toEqual([]);
        await writeFile(join(folder, '0003_three.sql'), 'create table three (id int);');
        expect(await migrate(database, folder)).toEqual(['0003_three.sql']);
      });

      it('refuses a file that changed, was removed, or came too late', async () => {
        await migrate(database, folder);
        await writeFile(join(folder, '0001_more.sql'), 'select 1;');
        await expect(migrate(database, folder)).rejects.toMatchObject({
          code: 'CONFIG_INVALID',
          message: expect.stringContaining('0001_one.sql'),
        });
        await rm(join(folder, '0001_more.sql'));
        await writeFile(join(folder, '0002_two.sql'), 'create table two (id bigint);');
        await expect(migrate(database, folder)).rejects.toMatchObject({
          code: 'CONFIG_INVALID',
          message: expect.stringContaining('changed'),
        });
        await rm(join(folder, '0002_two.sql'));
        await expect(migrate(database, folder)).rejects.toMatchObject({
          code: 'CONFIG_INVALID',
          message: expect.stringContaining('0002_two.sql'),
        });
      });

      it('leaves nothing behind when a file fails', async () => {
        await writeFile(join(folder, '0003_bad.sql'), 'create table three (id int); select 1/0;');
        await expect(migrate(database, folder)).rejects.toMatchObject({ code: '22012' });
        expect((await database.query(`select to_regclass('one') as found`)).rows).toEqual([{ found: null }]);
      });

      it('is safe when two processes migrate at once', async () => {
        await using other = openDatabase({ url: server.url, maxConnections: 1, logger });
        const applied = await Promise.all([migrate(database, folder), migrate(other, folder)]);
        expect(applied.map((names) => names.length).sort()).toEqual([0, 2]);
        expect((await database.query('select id from two')).rowCount).toBe(1);
      });
    });

    describe('the schema', () => {
      beforeEach(async () => {
        await migrate(database);
      });

      it('matches the drizzle tables', async () => {
        const tables = [tenant, appUser, role, userRole, apiKey, job, jobOutput, jobGarbage, idempotency, endpoint];
        for (const table of tables) expect(await database.orm.select().from(table)).toEqual([]);
      });

      it('fills a job with its defaults', async () => {
        await database.orm.insert(job).values(aJob(id(1)));
        const [row] = await database.orm
          .select()
          .from(job)
          .where(eq(job.id, id(1)));
        expect(row).toMatchObject({
          ...aJob(id(1)),
          release: 0,
          epoch: 0,
          priority: 100,
          inputs: {},
          checkpoints: [],
          payload: null,
        });
        await expect(database.query(`update job set state = 'waiting'`)).rejects.toMatchObject({ code: '23514' });
      });

      it('takes outputs away with their job', async () => {
        await database.orm.insert(job).values(aJob(id(1)));
        const output = {
          jobId: id(1),
          epoch: 1,
          name: 'a.png',
          position: 0,
          key: 'k',
          sizeBytes: 5_000_000_000,
          mediaType: 'image/png',
        };
        await database.orm.insert(jobOutput).values(output);
        expect(await database.orm.select().from(jobOutput)).toEqual([{ ...output, sha256: null }]);
        await database.orm.delete(job);
        expect(await database.orm.select().from(jobOutput)).toEqual([]);
      });

      it('answers each scan by its index', async () => {
        await fillJobs(database);
        const plans = await Promise.all(
          Object.entries(scans).map(async ([index, text]) => {
            const { rows } = await database.query<Record<string, string>>(`explain ${text}`);
            return [index, rows.map((row) => row['QUERY PLAN']).join('\n')] as const;
          }),
        );
        expect(plans.filter(([index, plan]) => !plan.includes(index))).toEqual([]);
      });
    });

    describe('GroupCommit on rows', () => {
      beforeEach(async () => {
        await database.query('create table note (id int primary key)');
      });

      it('fails the bad row alone', async () => {
        const batches: number[] = [];
        await using writer = new GroupCommit<number, number>({
          commit: async (items) => {
            batches.push(items.length);
            await database.query('insert into note select unnest($1::int[])', [[...items]]);
            return items;
          },
        });
        const outcomes = await Promise.allSettled([1, 2, 2, 3].map((item) => writer.add(item)));
        expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
        expect(isUniqueViolation((outcomes[2] as PromiseRejectedResult).reason)).toBe(true);
        expect(batches).toEqual([1, 3, 1, 1, 1]);
      });
    });
  });
}
