import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SharedProcess, type JobEvent, type JobQueue } from '../src/index.js';
import { Bench, until } from './bench.js';

describe('events', () => {
  let bench: Bench;
  let writer: JobQueue;
  let reader: JobQueue;

  beforeAll(async () => {
    bench = await Bench.start();
    writer = bench.queue({ service: 'writer', eventLifeMs: 60_000 });
    reader = bench.queue({ service: 'reader' });
  });
  afterAll(async () => {
    await bench[Symbol.asyncDispose]();
  });

  async function collect(jobId: string, count: number, afterSeq = 0): Promise<JobEvent[]> {
    const events: JobEvent[] = [];
    for await (const event of reader.follow(jobId, { afterSeq })) {
      events.push(event);
      if (events.length === count) break;
    }
    return events;
  }

  it('replays what was appended, then follows, in order', async () => {
    await writer.appendEvent('a-1', 'started', { by: 'w1' });
    await writer.appendEvent('a-1', 'progress', 0.5);
    const all = collect('a-1', 4);
    await writer.appendEvent('a-1', 'progress', 0.9);
    await writer.appendEvent('a-1', 'ended', null);
    const events = await all;
    expect(events.map(({ type, data }) => [type, data])).toEqual([
      ['started', { by: 'w1' }],
      ['progress', 0.5],
      ['progress', 0.9],
      ['ended', null],
    ]);
    const seqs = events.map(({ seq }) => seq);
    expect(seqs).toEqual([...new Set(seqs)].toSorted((a, b) => a - b));
  });

  it('goes on after the sequence number that the reader has', async () => {
    const seqs: number[] = [];
    for (let index = 0; index < 500; index++) seqs.push(await writer.appendEvent('b-1', 'n', index));
    const events = await collect('b-1', 490, seqs[9]);
    expect(events.map(({ data }) => data)).toEqual(Array.from({ length: 490 }, (_, index) => index + 10));
    expect(events.map(({ seq }) => seq)).toEqual(seqs.slice(10));
  });

  it('lets a caller wait for one event, also for one that came before', async () => {
    const isEnd = ({ type }: { readonly type: string }): boolean => type === 'ended';
    const leaving = new AbortController();
    let isOver = false;
    const ended = reader.untilEvent('u-1', isEnd).then(() => {
      isOver = true;
    });
    await writer.appendEvent('u-1', 'started', null);
    expect(isOver).toBe(false);
    await writer.appendEvent('u-1', 'ended', null);
    await ended;
    await reader.untilEvent('u-1', isEnd);
    const left = reader.untilEvent('u-2', isEnd, { signal: leaving.signal });
    leaving.abort();
    await left;
    await until(async () => (await bench.countSubscribers('job.u-1')) === 0);
  });

  it('tells who waits in the same process before Redis does', async () => {
    const sharedProcess = new SharedProcess();
    const near = bench.queue({ service: 'near', sharedProcess });
    const far = bench.queue({ service: 'far', sharedProcess });
    const order: string[] = [];
    const heard = far.untilEvent('v-1', ({ data }) => data === 2).then(() => order.push('heard'));
    await until(async () => (await bench.countSubscribers('job.v-1')) === 1);
    await near.appendEvent('v-1', 'n', 1);
    await near.appendEvent('v-1', 'n', 2).then(() => order.push('appended'));
    await heard;
    expect(order).toEqual(['heard', 'appended']);
    const fault = new Error('cannot read it');
    const failed = far.untilEvent('v-2', () => {
      throw fault;
    });
    const expected = expect(failed).rejects.toMatchObject({ code: 'INTERNAL', cause: fault });
    await until(async () => (await bench.countSubscribers('job.v-2')) === 1);
    expect(await near.appendEvent('v-2', 'n', null)).toBeGreaterThan(0);
    await expected;
  });

  it('ends quietly when its signal aborts, and leaves the channel', async () => {
    const leaving = new AbortController();
    const events: unknown[] = [];
    const done = (async () => {
      for await (const event of reader.follow('c-1', { signal: leaving.signal })) events.push(event);
    })();
    await until(async () => (await bench.countSubscribers('job.c-1')) === 1);
    leaving.abort();
    await done;
    expect(events).toEqual([]);
    await until(async () => (await bench.countSubscribers('job.c-1')) === 0);
  });

  it('serves many followers of one job', async () => {
    const followers = Array.from({ length: 5 }, async () => await collect('d-1', 3));
    for (const type of ['x', 'y', 'z']) await writer.appendEvent('d-1', type, null);
    for (const events of await Promise.all(followers)) expect(events.map(({ type }) => type)).toEqual(['x', 'y', 'z']);
  });

  it('loses nothing when Redis is killed under its followers', async () => {
    await writer.appendEvent('e-1', 'before', null);
    const all = collect('e-1', 2);
    await bench.redis.killMasterOf('{events-e-1}');
    await until(async () => (await writer.appendEvent('e-1', 'after', null).catch(() => 0)) > 0);
    expect((await all).map(({ type }) => type)).toEqual(['before', 'after']);
  });

  it('keeps about a thousand events, for a while', async () => {
    await Promise.all(Array.from({ length: 1500 }, async (_, index) => await writer.appendEvent('f-1', 'n', index)));
    expect(await bench.admin.xlen('{events-f-1}')).toBeLessThan(1200);
    const lifeMs = await bench.admin.pttl('{events-f-1}');
    expect(lifeMs).toBeGreaterThan(30_000);
    expect(lifeMs).toBeLessThanOrEqual(60_000);
  });

  it('refuses what is over 64 KiB, and what is no job id', async () => {
    await expect(writer.appendEvent('g-1', 'n', 'x'.repeat(70_000))).rejects.toMatchObject({ code: 'BODY_TOO_LARGE' });
    await expect(writer.appendEvent('g:1', 'n', null)).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });
});
