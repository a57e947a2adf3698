import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { applyAcl } from '@infermesh/redis';
import { aclFor, handle, type JobQueue } from '../src/index.js';
import { Bench, echo, inMs, until } from './bench.js';

let bench: Bench;
let manager: JobQueue;
let caller: JobQueue;

beforeAll(async () => {
  bench = await Bench.start();
  const rules = aclFor({ service: 'manager', manages: ['ep-*'] });
  await applyAcl(bench.redis.url, [{ name: 'manager', password: 'manager-password', ...rules }]);
  manager = bench.queue({ service: 'manager', redisUrl: bench.redis.urlFor('manager', 'manager-password') });
  caller = bench.queue({ service: 'caller' });
});
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});

const keys = (): Promise<string[]> => bench.keys('{bull-ep-*');

it('leaves no key of a queue that was served, has entries and calls waiting, and was cancelled in', async () => {
  const queue = 'ep-1';
  const serving = await caller.serve(queue, [handle(echo, (request) => Promise.resolve(request))], {
    concurrency: 1,
    stopGraceMs: 100,
  });
  await caller.call(echo, { text: 'x' }, { deadlineAt: inMs(5_000), queue });
  await serving[Symbol.asyncDispose]();
  const entries = Array.from({ length: 50 }, (_, index) => ({ jobId: `job-${String(index)}`, request: { text: 'x' } }));
  await caller.submit(echo, entries, { queue });
  const waiting = caller.call(echo, { text: 'x' }, { deadlineAt: inMs(60_000), queue }).catch(() => undefined);
  await until(async () => (await caller.counts(queue)).queued === 51);
  await caller.cancel(queue, 'job-0');
  expect((await keys()).length).toBeGreaterThan(50);

  await manager.removeQueue(queue);
  expect(await keys()).toEqual([]);
  await manager.removeQueue(queue);
  expect(await keys()).toEqual([]);
  await caller[Symbol.asyncDispose]();
  await waiting;
});

it('can be used again after it was removed', async () => {
  await manager.submit(echo, [{ jobId: 'job-1', request: { text: 'x' } }], { queue: 'ep-2' });
  await manager.removeQueue('ep-2');
  await manager.submit(echo, [{ jobId: 'job-1', request: { text: 'x' } }], { queue: 'ep-2' });
  expect(await manager.counts('ep-2')).toMatchObject({ queued: 1 });
});
