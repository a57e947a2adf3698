import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { defineCall } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import { z } from 'zod';
import { handle, type CallHandler, type JobQueue, type Serving } from '../src/index.js';
import { aGate, Bench, inMs, until } from './bench.js';

const gathered = defineCall({
  name: 'test.gathered',
  queue: 'gathered',
  version: 1,
  gathered: true,
  request: z.object({ text: z.string().min(1), times: z.number().default(1) }),
  response: z.object({ text: z.string(), delivery: z.string() }),
});

describe('gathered calls', () => {
  let bench: Bench;
  let caller: JobQueue;
  let server: JobQueue;
  let serving: Serving | undefined;

  beforeAll(async () => {
    bench = await Bench.start();
    caller = bench.queue({ service: 'caller' });
    server = bench.queue({ service: 'server' });
  });
  afterAll(async () => {
    await bench[Symbol.asyncDispose]();
  });
  afterEach(async () => {
    await serving?.[Symbol.asyncDispose]();
    serving = undefined;
  });

  async function serve(run: Parameters<typeof handle<typeof gathered>>[1]): Promise<void> {
    const handlers: CallHandler[] = [handle(gathered, run)];
    serving = await server.serve('gathered', handlers, { concurrency: 4, stopGraceMs: 200 });
  }

  const ask = async (text: string, timeoutMs = 20_000, signal?: AbortSignal) =>
    await caller.call(gathered, { text }, { deadlineAt: inMs(timeoutMs), ...(signal === undefined ? {} : { signal }) });

  it('travel together, each with its own answer', async () => {
    await serve(async ({ text, times }, { jobId }) => ({ text: text.repeat(times + 1), delivery: jobId }));
    const texts = Array.from({ length: 300 }, (_, index) => `${String(index)}.`);
    const answers = await Promise.all(texts.map((text) => ask(text)));
    expect(answers.map(({ text }) => text)).toEqual(texts.map((text) => text + text));
    expect(new Set(answers.map(({ delivery }) => delivery)).size).toBeLessThanOrEqual(60);
  });

  it('are answered alone when they come alone', async () => {
    await serve(async ({ text }, { jobId }) => ({ text, delivery: jobId }));
    expect(await ask('one')).toMatchObject({ text: 'one' });
  });

  it('are refused by themselves', async () => {
    await serve(async ({ text }) => {
      if (text === 'bad') throw new MeshError('CONFLICT', 'no', { field: 'text', retryAfterSeconds: 3 });
      if (text === 'worse') throw new Error('a secret path');
      return { text, delivery: '' };
    });
    const [good, bad, worse, empty, better] = await Promise.allSettled([
      ask('good'),
      ask('bad'),
      ask('worse'),
      ask(''),
      ask('better'),
    ]);
    expect(good).toMatchObject({ value: { text: 'good' } });
    expect(bad).toMatchObject({ reason: { code: 'CONFLICT', message: 'no', field: 'text', retryAfterSeconds: 3 } });
    expect(worse).toMatchObject({ reason: { code: 'INTERNAL', message: expect.not.stringContaining('secret') } });
    expect(empty).toMatchObject({ reason: { code: 'BAD_REQUEST', field: 'text' } });
    expect(better).toMatchObject({ value: { text: 'better' } });
  });

  it('may together be larger than one message', async () => {
    await serve(async ({ text }) => ({ text: text.repeat(40_000), delivery: '' }));
    const answers = await Promise.all(Array.from('abcdefgh', (text) => ask(text)));
    expect(answers.map(({ text }) => text.length)).toEqual(Array.from('abcdefgh', () => 40_000));
    const large = 'x'.repeat(30_000);
    const wide = await Promise.allSettled([ask(large), ask(large), ask('y')]);
    expect(wide.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
  });

  it('end for whoever leaves or has no more time, and for nobody else', async () => {
    const gate = aGate();
    let startedCount = 0;
    await serve(async ({ text }) => {
      startedCount += 1;
      await gate.opened;
      return { text, delivery: '' };
    });
    const leaving = new AbortController();
    const stays = ask('stays');
    const late = expect(ask('late', 300)).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    const leaves = expect(ask('leaves', 20_000, leaving.signal)).rejects.toMatchObject({ code: 'CANCELLED' });
    await until(() => startedCount === 3);
    leaving.abort();
    await leaves;
    await late;
    gate.open();
    expect(await stays).toEqual({ text: 'stays', delivery: '' });
  });

  it('wait for no slow neighbour, of their batch or of another', async () => {
    const gate = aGate();
    await serve(async ({ text }) => {
      if (text.startsWith('slow')) await gate.opened;
      return { text, delivery: '' };
    });
    const slow: Promise<unknown>[] = [];
    for (let batch = 0; batch < 3; batch++) {
      slow.push(ask(`slow ${String(batch)}`));
      const quick = await Promise.all([ask('a'), ask('b')]);
      expect(quick.map(({ text }) => text)).toEqual(['a', 'b']);
    }
    gate.open();
    expect(await Promise.all(slow)).toHaveLength(3);
  });

  it('carry what their schema knows, and its defaults', async () => {
    const seen: unknown[] = [];
    await serve(async (request) => {
      seen.push(request);
      return { text: request.text, delivery: '' };
    });
    const padded = { text: 'padded', extra: 'x'.repeat(70_000) };
    const calls = [caller.call(gathered, padded, { deadlineAt: inMs(20_000) }), ask('plain')];
    expect((await Promise.all(calls)).map(({ text }) => text)).toEqual(['padded', 'plain']);
    expect(seen).toEqual([
      { text: 'padded', times: 1 },
      { text: 'plain', times: 1 },
    ]);
  });

  it('are not sent for a caller that left before', async () => {
    const seen: string[] = [];
    await serve(async ({ text }) => {
      seen.push(text);
      return { text, delivery: '' };
    });
    const gone = AbortSignal.abort();
    const calls = [ask('a'), ask('b', 20_000, gone), ask('c'), ask('d', -1)];
    const outcomes = await Promise.allSettled(calls);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected']);
    await ask('e');
    expect(seen.filter((text) => text === 'b')).toEqual([]);
  });
});
