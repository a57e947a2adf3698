import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectRedis, whenReady, type EmbeddedRedis } from '../src/index.js';
import { aFolder, aServer, nextEvent, until, type TestFolder } from './bench.js';

describe('connectRedis', () => {
  let folder: TestFolder;
  let server: EmbeddedRedis;

  beforeAll(async () => {
    folder = await aFolder();
    server = await aServer(folder.path);
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  it('fails a request at once while there is no server', async () => {
    const redis = connectRedis({ url: 'redis://127.0.0.1:1', purpose: 'request', name: 'test' });
    await expect(redis.ping()).rejects.toThrow();
    await expect(whenReady(redis, 50)).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
    redis.disconnect();
    await expect(whenReady(redis, 50)).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
  });

  it('never sends a request twice', async () => {
    const admin = connectRedis({ url: server.url, purpose: 'blocking', name: 'admin' });
    const redis = connectRedis({ url: server.url, purpose: 'request', name: 'once' });
    await whenReady(redis, 5000);
    const id = await redis.client('ID');
    const waiting = redis.blpop('nothing-comes', 0);
    await until(
      async () =>
        String(await admin.client('LIST')).includes('name=once') &&
        String(await admin.client('LIST')).includes('cmd=blpop'),
    );
    const failed = expect(waiting).rejects.toThrow();
    await admin.client('KILL', 'ID', id);
    await failed;
    await whenReady(redis, 5000);
    await admin.rpush('nothing-comes', 'late');
    expect(await admin.llen('nothing-comes')).toBe(1);
    redis.disconnect();
    admin.disconnect();
  });

  it('lets a blocking command outlive a restart of the server', async () => {
    const waiter = connectRedis({ url: server.url, purpose: 'blocking', name: 'waiter' });
    await whenReady(waiter, 5000);
    const popped = waiter.blpop('bell', 0);
    const lost = nextEvent(waiter, 'close');
    process.kill(server.pid, 'SIGKILL');
    await lost;
    const admin = connectRedis({ url: server.url, purpose: 'blocking', name: 'admin' });
    await admin.rpush('bell', 'rings');
    expect(await popped).toEqual(['bell', 'rings']);
    waiter.disconnect();
    admin.disconnect();
  });

  it('subscribes again after a restart of the server', async () => {
    const subscriber = connectRedis({ url: server.url, purpose: 'subscriber', name: 'subscriber' });
    await subscriber.subscribe('news');
    const lost = nextEvent(subscriber, 'close');
    process.kill(server.pid, 'SIGKILL');
    await lost;
    const admin = connectRedis({ url: server.url, purpose: 'blocking', name: 'admin' });
    const heard = nextEvent(subscriber, 'message');
    await until(async () => (await admin.publish('news', 'hello')) === 1);
    expect(await heard).toEqual(['news', 'hello']);
    subscriber.disconnect();
    admin.disconnect();
  });
});
