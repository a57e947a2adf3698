import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { withRedisUser } from '@infermesh/config';
import { applyAcl, connectRedis, createPassword, whenReady, type RedisClient } from '../src/index.js';
import { openNodes } from '../src/server-nodes.js';
import { until } from './bench.js';
import { startRedisCluster, type RedisCluster } from './deployments/redis-cluster.js';

describe('connections to a cluster', () => {
  let cluster: RedisCluster;
  const closing: { disconnect(): void }[] = [];

  beforeAll(async () => {
    cluster = await startRedisCluster();
  });
  afterAll(async () => {
    for (const connection of closing) connection.disconnect();
    await cluster[Symbol.asyncDispose]();
  });

  function connect(purpose: 'request' | 'blocking', url = cluster.url): RedisClient {
    const connection = connectRedis({ url, purpose, name: 'test', commandTimeoutMs: 1000 });
    closing.push(connection);
    return connection;
  }

  it('makes users on every node', async () => {
    const password = createPassword();
    await applyAcl(cluster.url, [
      { name: 'worker', password, keys: [{ pattern: '{own-*', access: 'rw' }], channels: [] },
    ]);
    const worker = connect('request', withRedisUser(cluster.url, 'worker', password));
    await whenReady(worker, 5000);
    for (const tag of ['a', 'b', 'c', 'd', 'e', 'f']) {
      await worker.set(`{own-${tag}}:x`, tag);
      expect(await worker.get(`{own-${tag}}:x`)).toBe(tag);
      await expect(worker.get(`{other-${tag}}:x`)).rejects.toThrow('NOPERM');
    }
    await using nodes = await openNodes(cluster.url, 'test');
    expect(nodes.all).toHaveLength(3);
  });

  it('reaches one subscriber from every node, also after its node is gone', async () => {
    const listener = connectRedis({ url: cluster.url, purpose: 'subscriber', name: 'subscriber' });
    closing.push(listener);
    const heard: string[] = [];
    listener.on('message', (_channel, text: string) => heard.push(text));
    await listener.subscribe('news');
    await using nodes = await openNodes(cluster.url, 'test');
    for (const [index, { redis }] of nodes.all.entries()) await redis.publish('news', String(index));
    await until(() => heard.length === 3);
    expect(heard.toSorted()).toEqual(['0', '1', '2']);
    const ready = new Promise((resolve) => listener.once('ready', resolve));
    for (const { redis } of nodes.all) await redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await ready;
    const publisher = connect('blocking');
    await until(async () => {
      await publisher.publish('news', 'again');
      return heard.includes('again');
    });
  });

  it('fails a request for a killed master at once, lets the others wait, and goes on when it is back', async () => {
    const request = connect('request');
    await whenReady(request, 5000);
    await request.set('{k}:kept', 'yes');
    const waiter = connect('blocking');
    await whenReady(waiter, 5000);
    const rung = waiter.blpop('{k}:bell', 0);
    const owner = await cluster.ownerOf('{k}:kept');
    await owner.kill();
    await expect(request.get('{k}:kept')).rejects.toThrow();
    const pushed = connect('blocking').rpush('{k}:bell', 'rings');
    await owner.start();
    await cluster.untilWhole();
    await until(async () => (await request.get('{k}:kept').catch(() => '')) === 'yes');
    await pushed;
    expect(await rung).toEqual(['{k}:bell', 'rings']);
  });

  it('outlives the loss of all masters', async () => {
    const request = connect('request');
    const waiter = connect('blocking');
    await Promise.all([whenReady(request, 5000), whenReady(waiter, 5000)]);
    await waiter.set('{all}', '1');
    await Promise.all(cluster.masters.map((master) => master.kill()));
    // each failure takes one node out, until none is known
    await until(async () => {
      await expect(request.get('{all}')).rejects.toThrow();
      return request.status !== 'ready';
    });
    const answer = waiter.get('{all}');
    await Promise.all(cluster.masters.map((master) => master.start()));
    expect(await answer).toBe('1');
    await until(async () => (await request.get('{all}').catch(() => '')) === '1');
  });

  it('follows a slot that moves', async () => {
    const request = connect('request');
    await whenReady(request, 5000);
    for (let index = 0; index < 100; index++) await request.set(`{moved}:${String(index)}`, 'x');
    const before = await cluster.ownerOf('{moved}');
    const moving = cluster.moveSlotOf('{moved}');
    for (let index = 0; index < 100; index++) expect(await request.get(`{moved}:${String(index)}`)).toBe('x');
    await moving;
    expect(await cluster.ownerOf('{moved}')).not.toBe(before);
    for (let index = 0; index < 100; index++) expect(await request.get(`{moved}:${String(index)}`)).toBe('x');
  });
});
