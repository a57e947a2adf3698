import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { MeshError } from '@infermesh/errors';
import { z } from 'zod';
import { handle, type CallHandler, type HandlerContext, type JobQueue, type Serving } from '../src/index.js';
import { aborted, aGate, Bench, echo, inMs, until } from './bench.js';

describe('stream', () => {
  let bench: Bench;
  let caller: JobQueue;
  let server: JobQueue;
  let serving: Serving | undefined;

  beforeAll(async () => {
    bench = await Bench.start();
    caller = bench.queue({ service: 'caller' });
    server = bench.queue({ service: 'server', lookMs: 200 });
  });
  afterAll(async () => {
    await bench[Symbol.asyncDispose]();
  });
  afterEach(async () => {
    await serving?.[Symbol.asyncDispose]();
    serving = undefined;
  });

  async function serve(run: (context: HandlerContext) => Promise<void>): Promise<void> {
    const handler: CallHandler = handle(echo, async (request, context) => {
      await run(context);
      return request;
    });
    serving = await server.serve('test', [handler], { concurrency: 4, stopGraceMs: 200 });
  }

  it('yields the parts in order, then the answer', async () => {
    await serve(async ({ emit }) => {
      for (let index = 0; index < 2000; index++) await emit({ index });
    });
    const stream = caller.stream(
      echo,
      { text: 'end' },
      { deadlineAt: inMs(10_000), part: z.object({ index: z.number() }) },
    );
    const seen: number[] = [];
    for await (const { index } of stream) seen.push(index);
    expect(seen).toEqual(Array.from({ length: 2000 }, (_, index) => index));
    expect(await stream.result).toEqual({ text: 'end' });
  });

  it('delivers a part while the handler still runs', async () => {
    const gate = aGate();
    await serve(async ({ emit }) => {
      await emit('first');
      await gate.opened;
      await emit('second');
    });
    const stream = caller.stream(echo, { text: 'x' }, { deadlineAt: inMs(10_000) });
    const parts = stream[Symbol.asyncIterator]();
    expect(await parts.next()).toEqual({ done: false, value: 'first' });
    gate.open();
    expect(await parts.next()).toEqual({ done: false, value: 'second' });
    expect(await parts.next()).toMatchObject({ done: true });
  });

  it('gathers small parts into few messages', async () => {
    const from = await bench.countCommands('xadd');
    await serve(async ({ emit }) => {
      for (let index = 0; index < 1000; index++) void emit(index);
    });
    const stream = caller.stream(echo, { text: 'x' }, { deadlineAt: inMs(10_000) });
    let count = 0;
    for await (const _part of stream) count++;
    const to = await bench.countCommands('xadd');
    expect(count).toBe(1000);
    expect(to - from).toBeLessThan(50); // BullMQ's own events included
  });

  it('brings parts, then the error', async () => {
    await serve(async ({ emit }) => {
      await emit('one');
      throw new MeshError('MODEL_FAILED', 'it broke');
    });
    const stream = caller.stream(echo, { text: 'x' }, { deadlineAt: inMs(10_000) });
    const seen: unknown[] = [];
    const reading = (async () => {
      for await (const part of stream) seen.push(part);
    })();
    await expect(reading).rejects.toMatchObject({ code: 'MODEL_FAILED' });
    await expect(stream.result).rejects.toMatchObject({ code: 'MODEL_FAILED' });
    expect(seen).toEqual(['one']);
  });

  it('slows the handler down to a slow reader', async () => {
    const part = 'x'.repeat(32_000);
    const total = 200;
    let emitted = 0;
    await serve(async ({ emit }) => {
      for (; emitted < total; emitted++) await emit(part);
    });
    const stream = caller.stream(echo, { text: 'x' }, { deadlineAt: inMs(20_000) });
    const parts = stream[Symbol.asyncIterator]();
    await parts.next();
    await until(() => emitted > 0);
    let before = -1;
    // it has stopped when it emits nothing for a while
    await until(async () => {
      const isStill = emitted === before;
      before = emitted;
      await new Promise((resolve) => setTimeout(resolve, 100));
      return isStill;
    });
    expect(emitted).toBeLessThan(total / 2);
    let count = 1;
    for (;;) {
      const { done } = await parts.next();
      if (done === true) break;
      count++;
    }
    expect(count).toBe(total);
  });

  it('aborts the handler when the reader leaves its loop', async () => {
    const reason = aGate<unknown>();
    await serve(async ({ emit, signal }) => {
      await emit('one');
      reason.open(await aborted(signal));
    });
    const stream = caller.stream(echo, { text: 'x' }, { deadlineAt: inMs(10_000) });
    for await (const part of stream) {
      expect(part).toBe('one');
      break;
    }
    await expect(stream.result).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(await reason.opened).toMatchObject({ code: 'CANCELLED' });
  });

  it.each(['emits', 'only waits'])(
    'aborts a handler that %s when the process of the reader was killed',
    async (kind) => {
      const started = aGate();
      const reason = aGate<unknown>();
      await serve(async ({ emit, signal }) => {
        started.open();
        if (kind === 'emits') {
          while (!signal.aborted) {
            await emit('more').catch(() => undefined);
            await new Promise((resolve) => setTimeout(resolve, 20));
          }
        }
        reason.open(await aborted(signal));
      });
      const entry = fileURLToPath(new URL('./caller-process.mjs', import.meta.url));
      const child = spawn(process.execPath, [entry, bench.redis.url], { stdio: ['ignore', 'ignore', 'inherit'] });
      await started.opened;
      child.kill('SIGKILL');
      await once(child, 'exit');
      expect(await reason.opened).toMatchObject({ code: 'CANCELLED' });
    },
  );

  it('refuses a part over 64 KiB', async () => {
    await serve(async ({ emit }) => {
      await emit('x'.repeat(70_000));
    });
    const stream = caller.stream(echo, { text: 'x' }, { deadlineAt: inMs(10_000) });
    await expect(stream.result).rejects.toMatchObject({ code: 'BODY_TOO_LARGE' });
  });
});
