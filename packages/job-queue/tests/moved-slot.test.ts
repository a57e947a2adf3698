import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startRedisCluster, type RedisCluster } from '../../redis/tests/deployments/redis-cluster.js';
import { handle } from '../src/index.js';
import { queueKey } from '../src/queue-keys.js';
import { Bench, echo, useRedis } from './bench.js';
import { CallLoad, loadQueues } from './call-load.js';

let cluster: RedisCluster;

useRedis(async () => {
  cluster = await startRedisCluster();
  return cluster;
});

describe('the queue whose slot moves to another master under load', () => {
  let bench: Bench;

  beforeAll(async () => {
    bench = await Bench.start();
  });
  afterAll(async () => {
    await bench[Symbol.asyncDispose]();
  });

  it('is served where it went, and no call is lost on the way', async () => {
    const server = bench.queue({ service: 'server' });
    const answers = handle(echo, async (request) => request);
    for (const queue of loadQueues) await server.serve(queue, [answers], { concurrency: 4, stopGraceMs: 200 });
    const load = new CallLoad(bench.queue({ service: 'caller' }));
    await load.moreAnswers(20);
    for (const queue of loadQueues) {
      const key = queueKey(queue, 'wait');
      const before = await cluster.ownerOf(key);
      await cluster.moveSlotOf(key);
      expect(await cluster.ownerOf(key)).not.toBe(before);
      await load.moreAnswers(20);
    }
    await load.stop();
    expect(load.faults()).toEqual([]);
  });
});
