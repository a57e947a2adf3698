import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RedisDeployment } from '../../redis/tests/deployments/redis-deployment.js';
import { handle } from '../src/index.js';
import { queueKey } from '../src/queue-keys.js';
import { Bench, echo, until, useRedis } from './bench.js';
import { CallLoad, loadQueues } from './call-load.js';

/** What callers and workers go through when a master is killed while they work. */
export function exerciseFailover(name: string, start: () => Promise<RedisDeployment>): void {
  useRedis(start);

  describe(`the queue when ${name} loses a master under load`, () => {
    let bench: Bench;

    beforeAll(async () => {
      bench = await Bench.start();
    });
    afterAll(async () => {
      await bench[Symbol.asyncDispose]();
    });

    it('ends every call within its deadline, and answers again by itself', async () => {
      const server = bench.queue({ service: 'server' });
      const answers = handle(echo, async (request) => request);
      for (const queue of loadQueues) await server.serve(queue, [answers], { concurrency: 4, stopGraceMs: 200 });
      const load = new CallLoad(bench.queue({ service: 'caller' }));
      await load.moreAnswers(30);
      await bench.redis.killMasterOf(queueKey('load-a', 'wait'));
      await load.moreAnswers(30);
      await load.stop();
      expect(load.faults()).toEqual([]);
    });

    it('appends and delivers events of a job whose master is back', async () => {
      const queue = bench.queue({ service: 'events' });
      await queue.appendEvent('job-1', 'before', null);
      const types = (async () => {
        const seen: string[] = [];
        for await (const { type } of queue.follow('job-1')) if (seen.push(type) === 2) break;
        return seen;
      })();
      await bench.redis.killMasterOf('{events-job-1}');
      await until(async () => (await queue.appendEvent('job-1', 'after', null).catch(() => 0)) > 0);
      expect(await types).toEqual(['before', 'after']);
    });
  });
}
