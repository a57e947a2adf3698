import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { defineCall } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import { z } from 'zod';
import { handle, type JobQueue, type SharedProcess, type Serving } from '../src/index.js';
import { aborted, aGate, Bench, echo, inMs, until } from './bench.js';

const options = { concurrency: 4, stopGraceMs: 200 };

/** What a call promises, whichever way it goes: by the queue, or directly where both sides share a process. */
export function exerciseCalls(sharing: { readonly sharedProcess?: SharedProcess }): void {
  let bench: Bench;
  let caller: JobQueue;
  let server: JobQueue;
  let serving: Serving | undefined;

  beforeAll(async () => {
    bench = await Bench.start();
    caller = bench.queue({ service: 'caller', ...sharing });
    server = bench.queue({ service: 'server', ...sharing });
  });
  afterAll(async () => {
    await bench[Symbol.asyncDispose]();
  });
  beforeEach(() => {
    serving = undefined;
  });
  afterEach(async () => {
    await serving?.[Symbol.asyncDispose]();
  });

  it('brings the answer, and hands the handler what it needs', async () => {
    const deadlineAt = inMs(5000);
    serving = await server.serve(
      'test',
      [
        handle(echo, async ({ text }, context) => {
          expect(context).toMatchObject({ deadlineAt, requestId: 'r-1', idempotencyKey: 'k-1', deliveryAttempt: 1 });
          return { text: `${text}!` };
        }),
      ],
      options,
    );
    const answer = await caller.call(echo, { text: 'hello' }, { deadlineAt, requestId: 'r-1', idempotencyKey: 'k-1' });
    expect(answer).toEqual({ text: 'hello!' });
  });

  it('answers many at once, each with its own', async () => {
    serving = await server.serve('test', [handle(echo, async (request) => request)], options);
    const texts = Array.from({ length: 300 }, (_, index) => String(index));
    const answers = await Promise.all(
      texts.map(async (text) => await caller.call(echo, { text }, { deadlineAt: inMs(10_000) })),
    );
    expect(answers.map(({ text }) => text)).toEqual(texts);
  });

  it('carries a MeshError across, and hides the text of any other', async () => {
    serving = await server.serve(
      'test',
      [
        handle(echo, async ({ text }) => {
          if (text === 'known')
            throw new MeshError('QUOTA_EXCEEDED', 'too much', { retryAfterSeconds: 3, field: 'text' });
          throw new Error('secret path');
        }),
      ],
      options,
    );
    const call = async (text: string) => await caller.call(echo, { text }, { deadlineAt: inMs(5000) });
    await expect(call('known')).rejects.toMatchObject({
      code: 'QUOTA_EXCEEDED',
      message: 'too much',
      retryAfterSeconds: 3,
      field: 'text',
    });
    await expect(call('foreign')).rejects.toMatchObject({
      code: 'INTERNAL',
      message: expect.not.stringContaining('secret'),
    });
  });

  it('checks both values at both ends', async () => {
    const loose = defineCall({
      ...echo,
      request: z.object({ text: z.unknown() }),
      response: z.object({ text: z.unknown() }),
    });
    const strict = handle(echo, async ({ text }) => ({ text: text === 'bad' ? (7 as unknown as string) : text }));
    serving = await server.serve('test', [strict], options);
    const deadlineAt = inMs(5000);
    await expect(caller.call(echo, { text: 7 as unknown as string }, { deadlineAt })).rejects.toMatchObject({
      code: 'BAD_REQUEST',
      field: 'text',
    });
    await expect(caller.call(loose, { text: 7 }, { deadlineAt })).rejects.toMatchObject({
      code: 'BAD_REQUEST',
      field: 'text',
    });
    await expect(caller.call(loose, { text: 'bad' }, { deadlineAt })).rejects.toMatchObject({ code: 'INTERNAL' });
  });

  it('refuses what is over 64 KiB, in both directions', async () => {
    serving = await server.serve('test', [handle(echo, async ({ text }) => ({ text: text.repeat(2) }))], options);
    const call = async (length: number) =>
      await caller.call(echo, { text: 'x'.repeat(length) }, { deadlineAt: inMs(5000) });
    await expect(call(70_000)).rejects.toMatchObject({ code: 'BODY_TOO_LARGE' });
    await expect(call(40_000)).rejects.toMatchObject({ code: 'BODY_TOO_LARGE' });
    expect((await call(30_000)).text).toHaveLength(60_000);
  });

  it('says so when the server speaks another version, or does not know the call', async () => {
    serving = await server.serve('test', [handle(echo, async (request) => request)], options);
    const deadlineAt = inMs(5000);
    const newer = defineCall({ ...echo, version: 2 });
    await expect(caller.call(newer, { text: 'x' }, { deadlineAt })).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      message: expect.stringMatching(/version 2.*version 1/u),
    });
    const unknown = defineCall({ ...echo, name: 'test.other' });
    await expect(caller.call(unknown, { text: 'x' }, { deadlineAt })).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    });
  });

  it('ends a wait at the deadline, and aborts the handler', async () => {
    const reason = aGate<unknown>();
    serving = await server.serve(
      'test',
      [
        handle(echo, async (request, { signal }) => {
          reason.open(await aborted(signal));
          return request;
        }),
      ],
      options,
    );
    await expect(caller.call(echo, { text: 'x' }, { deadlineAt: inMs(100) })).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
    expect(await reason.opened).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
  });

  it('takes a waiting call out of the queue when the caller leaves', async () => {
    const leaving = new AbortController();
    const call = caller.call(echo, { text: 'x' }, { deadlineAt: inMs(5000), signal: leaving.signal });
    await until(async () => (await caller.counts('test')).queued === 1);
    leaving.abort();
    await expect(call).rejects.toMatchObject({ code: 'CANCELLED' });
    await until(async () => (await caller.counts('test')).queued === 0);
  });

  it('aborts the running handler when the caller leaves', async () => {
    const leaving = new AbortController();
    const started = aGate();
    const reason = aGate<unknown>();
    serving = await server.serve(
      'test',
      [
        handle(echo, async (request, { signal }) => {
          started.open();
          reason.open(await aborted(signal));
          return request;
        }),
      ],
      options,
    );
    const call = caller.call(echo, { text: 'x' }, { deadlineAt: inMs(5000), signal: leaving.signal });
    await started.opened;
    leaving.abort();
    await expect(call).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(await reason.opened).toMatchObject({ code: 'CANCELLED' });
  });

  it('refuses a call whose handler outlives the stop', async () => {
    const started = aGate();
    const stopped = aGate<unknown>();
    const stopping = await server.serve(
      'test',
      [
        handle(echo, async (_request, { signal }) => {
          started.open();
          stopped.open(await aborted(signal));
          return await new Promise<never>(() => undefined); // it never gives up
        }),
      ],
      { ...options, stopGraceMs: 50 },
    );
    const call = expect(caller.call(echo, { text: 'x' }, { deadlineAt: inMs(5000) })).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    });
    await started.opened;
    await stopping[Symbol.asyncDispose]();
    await call;
    expect(await stopped.opened).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  });

  it('pauses, resumes and changes its concurrency', async () => {
    const gate = aGate();
    serving = await server.serve(
      'test',
      [
        handle(echo, async (request) => {
          if (request.text === 'hold') await gate.opened;
          return request;
        }),
      ],
      { ...options, concurrency: 1 },
    );
    await serving.pause();
    const held = caller.call(echo, { text: 'hold' }, { deadlineAt: inMs(9000) });
    const quick = caller.call(echo, { text: 'quick' }, { deadlineAt: inMs(9000) });
    await until(async () => (await caller.counts('test')).queued === 2);
    await serving.resume();
    await until(() => serving?.activeCount === 1);
    serving.setConcurrency(2);
    expect(await quick).toEqual({ text: 'quick' });
    gate.open();
    expect(await held).toEqual({ text: 'hold' });
  });
}
