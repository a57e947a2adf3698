import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { withRedisUser } from '@infermesh/config';
import { applyAcl, connectRedis, createPassword, removeAcl, whenReady, type Redis } from '../src/index.js';
import { openNodes } from '../src/server-nodes.js';
import { until } from './bench.js';
import { startRedisWithSentinels, type RedisWithSentinels } from './deployments/redis-with-sentinels.js';

describe('connections to a master under sentinels', () => {
  let redis: RedisWithSentinels;
  const closing: { disconnect(): void }[] = [];

  beforeAll(async () => {
    redis = await startRedisWithSentinels();
  });
  afterAll(async () => {
    for (const connection of closing) connection.disconnect();
    await redis[Symbol.asyncDispose]();
  });

  function connect(purpose: 'request' | 'blocking', url = redis.url) {
    const connection = connectRedis({ url, purpose, name: 'test', commandTimeoutMs: 1000 });
    closing.push(connection);
    return connection;
  }

  function subscriber(): Redis {
    const connection = connectRedis({ url: redis.url, purpose: 'subscriber', name: 'subscriber' });
    closing.push(connection);
    return connection;
  }

  it('makes users on the replica too, and follows the master wherever it goes', async () => {
    const password = createPassword();
    const user = { name: 'reader', password, keys: [{ pattern: 'kept', access: 'rw' as const }], channels: ['news'] };
    await applyAcl(redis.url, [user]);
    const reader = connect('request', withRedisUser(redis.url, 'reader', password));
    await whenReady(reader, 5000);
    await reader.set('kept', 'yes');
    await expect(reader.set('other', 'no')).rejects.toThrow('NOPERM');
    const waiter = connect('blocking');
    const rung = waiter.blpop('bell', 0);
    const listener = subscriber();
    await listener.subscribe('news');
    const heard = new Promise((resolve) => {
      listener.once('message', (_channel, text) => {
        resolve(text);
      });
    });

    const old = await redis.master();
    await redis.untilInStep();
    await redis.failOver();
    await until(async () => (await reader.get('kept').catch(() => '')) === 'yes');
    await connect('blocking').rpush('bell', 'rings');
    expect(await rung).toEqual(['bell', 'rings']);
    await until(async () => (await reader.publish('news', 'hello').catch(() => 0)) === 1);
    expect(await heard).toBe('hello');

    // the old master comes back as a replica, and has forgotten its users
    await old.start();
    await redis.untilInStep();
    await applyAcl(redis.url, [user]);
    await using nodes = await openNodes(redis.url, 'test');
    expect(nodes.all.map(({ role }) => role)).toEqual(['master', 'replica']);
    for (const { redis: node } of nodes.all) expect(await node.call('ACL', 'GETUSER', 'reader')).not.toBeNull();
    await removeAcl(redis.url, ['reader']);
    for (const { redis: node } of nodes.all) expect(await node.call('ACL', 'GETUSER', 'reader')).toBeNull();
  });
});
