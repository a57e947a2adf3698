import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  applyAcl,
  connectRedis,
  createPassword,
  removeAcl,
  whenReady,
  type AclRules,
  type EmbeddedRedis,
  type RedisClient,
} from '../src/index.js';
import { aFolder, aServer, until, type TestFolder } from './bench.js';

describe('applyAcl', () => {
  let folder: TestFolder;
  let server: EmbeddedRedis;
  let admin: RedisClient;

  beforeAll(async () => {
    folder = await aFolder();
    server = await aServer(folder.path);
    admin = connectRedis({ url: server.url, purpose: 'request', name: 'admin' });
    await whenReady(admin, 5000);
  });
  afterAll(async () => {
    admin.disconnect();
    await server[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  async function aUser(name: string, rules: AclRules): Promise<RedisClient> {
    const password = createPassword();
    await applyAcl(server.url, [{ name, password, ...rules }]);
    const redis = connectRedis({
      url: `redis://${name}:${password}@127.0.0.1:${String(server.port)}`,
      purpose: 'request',
      name,
    });
    await whenReady(redis, 5000);
    return redis;
  }

  const denied = 'NOPERM';

  it('separates reading from writing, by pattern', async () => {
    await admin.set('in', '1');
    const redis = await aUser('both-ways', {
      keys: [
        { pattern: 'in', access: 'r' },
        { pattern: 'out', access: 'w' },
        { pattern: '{own}:*', access: 'rw' },
      ],
      channels: ['own.*'],
    });
    expect(await redis.get('in')).toBe('1');
    await expect(redis.set('in', '2')).rejects.toThrow(denied);
    await redis.set('out', '2');
    await expect(redis.get('out')).rejects.toThrow(denied);
    await redis.set('{own}:x', '3');
    expect(await redis.get('{own}:x')).toBe('3');
    await expect(redis.get('other')).rejects.toThrow(denied);
    await expect(redis.eval("return redis.call('GET', 'other')", 0)).rejects.toThrow("can't access");
    await redis.publish('own.x', 'm');
    await expect(redis.publish('other', 'm')).rejects.toThrow(denied);
    redis.disconnect();
  });

  it.each([
    ['KEYS', '*'],
    ['SCAN', '0'],
    ['RANDOMKEY'],
    ['DBSIZE'],
    ['FLUSHALL'],
    ['CONFIG', 'GET', '*'],
    ['ACL', 'LIST'],
    ['CLIENT', 'LIST'],
    ['SHUTDOWN'],
    ['SCRIPT', 'FLUSH'],
    ['FUNCTION', 'LIST'],
    ['PUBSUB', 'CHANNELS'],
    ['MONITOR'],
    ['SELECT', '1'],
  ])('denies %s to a user of all keys', async (command, ...args) => {
    const redis = await aUser('all-keys', { keys: [{ pattern: '*', access: 'rw' }], channels: ['*'] });
    await expect(redis.call(command, ...args)).rejects.toThrow(denied);
    redis.disconnect();
  });

  it('lets a stream be appended to and measured, and nothing else', async () => {
    const redis = await aUser('appender', { keys: [], channels: [], appendOnlyStreams: ['{reply-*'] });
    const stream = '{reply-a}';
    await redis.xadd(stream, '*', 'field', 'value');
    expect(await redis.xlen(stream)).toBe(1);
    expect(await redis.exists(stream)).toBe(1);
    await expect(redis.xrange(stream, '-', '+')).rejects.toThrow(denied);
    await expect(redis.xtrim(stream, 'MAXLEN', 0)).rejects.toThrow(denied);
    await expect(redis.del(stream)).rejects.toThrow(denied);
    await expect(redis.xadd('other', '*', 'field', 'value')).rejects.toThrow(denied);
    redis.disconnect();
  });

  it('replaces the rules of a user, and removes users with their connections', async () => {
    const before = await aUser('changing', { keys: [{ pattern: 'a', access: 'rw' }], channels: [] });
    await before.set('a', '1');
    const after = await aUser('changing', { keys: [{ pattern: 'b', access: 'rw' }], channels: [] });
    await expect(after.get('a')).rejects.toThrow(denied);
    await after.set('b', '1');
    await removeAcl(server.url, ['changing', 'nobody']);
    await until(async () => (await after.ping().catch(() => 'refused')) === 'refused');
    expect(await admin.call('ACL', 'GETUSER', 'changing')).toBeNull();
    before.disconnect();
    after.disconnect();
  });

  it('refuses a pattern that would become another rule', async () => {
    const user = {
      name: 'x',
      password: createPassword(),
      channels: [],
      keys: [{ pattern: 'a ~*', access: 'rw' as const }],
    };
    await expect(applyAcl(server.url, [user])).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });
});
