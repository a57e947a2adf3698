import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { defineCall } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import { z } from 'zod';
import { handle, SharedProcess, type JobQueue, type Serving } from '../src/index.js';
import { aborted, aGate, Bench, echo as jobEcho, inMs, until } from './bench.js';

const options = { concurrency: 4, stopGraceMs: 200 };

/** The way of a call: as a job of BullMQ, as an ask, or directly where both sides share a process. */
export type Way = 'job' | 'ask' | 'direct';

interface Sides {
  caller: JobQueue;
  server: JobQueue;
  /** Ends with the test. */
  serving: Serving | undefined;
}

function meet(way: Way): Sides {
  const sides = {} as Sides;
  let bench: Bench;

  beforeAll(async () => {
    bench = await Bench.start();
    const sharing = way === 'direct' ? { sharedProcess: new SharedProcess() } : {};
    sides.caller = bench.queue({ service: 'caller', ...sharing });
    sides.server = bench.queue({ service: 'server', ...sharing });
  });
  afterAll(async () => {
    await bench[Symbol.asyncDispose]();
  });
  afterEach(async () => {
    await sides.serving?.[Symbol.asyncDispose]();
    sides.serving = undefined;
  });
  return sides;
}

function echoOf(way: Way): typeof jobEcho {
  return way === 'ask' ? defineCall({ ...jobEcho, repeatable: true }) : jobEcho;
}

/** What every call promises. */
export function exerciseCalls(way: Way): void {
  const sides = meet(way);
  const echo = echoOf(way);

  it('brings the answer, and hands the handler what it needs', async () => {
    const deadlineAt = inMs(5000);
    sides.serving = await sides.server.serve(
      'test',
      [
        handle(echo, async ({ text }, context) => {
          expect(context).toMatchObject({ deadlineAt, requestId: 'r-1', idempotencyKey: 'k-1', deliveryAttempt: 1 });
          return { text: `${text}!` };
        }),
      ],
      options,
    );
    const answer = await sides.caller.call(
      echo,
      { text: 'hello' },
      { deadlineAt, requestId: 'r-1', idempotencyKey: 'k-1' },
    );
    expect(answer).toEqual({ text: 'hello!' });
  });

  it('answers many at once, each with its own', async () => {
    sides.serving = await sides.server.serve('test', [handle(echo, async (request) => request)], options);
    const texts = Array.from({ length: 300 }, (_, index) => String(index));
    const answers = await Promise.all(
      texts.map(async (text) => await sides.caller.call(echo, { text }, { deadlineAt: inMs(10_000) })),
    );
    expect(answers.map(({ text }) => text)).toEqual(texts);
  });

  it('carries a MeshError across, and hides the text of any other', async () => {
    sides.serving = await sides.server.serve(
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
    const call = async (text: string) => await sides.caller.call(echo, { text }, { deadlineAt: inMs(5000) });
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
    sides.serving = await sides.server.serve('test', [strict], options);
    const deadlineAt = inMs(5000);
    await expect(sides.caller.call(echo, { text: 7 as unknown as string }, { deadlineAt })).rejects.toMatchObject({
      code: 'BAD_REQUEST',
      field: 'text',
    });
    await expect(sides.caller.call(loose, { text: 7 }, { deadlineAt })).rejects.toMatchObject({
      code: 'BAD_REQUEST',
      field: 'text',
    });
    await expect(sides.caller.call(loose, { text: 'bad' }, { deadlineAt })).rejects.toMatchObject({ code: 'INTERNAL' });
  });

  it('refuses what is over 64 KiB, in both directions', async () => {
    sides.serving = await sides.server.serve(
      'test',
      [handle(echo, async ({ text }) => ({ text: text.repeat(2) }))],
      options,
    );
    const call = async (length: number) =>
      await sides.caller.call(echo, { text: 'x'.repeat(length) }, { deadlineAt: inMs(5000) });
    await expect(call(70_000)).rejects.toMatchObject({ code: 'BODY_TOO_LARGE' });
    await expect(call(40_000)).rejects.toMatchObject({ code: 'BODY_TOO_LARGE' });
    expect((await call(30_000)).text).toHaveLength(60_000);
  });

  it('says so when the server speaks another version, or does not know the call', async () => {
    sides.serving = await sides.server.serve('test', [handle(echo, async (request) => request)], options);
    const deadlineAt = inMs(5000);
    const newer = defineCall({ ...echo, version: 2 });
    await expect(sides.caller.call(newer, { text: 'x' }, { deadlineAt })).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      message: expect.stringMatching(/version 2.*version 1/u),
    });
    const unknown = defineCall({ ...echo, name: 'test.other' });
    await expect(sides.caller.call(unknown, { text: 'x' }, { deadlineAt })).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    });
  });

  it('ends a wait at the deadline, and aborts the handler', async () => {
    const reason = aGate<unknown>();
    sides.serving = await sides.server.serve(
      'test',
      [
        handle(echo, async (request, { signal }) => {
          reason.open(await aborted(signal));
          return request;
        }),
      ],
      options,
    );
    await expect(sides.caller.call(echo, { text: 'x' }, { deadlineAt: inMs(100) })).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
    expect(await reason.opened).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
  });

  it('refuses a call whose handler outlives the stop', async () => {
    const started = aGate();
    const stopped = aGate<unknown>();
    const stopping = await sides.server.serve(
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
    const call = expect(sides.caller.call(echo, { text: 'x' }, { deadlineAt: inMs(5000) })).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    });
    await started.opened;
    await stopping[Symbol.asyncDispose]();
    await call;
    expect(await stopped.opened).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  });
}

/** What a call promises besides, unless it is an ask. */
export function exerciseLeaving(way: Exclude<Way, 'ask'>): void {
  const sides = meet(way);
  const echo = jobEcho;

  it('takes a waiting call out of the queue when the caller leaves', async () => {
    const leaving = new AbortController();
    const call = sides.caller.call(echo, { text: 'x' }, { deadlineAt: inMs(5000), signal: leaving.signal });
    await until(async () => (await sides.caller.counts('test')).queued === 1);
    leaving.abort();
    await expect(call).rejects.toMatchObject({ code: 'CANCELLED' });
    await until(async () => (await sides.caller.counts('test')).queued === 0);
  });

  it('aborts the running handler when the caller leaves', async () => {
    const leaving = new AbortController();
    const started = aGate();
    const reason = aGate<unknown>();
    sides.serving = await sides.server.serve(
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
    const call = sides.caller.call(echo, { text: 'x' }, { deadlineAt: inMs(5000), signal: leaving.signal });
    await started.opened;
    leaving.abort();
    await expect(call).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(await reason.opened).toMatchObject({ code: 'CANCELLED' });
  });

  it('pauses, resumes and changes its concurrency', async () => {
    const gate = aGate();
    sides.serving = await sides.server.serve(
      'test',
      [
        handle(echo, async (request) => {
          if (request.text === 'hold') await gate.opened;
          return request;
        }),
      ],
      { ...options, concurrency: 1 },
    );
    await sides.serving.pause();
    const held = sides.caller.call(echo, { text: 'hold' }, { deadlineAt: inMs(9000) });
    const quick = sides.caller.call(echo, { text: 'quick' }, { deadlineAt: inMs(9000) });
    await until(async () => (await sides.caller.counts('test')).queued === 2);
    await sides.serving.resume();
    await until(() => sides.serving?.activeCount === 1);
    sides.serving.setConcurrency(2);
    expect(await quick).toEqual({ text: 'quick' });
    gate.open();
    expect(await held).toEqual({ text: 'hold' });
  });
}
