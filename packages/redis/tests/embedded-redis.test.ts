import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { applyAcl, connectRedis, createPassword, startEmbeddedRedis, whenReady } from '../src/index.js';
import { aFolder, aServer, isAlive, logger, nextEvent, until } from './bench.js';

async function connected(url: string) {
  const redis = connectRedis({ url, purpose: 'request', name: 'test' });
  await whenReady(redis, 5000);
  return redis;
}

/** A process that owns a server on this folder. */
async function anOwner(folder: string): Promise<{ child: ChildProcess; pid: number; url: string }> {
  const entry = fileURLToPath(new URL('./owner-process.mjs', import.meta.url));
  const child = spawn(process.execPath, [entry, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  const [line] = (await once(lines, 'line')) as [string];
  return { child, ...(JSON.parse(line) as { pid: number; url: string }) };
}

async function kill(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

describe('startEmbeddedRedis', () => {
  it('keeps data, users, port and password when the server is killed', async () => {
    await using folder = await aFolder();
    await using server = await aServer(folder.path);
    const admin = await connected(server.url);
    await admin.set('kept', 'yes');
    const password = createPassword();
    await applyAcl(server.url, [{ name: 'reader', password, keys: [{ pattern: 'kept', access: 'r' }], channels: [] }]);

    const firstPid = server.pid;
    process.kill(firstPid, 'SIGKILL');
    await until(() => server.pid !== firstPid && server.pid !== 0);
    await until(() => admin.status !== 'ready' || !isAlive(firstPid));
    await until(async () => (await admin.get('kept').catch(() => null)) === 'yes');

    const reader = await connected(`redis://reader:${password}@127.0.0.1:${String(server.port)}`);
    expect(await reader.get('kept')).toBe('yes');
    reader.disconnect();
    admin.disconnect();
  });

  it('keeps data and users over a stop and a start, with a new administrator password', async () => {
    await using folder = await aFolder();
    const password = createPassword();
    const first = await aServer(folder.path);
    const admin = await connected(first.url);
    await admin.set('kept', 'yes');
    await applyAcl(first.url, [{ name: 'reader', password, keys: [{ pattern: '*', access: 'r' }], channels: [] }]);
    admin.disconnect();
    await first[Symbol.asyncDispose]();
    expect(isAlive(first.pid)).toBe(false);

    await using second = await aServer(folder.path);
    expect(new URL(second.url).password).not.toBe(new URL(first.url).password);
    const reader = await connected(`redis://reader:${password}@127.0.0.1:${String(second.port)}`);
    expect(await reader.get('kept')).toBe('yes');
    reader.disconnect();
  });

  it('writes no password in clear and lets nobody else read its files', async () => {
    await using folder = await aFolder();
    await using server = await aServer(folder.path);
    const { password } = new URL(server.url);
    for (const name of ['redis.conf', 'users.acl']) {
      const path = join(folder.path, name);
      expect(await readFile(path, 'utf8')).not.toContain(password);
      expect((await stat(path)).mode & 0o077).toBe(0);
    }
    const stranger = connectRedis({
      url: `redis://127.0.0.1:${String(server.port)}`,
      purpose: 'request',
      name: 'stranger',
    });
    await nextEvent(stranger, 'connect');
    await expect(stranger.get('kept')).rejects.toThrow();
    stranger.disconnect();
  });

  it('refuses a folder that another process owns', async () => {
    await using folder = await aFolder();
    await using server = await aServer(folder.path);
    await expect(aServer(folder.path)).rejects.toMatchObject({ code: 'CONFLICT' });
    const admin = await connected(server.url);
    expect(await admin.ping()).toBe('PONG');
    admin.disconnect();
  });

  it('leaves nothing running when its owner is killed, and the next owner finds the data', async () => {
    await using folder = await aFolder();
    const owner = await anOwner(folder.path);
    const redis = await connected(owner.url);
    await redis.set('kept', 'yes');
    redis.disconnect();
    await kill(owner.child);
    await until(() => !isAlive(owner.pid));

    await using next = await aServer(folder.path);
    const admin = await connected(next.url);
    expect(await admin.get('kept')).toBe('yes');
    admin.disconnect();
  });

  it('ends a server that outlived both its owner and its supervisor', async () => {
    await using folder = await aFolder();
    const owner = await anOwner(folder.path);
    const supervisorPid = Number(await readFile(join(folder.path, 'owner.pid'), 'utf8'));
    process.kill(supervisorPid, 'SIGKILL');
    await kill(owner.child);
    expect(isAlive(owner.pid)).toBe(true);

    await using next = await aServer(folder.path);
    await until(() => !isAlive(owner.pid));
    expect(next.pid).not.toBe(owner.pid);
  });

  it('starts a killed supervisor again', async () => {
    await using folder = await aFolder();
    await using server = await aServer(folder.path);
    const firstPid = server.pid;
    process.kill(Number(await readFile(join(folder.path, 'owner.pid'), 'utf8')), 'SIGKILL');
    await until(() => server.pid !== firstPid && server.pid !== 0);
    const admin = await connected(server.url);
    expect(await admin.ping()).toBe('PONG');
    admin.disconnect();
    expect(isAlive(firstPid)).toBe(false);
  });

  it('says why when the server cannot be started', async () => {
    await using folder = await aFolder();
    const start = startEmbeddedRedis({ folder: folder.path, binary: '/nowhere/redis-server', logger });
    await expect(start).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('/nowhere/redis-server'),
    });
  });
});
