import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { defineCall } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import { applyAcl, createPassword } from '@infermesh/redis';
import { z } from 'zod';
import { aclFor, type JobQueue } from '../src/index.js';
import { Bench, echo, inMs, until } from './bench.js';

const other = defineCall({ ...echo, name: 'test.other', request: z.object({ size: z.number() }) });

describe('take', () => {
  let bench: Bench;
  let producer: JobQueue;
  let first: JobQueue;
  let second: JobQueue;
  let queueCount = 0;

  beforeAll(async () => {
    bench = await Bench.start();
    producer = bench.queue({ service: 'producer' });
    first = bench.queue({ service: 'gateway', leaseCheckMs: 200 });
    second = bench.queue({ service: 'gateway', leaseCheckMs: 200 });
  });
  afterAll(async () => {
    await bench[Symbol.asyncDispose]();
  });

  /** Each test has a queue of its own. */
  function aQueue(): string {
    return `pool-${String(++queueCount)}`;
  }

  async function submit(queue: string, ...jobIds: string[]): Promise<void> {
    await producer.submit(
      echo,
      jobIds.map((jobId) => ({ jobId, request: { text: jobId } })),
      { queue },
    );
  }

  const wait = { max: 1, waitMs: 10_000, leaseMs: 10_000 };

  it('leases entries up to max, and waits only for the first', async () => {
    const queue = aQueue();
    await submit(queue, 'a-1', 'a-2', 'a-3');
    const two = await first.take(queue, echo, { ...wait, max: 2 });
    expect(two.map(({ jobId, request, deliveryAttempt }) => [jobId, request, deliveryAttempt])).toEqual([
      ['a-1', { text: 'a-1' }, 1],
      ['a-2', { text: 'a-2' }, 1],
    ]);
    expect(await first.take(queue, echo, { ...wait, max: 5 })).toHaveLength(1);
    expect(await first.take(queue, echo, { ...wait, waitMs: 20 })).toEqual([]);
    expect(await producer.counts(queue)).toEqual({ queued: 0, active: 3, delayed: 0 });
  });

  it('takes all that wait, in their order, for one poll or several', async () => {
    const queue = aQueue();
    const jobIds = Array.from({ length: 150 }, (_, index) => `m-${String(index)}`);
    await submit(queue, ...jobIds);
    const polls = [100, 30, 100].map(async (max) => await first.take(queue, echo, { ...wait, max }));
    const leases = await Promise.all(polls);
    expect(leases.map(({ length }) => length)).toEqual([100, 30, 20]);
    expect(leases.flat().map(({ jobId }) => jobId)).toEqual(jobIds);
    expect(new Set(leases.flat().map(({ token }) => token)).size).toBe(jobIds.length);
    const ended = leases.flat().map(async ({ token }, index) => {
      const taker = index % 2 === 0 ? first : second;
      await taker.leases.finish(echo, token, { response: { text: 'done' } });
    });
    await Promise.all(ended);
    expect(await producer.counts(queue)).toEqual({ queued: 0, active: 0, delayed: 0 });
  });

  it('leaves nothing of a finished job in Redis', async () => {
    const queue = aQueue();
    await submit(queue, 'n-1');
    const [lease] = await first.take(queue, echo, wait);
    await producer.cancel(queue, 'n-1');
    await first.leases.finish(echo, lease?.token ?? '', { response: { text: 'done' } });
    const keys = await bench.keys(`{bull-${queue}}:*`);
    expect(keys.filter((key) => /n-1|active|stalled$|cancelled/u.test(key))).toEqual([]);
  });

  it('begins anew after Redis refused the first take', async () => {
    const queue = aQueue();
    const password = createPassword();
    await applyAcl(bench.redis.url, [{ name: 'late', password, ...aclFor({ service: 'late', serves: ['pool-*'] }) }]);
    await bench.addRule('late', '-info'); // which BullMQ asks for once, when a worker begins
    const late = bench.queue({ service: 'late', redisUrl: bench.redis.urlFor('late', password) });
    await submit(queue, 'l-1');
    await expect(late.take(queue, echo, wait)).rejects.toThrow();
    await bench.addRule('late', '+info');
    expect(await late.take(queue, echo, wait)).toHaveLength(1);
  });

  it('wakes a waiting poll', async () => {
    const queue = aQueue();
    const poll = first.take(queue, echo, wait);
    await submit(queue, 'b-1');
    expect(await poll).toHaveLength(1);
  });

  it('takes nothing when nobody polls any more', async () => {
    const queue = aQueue();
    const leaving = new AbortController();
    const poll = first.take(queue, echo, { ...wait, signal: leaving.signal });
    leaving.abort();
    expect(await poll).toEqual([]);
    await submit(queue, 'c-1');
    // the first instance still listens for a moment: it must not keep the wake-up from the second
    const taken = await second.take(queue, echo, wait);
    expect(taken.map(({ jobId, deliveryAttempt }) => [jobId, deliveryAttempt])).toEqual([['c-1', 1]]);
  });

  it('finishes in another instance than the one that took', async () => {
    const queue = aQueue();
    await submit(queue, 'd-1');
    const [lease] = await first.take(queue, echo, wait);
    const token = lease?.token ?? '';
    expect(await second.leases.renew(token, 10_000)).toBe('held');
    await second.leases.finish(echo, token, { response: { text: 'done' } });
    expect(await producer.state(queue, 'd-1')).toBe('absent');
    await expect(first.leases.finish(echo, token, { response: { text: 'again' } })).rejects.toMatchObject({
      code: 'STALE_CLAIM',
    });
    expect(await first.leases.renew(token, 10_000)).toBe('lost');
  });

  it('answers calls, with parts on the way', async () => {
    const queue = aQueue();
    const deadlineAt = inMs(10_000);
    const stream = producer.stream(echo, { text: 'x' }, { deadlineAt, queue, requestId: 'r-1', idempotencyKey: 'k-1' });
    const [lease] = await first.take(queue, echo, wait);
    expect(lease).toMatchObject({ deadlineAt, requestId: 'r-1', idempotencyKey: 'k-1', request: { text: 'x' } });
    const token = lease?.token ?? '';
    await second.leases.emit(token, 'half');
    await second.leases.emit(token, 'whole');
    await second.leases.finish(echo, token, { response: { text: 'done' } });
    const seen: unknown[] = [];
    for await (const part of stream) seen.push(part);
    expect(seen).toEqual(['half', 'whole']);
    expect(await stream.result).toEqual({ text: 'done' });
  });

  it('brings an error to the caller, and refuses an answer that does not fit', async () => {
    const queue = aQueue();
    const call = expect(producer.call(echo, { text: 'x' }, { deadlineAt: inMs(10_000), queue })).rejects.toMatchObject({
      code: 'MODEL_FAILED',
    });
    const [lease] = await first.take(queue, echo, wait);
    const token = lease?.token ?? '';
    const wrong = { response: { text: 7 as unknown as string } };
    await expect(first.leases.finish(echo, token, wrong)).rejects.toMatchObject({ code: 'INTERNAL' });
    await first.leases.finish(echo, token, { error: new MeshError('MODEL_FAILED', 'it broke') });
    await call;
  });

  it('gives a job back to the head of the queue', async () => {
    const queue = aQueue();
    await submit(queue, 'e-1', 'e-2');
    const [lease] = await first.take(queue, echo, wait);
    await second.leases.giveBack(lease?.token ?? '');
    const [again] = await second.take(queue, echo, wait);
    expect([again?.jobId, again?.deliveryAttempt]).toEqual(['e-1', 2]);
    await expect(first.leases.giveBack(lease?.token ?? '')).rejects.toMatchObject({ code: 'STALE_CLAIM' });
  });

  it('redelivers an entry whose lease expired; who comes too late is told', async () => {
    const queue = aQueue();
    await submit(queue, 'f-1');
    const [lease] = await first.take(queue, echo, { ...wait, leaseMs: 100 });
    const [again] = await second.take(queue, echo, { ...wait, waitMs: 20_000 });
    expect([again?.jobId, again?.deliveryAttempt]).toEqual(['f-1', 2]);
    const late = first.leases.finish(echo, lease?.token ?? '', { response: { text: 'late' } });
    await expect(late).rejects.toMatchObject({ code: 'STALE_CLAIM' });
    await expect(first.leases.emit(lease?.token ?? '', 'late')).rejects.toMatchObject({ code: 'STALE_CLAIM' });
    expect(await first.leases.renew(lease?.token ?? '', 10_000)).toBe('lost');
    await second.leases.finish(echo, again?.token ?? '', { response: { text: 'in time' } });
  });

  it('keeps an entry as long as its lease is renewed', async () => {
    const queue = aQueue();
    await submit(queue, 'g-1');
    const [lease] = await first.take(queue, echo, { ...wait, leaseMs: 400 });
    const poll = second.take(queue, echo, { ...wait, waitMs: 2000 }); // many looks for lost deliveries
    const renewing = setInterval(() => void first.leases.renew(lease?.token ?? '', 400), 100);
    expect(await poll).toEqual([]);
    clearInterval(renewing);
    await first.leases.finish(echo, lease?.token ?? '', { response: { text: 'done' } });
  });

  it('never hands a call out twice: its caller is told', async () => {
    const queue = aQueue();
    const call = expect(producer.call(echo, { text: 'x' }, { deadlineAt: inMs(30_000), queue })).rejects.toMatchObject({
      code: 'WORKER_LOST',
    });
    await first.take(queue, echo, { ...wait, leaseMs: 100 });
    const poll = second.take(queue, echo, { ...wait, waitMs: 20_000 });
    await call;
    await submit(queue, 'h-1');
    expect((await poll).map(({ jobId }) => jobId)).toEqual(['h-1']);
  });

  it('tells the caller of a worker that is lost even where nobody polls any more', async () => {
    const queue = aQueue();
    const call = producer.call(echo, { text: 'x' }, { deadlineAt: inMs(60_000), queue });
    const told = expect(call).rejects.toMatchObject({ code: 'WORKER_LOST' });
    await first.take(queue, echo, { ...wait, leaseMs: 100 });
    await told;
    expect(await producer.counts(queue)).toEqual({ queued: 0, active: 0, delayed: 0 });
  });

  it('tells a puller that its job was cancelled', async () => {
    const queue = aQueue();
    await submit(queue, 'i-1');
    const [lease] = await first.take(queue, echo, wait);
    expect(await producer.cancel(queue, 'i-1')).toBe('aborting');
    expect(await second.leases.renew(lease?.token ?? '', 10_000)).toBe('cancelled');
    await second.leases.finish(echo, lease?.token ?? '', { error: new MeshError('CANCELLED', 'as asked') });
    await submit(queue, 'i-1');
    const [again] = await first.take(queue, echo, wait);
    expect(await first.leases.renew(again?.token ?? '', 10_000)).toBe('held'); // the mark did not outlive the job
  });

  it('renews many at once, each by its own standing', async () => {
    const queue = aQueue();
    await submit(queue, 'o-1', 'o-2', 'o-3', 'o-4');
    const leases = await first.take(queue, echo, { ...wait, max: 4 });
    const tokens = leases.map(({ token }) => token);
    await second.leases.finish(echo, tokens[1] ?? '', { response: { text: 'done' } });
    await producer.cancel(queue, 'o-3');
    const forged = Buffer.from(JSON.stringify([queue, 'o-1', 'guess'])).toString('base64url');
    const all = [...tokens, forged, tokens[0] ?? ''];
    const standings = await Promise.all(all.map(async (token) => await second.leases.renew(token, 20_000)));
    expect(standings).toEqual(['held', 'lost', 'cancelled', 'held', 'lost', 'held']);
  });

  it('takes several contracts of one queue', async () => {
    const queue = aQueue();
    await submit(queue, 'j-1');
    await producer.submit(other, [{ jobId: 'j-2', request: { size: 3 } }], { queue });
    const leases = await first.take(queue, [echo, other], { ...wait, max: 2 });
    expect(leases.map(({ contract, request }) => [contract.name, request])).toEqual([
      ['test.echo', { text: 'j-1' }],
      ['test.other', { size: 3 }],
    ]);
  });

  it('refuses what is no token', async () => {
    const forged = Buffer.from(JSON.stringify([aQueue(), 'x-1', 'guess'])).toString('base64url');
    for (const token of ['', 'x', forged]) {
      await expect(first.leases.giveBack(token)).rejects.toMatchObject({ code: 'STALE_CLAIM' });
      expect(await first.leases.renew(token, 1000)).toBe('lost');
    }
  });

  it('shares one queue between many polls', async () => {
    const queue = aQueue();
    const polls = [first, second, first, second].map(async (taker) => await taker.take(queue, echo, wait));
    await submit(queue, 'k-1', 'k-2', 'k-3', 'k-4');
    const taken = (await Promise.all(polls)).flat().map(({ jobId }) => jobId);
    expect(taken.toSorted()).toEqual(['k-1', 'k-2', 'k-3', 'k-4']);
    await until(async () => (await producer.counts(queue)).queued === 0);
  });
});
