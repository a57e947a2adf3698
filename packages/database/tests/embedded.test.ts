import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { childEntry, stopChild } from '@infermesh/lifecycle';
import { createLogger } from '@infermesh/telemetry';
import { openDatabase, startEmbeddedDatabase, type Database, type EmbeddedDatabase } from '../src/index.js';

const logger = createLogger({ service: 'test', level: 'silent' });

/** Tries again until the database, which is being restarted, answers. */
async function untilAnswered<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if ((error as { code?: string }).code !== 'DATABASE_UNAVAILABLE') throw error;
      await delay(25);
    }
  }
}

/** The test's own time limit ends a wait in vain. */
async function untilSo(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await delay(25);
}

/** A process of its own that starts the database on a folder. */
function startOwner(folder: string): ChildProcess {
  const face = childEntry(new URL('../src/', import.meta.url).href, './index.js');
  return fork(fileURLToPath(new URL('embedded-owner.mjs', import.meta.url)), [face, folder], { execArgv: [] });
}

interface OwnerAnswer {
  readonly url?: string;
  readonly pid?: number;
  readonly code?: string;
  readonly message?: string;
}

async function answerOf(owner: ChildProcess): Promise<OwnerAnswer> {
  const [answer] = (await once(owner, 'message')) as [OwnerAnswer];
  return answer;
}

let template: string;

beforeAll(async () => {
  template = await aFolder();
  await using _first = await startEmbeddedDatabase({ folder: template, logger });
}, 60_000);
afterAll(async () => {
  await rm(template, { recursive: true });
});

const aFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'mesh-embedded-'));

/** A folder whose first start is over. */
async function anInitialisedFolder(): Promise<string> {
  const folder = await aFolder();
  await cp(join(template, 'data'), join(folder, 'data'), { recursive: true });
  return folder;
}

it.each([
  ['a first start', aFolder],
  ['a start', anInitialisedFolder],
])('gives up %s that takes too long, and leaves nothing running', async (_, prepare) => {
  const folder = await prepare();
  const start = startEmbeddedDatabase({ folder, logger, startTimeoutMs: 1 });
  await expect(start).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
  await rm(folder, { recursive: true });
});

const timings = { idleInTransactionMs: 300, hangTimeoutMs: 3_000, careIntervalMs: 100 };

describe('an embedded server', () => {
  let folder: string;
  let server: EmbeddedDatabase;
  let database: Database;

  beforeAll(async () => {
    folder = await anInitialisedFolder();
    server = await startEmbeddedDatabase({ folder, logger, ...timings });
    database = openDatabase({ url: server.url, maxConnections: 4, logger });
  }, 60_000);
  afterAll(async () => {
    await database[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });
  beforeEach(async () => {
    await database.query('drop table if exists note');
    await database.query('create table note (id int)');
  });

  it('lets nobody else in: folders and socket belong to this user alone', async () => {
    for (const part of ['socket', 'data', 'claims']) expect((await stat(join(folder, part))).mode & 0o077).toBe(0);
  });

  it('gives no statement of one client to another, however their packets interleave', async () => {
    const [ann, bob] = [await RawClient.connect(server.url), await RawClient.connect(server.url)];
    ann.send(parse(`select 'ann' || $1`));
    bob.send(parse(`select 'bob' || $1`), bind('!'), execute(), sync());
    expect(await bob.ready()).toContain('bob!');
    ann.send(bind('?'), execute(), sync());
    expect(await ann.ready()).toContain('ann?');
    ann.close();
    bob.close();
  });

  it('rolls back a transaction whose client falls silent or leaves', async () => {
    const silent = database.transaction(async (tx) => {
      await tx.query('insert into note values (1)');
      await database.query('select 1'); // waits behind us, as everybody does
      await tx.query('insert into note values (2)');
    });
    await expect(silent).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });

    const leaver = await RawClient.connect(server.url);
    leaver.send(query('begin; insert into note values (3)'));
    await leaver.ready();
    leaver.close();
    const hasty = await RawClient.connect(server.url);
    hasty.send(query('begin; insert into note values (4)'));
    hasty.close();
    expect((await database.query('select id from note')).rows).toEqual([]);
  });

  it('frees the prepared statements of a client that left', async () => {
    const countOf = async (): Promise<unknown> =>
      (await database.query(`select count(*)::int as n from pg_prepared_statements where statement = 'select 17'`))
        .rows[0];
    const other = openDatabase({ url: server.url, maxConnections: 1, logger });
    await other.prepared('select 17');
    expect(await countOf()).toEqual({ n: 1 });
    await other[Symbol.asyncDispose]();
    await untilSo(async () => JSON.stringify(await countOf()) === '{"n":0}');
  });

  it('cleans tables whose rows changed, in no transaction of a client', async () => {
    await database.query('insert into note select generate_series(1, 500)');
    await database.transaction(async (tx) => {
      await tx.query('update note set id = id + 1');
      await delay(250); // a look or two fall into it
      await tx.query('update note set id = id + 1');
    });
    await untilSo(async () => {
      const { rows } = await database.query<{ dead: number; vacuumed: Date | null }>(
        `select n_dead_tup as dead, last_vacuum as vacuumed from pg_stat_user_tables where relname = 'note'`,
      );
      return rows[0]?.dead === 0 && rows[0].vacuumed !== null;
    });
    expect((await database.query('select min(id), max(id), count(*) from note')).rows).toEqual([
      { min: 3, max: 502, count: 500 },
    ]);
  });

  it('survives nonsense from a client', async () => {
    const pid = server.pid;
    const socket = connect(join(folder, 'socket', '.s.PGSQL.5432'));
    socket.write(Buffer.alloc(64, 0xff));
    socket.resume();
    await once(socket, 'close');
    expect((await database.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    expect(server.pid).toBe(pid);
  });

  it('comes back on the same address with every committed row after a kill', async () => {
    const firstPid = server.pid;
    const committed: number[] = [];
    const writing = (async () => {
      for (let id = 1; id < 100_000; id += 1) {
        await database.query('insert into note values ($1)', [id]);
        committed.push(id);
        if (id === 200) process.kill(firstPid, 'SIGKILL');
      }
    })();
    await expect(writing).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });

    const { rows } = await untilAnswered(() => database.query<{ id: number }>('select id from note order by id'));
    expect(rows.slice(0, committed.length).map(({ id }) => id)).toEqual(committed);
    expect(rows.length - committed.length).toBeLessThanOrEqual(1);
    expect(server.pid).not.toBe(firstPid);
  });

  it.each([
    [
      'a statement that never ends',
      `with recursive forever (n) as (select 1 union all select 1 from forever) select count(*) from forever`,
    ],
    ['a failure of the engine', 'copy note from stdin'], // the one statement that PGlite cannot bear on a socket
  ])('comes back after %s', async (_what, text) => {
    const before = server.pid;
    await expect(database.query(text)).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    expect((await untilAnswered(() => database.query('select * from note'))).rows).toEqual([]);
    expect(server.pid).not.toBe(before);
  });
});

describe('the folder of an embedded server', () => {
  let folder: string;
  let open: AsyncDisposable[];

  beforeEach(async () => {
    folder = await anInitialisedFolder();
    open = [];
  });
  afterEach(async () => {
    for (const resource of open.reverse()) await resource[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const start = async (chosen = folder): Promise<EmbeddedDatabase> => {
    const server = await startEmbeddedDatabase({ folder: chosen, logger });
    open.push(server);
    return server;
  };

  it('is refused to a second process, and taken over from a killed one, whose server ends with it', async () => {
    const owner = startOwner(folder);
    const { pid = 0, url = '' } = await answerOf(owner);
    const client = await RawClient.connect(url);
    await expect(start()).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(new RegExp(`process (${String(pid)}|${String(owner.pid)});`, 'u')),
    });

    await stopChild(owner, 'SIGKILL', 1);
    await client.closed();
    expect((await start()).pid).not.toBe(pid);
    await expect(start()).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(`process ${String(process.pid)};`),
    });
    const rival = startOwner(folder);
    expect(await answerOf(rival)).toMatchObject({ code: 'CONFIG_INVALID' });
    await once(rival, 'exit');
  });

  it('may have a path too long for a socket', async () => {
    const longFolder = join(folder, 'x'.repeat(100));
    await mkdir(longFolder);
    await rename(join(folder, 'data'), join(longFolder, 'data'));
    const server = await start(longFolder);
    const socketFolder = new URL(server.url).searchParams.get('host') ?? '';
    expect((await stat(socketFolder)).mode & 0o077).toBe(0);
    await using database = openDatabase({ url: server.url, maxConnections: 1, logger });
    expect((await database.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    await server[Symbol.asyncDispose]();
    await expect(stat(socketFolder)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

/** Speaks the wire protocol by hand, so that a test decides where packets end. */
class RawClient {
  readonly #socket: Socket;
  #received = '';

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true).on('data', (chunk) => {
      this.#received += chunk.toString('latin1');
      socket.emit('answer');
    });
  }

  static async connect(url: string): Promise<RawClient> {
    const client = new RawClient(connect(join(new URL(url).searchParams.get('host') ?? '', '.s.PGSQL.5432')));
    const body = Buffer.concat([int32(196_608), Buffer.from('user\0postgres\0database\0postgres\0\0')]);
    client.send(Buffer.concat([int32(body.length + 4), body]));
    await client.ready();
    return client;
  }

  send(...messages: Buffer[]): void {
    this.#socket.write(Buffer.concat(messages));
  }

  /** What came up to the next ReadyForQuery. */
  async ready(): Promise<string> {
    while (!this.#received.slice(0, -1).endsWith('Z\0\0\0\u0005')) await once(this.#socket, 'answer');
    const answer = this.#received;
    this.#received = '';
    return answer;
  }

  close(): void {
    this.#socket.destroy();
  }

  async closed(): Promise<void> {
    if (!this.#socket.destroyed) await once(this.#socket, 'close');
  }
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function message(type: string, ...parts: (Buffer | string)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)));
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
}

const query = (text: string): Buffer => message('Q', `${text}\0`);
const parse = (text: string): Buffer => message('P', `\0${text}\0`, '\0\0');
const bind = (value: string): Buffer =>
  message('B', '\0\0', '\0\0', '\0\u0001', int32(Buffer.byteLength(value)), value, '\0\0');
const execute = (): Buffer => message('E', '\0', int32(0));
const sync = (): Buffer => message('S');
