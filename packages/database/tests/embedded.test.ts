import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
    }
  }
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

describe('startEmbeddedDatabase', () => {
  let template: string;
  let folder: string;
  let open: AsyncDisposable[];

  beforeAll(async () => {
    template = await mkdtemp(join(tmpdir(), 'mesh-embedded-'));
    await using _first = await startEmbeddedDatabase({ folder: template, logger });
  });
  afterAll(async () => {
    await rm(template, { recursive: true, force: true });
  });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mesh-embedded-'));
    await cp(join(template, 'data'), join(folder, 'data'), { recursive: true });
    open = [];
  });
  afterEach(async () => {
    for (const resource of open.reverse()) await resource[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const start = async (
    options: Partial<Parameters<typeof startEmbeddedDatabase>[0]> = {},
  ): Promise<EmbeddedDatabase> => {
    const server = await startEmbeddedDatabase({ folder, logger, ...options });
    open.push(server);
    return server;
  };
  const openOn = (url: string, maxConnections = 4): Database => {
    const database = openDatabase({ url, maxConnections, logger });
    open.push(database);
    return database;
  };

  it('comes back on the same address with every committed row after a kill', async () => {
    const server = await start();
    const database = openOn(server.url);
    await database.query('create table note (id int primary key)');
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

  it('refuses a second start, from this process and from another, and takes over from a dead one', async () => {
    const owner = startOwner(folder);
    const { pid = 0 } = await answerOf(owner);
    await expect(startEmbeddedDatabase({ folder, logger })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(new RegExp(`process (${String(pid)}|${String(owner.pid)})`, 'u')),
    });

    await stopChild(owner, 'SIGKILL', 1);
    const server = await start();
    expect(server.pid).not.toBe(pid);
    await expect(startEmbeddedDatabase({ folder, logger })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(`process ${String(process.pid)}`),
    });
    const rival = startOwner(folder);
    expect(await answerOf(rival)).toMatchObject({ code: 'CONFIG_INVALID' });
    await stopChild(rival, 'SIGKILL', 1);
  });

  it('ends when the process that started it is killed', async () => {
    const owner = startOwner(folder);
    const { pid = 0, url = '' } = await answerOf(owner);
    const client = await RawClient.connect(url);
    await stopChild(owner, 'SIGKILL', 1);
    await client.closed();
    expect((await start()).pid).not.toBe(pid);
  });

  it('lets nobody else in: folders and socket belong to this user alone', async () => {
    await start();
    for (const part of ['socket', 'data', 'claims']) expect((await stat(join(folder, part))).mode & 0o077).toBe(0);
  });

  it('takes a short folder for its socket when its own path is too long', async () => {
    const longFolder = join(folder, 'x'.repeat(100));
    await mkdir(longFolder);
    await rename(join(folder, 'data'), join(longFolder, 'data'));
    const server = await start({ folder: longFolder });
    const socketFolder = new URL(server.url).searchParams.get('host') ?? '';
    expect((await stat(socketFolder)).mode & 0o077).toBe(0);
    expect((await openOn(server.url).query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    for (const resource of open.splice(0).reverse()) await resource[Symbol.asyncDispose]();
    await expect(stat(socketFolder)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('kills and restarts a server that a statement holds for too long', async () => {
    const server = await start({ hangTimeoutMs: 600 });
    const database = openOn(server.url);
    const before = server.pid;
    const endless = `with recursive forever (n) as (select 1 union all select 1 from forever) select count(*) from forever`;
    await expect(database.query(endless)).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    expect((await untilAnswered(() => database.query('select 1 as one'))).rows).toEqual([{ one: 1 }]);
    expect(server.pid).not.toBe(before);
  });

  it('rolls back a transaction whose client falls silent or leaves', async () => {
    const server = await start({ idleInTransactionMs: 300 });
    const database = openOn(server.url);
    await database.query('create table note (id int)');
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
    expect((await database.query('select id from note')).rows).toEqual([]);
  });

  it('gives no statement of one client to another, however their packets interleave', async () => {
    const server = await start();
    const [ann, bob] = [await RawClient.connect(server.url), await RawClient.connect(server.url)];
    ann.send(parse(`select 'ann' || $1`));
    bob.send(parse(`select 'bob' || $1`), bind('!'), execute(), sync());
    expect(await bob.ready()).toContain('bob!');
    ann.send(bind('?'), execute(), sync());
    expect(await ann.ready()).toContain('ann?');
    ann.close();
    bob.close();
  });

  it('survives nonsense from a client', async () => {
    const server = await start();
    const socket = connect(join(folder, 'socket', '.s.PGSQL.5432'));
    socket.write(Buffer.alloc(64, 0xff));
    socket.resume();
    await once(socket, 'close');
    const pid = server.pid;
    expect((await openOn(server.url).query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    expect(server.pid).toBe(pid);
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
