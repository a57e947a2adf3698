import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { defineCall } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import { Metrics } from '@infermesh/telemetry';
import { z } from 'zod';
import { handle, type JobQueue, type Serving } from '../src/index.js';
import { aborted, aGate, Bench, echo, inMs, logger, until } from './bench.js';

const options = { concurrency: 4, stopGraceMs: 200 };

describe('call', () => {
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

  it('leaves nothing in Redis but the queue itself and its readers', async () => {
    serving = await server.serve('test', [handle(echo, async (request) => request)], options);
    await caller.call(echo, { text: 'x' }, { deadlineAt: inMs(5000) });
    await until(async () => (await caller.counts('test')).active === 0);
    const keys = await bench.keys();
    expect(
      keys.filter((key) => !/:(meta|id|events|marker|stalled|stalled-check|pc|cancelled)$|^\{reply-/u.test(key)),
    ).toEqual([]);
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

  it('tells a caller whose envelope is of another version', async () => {
    serving = await server.serve('test', [handle(echo, async (request) => request)], options);
    await caller.call(echo, { text: 'opens the reply stream' }, { deadlineAt: inMs(5000) });
    const { Queue } = await import('bullmq');
    const foreign = new Queue('test', { connection: bench.admin, prefix: '{bull-test}' });
    const replyTo = '{reply-probe.1}';
    await bench.admin.xadd(replyTo, '*', 'o', '');
    await foreign.add('test.echo', { v: 2, replyTo }, { jobId: 'probe-1' });
    await until(async () => (await bench.admin.xlen(replyTo)) === 2);
    const [, entry] = await bench.admin.xrange(replyTo, '-', '+');
    expect(entry?.[1].join(' ')).toContain('SERVICE_UNAVAILABLE');
    await foreign.close();
    await bench.admin.del(replyTo);
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

  it('never begins a call after its deadline', async () => {
    await expect(caller.call(echo, { text: 'late' }, { deadlineAt: inMs(50) })).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
    expect((await caller.counts('test')).queued).toBe(1);
    const seen: string[] = [];
    serving = await server.serve(
      'test',
      [
        handle(echo, async (request) => {
          seen.push(request.text);
          return request;
        }),
      ],
      { ...options, concurrency: 1 },
    );
    await caller.call(echo, { text: 'next' }, { deadlineAt: inMs(5000) });
    expect(seen).toEqual(['next']);
    await expect(caller.call(echo, { text: 'x' }, { deadlineAt: inMs(-1) })).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
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

  it('tells the caller when somebody else cancels', async () => {
    const id = aGate<string>();
    serving = await server.serve(
      'test',
      [
        handle(echo, async (request, { signal, jobId }) => {
          id.open(jobId);
          await aborted(signal);
          signal.throwIfAborted();
          return request;
        }),
      ],
      options,
    );
    const call = expect(caller.call(echo, { text: 'x' }, { deadlineAt: inMs(5000) })).rejects.toMatchObject({
      code: 'CANCELLED',
    });
    expect(await server.cancel('test', await id.opened)).toBe('aborting');
    await call;
  });

  it('reaches one addressed worker', async () => {
    serving = await server.serve('worker.w1', [handle(echo, async () => ({ text: 'w1' }))], options);
    const answer = await caller.call(echo, { text: 'x' }, { deadlineAt: inMs(5000), queue: 'worker.w1' });
    expect(answer).toEqual({ text: 'w1' });
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

  it('refuses to serve one queue twice, and names that are none', async () => {
    serving = await server.serve('test', [], options);
    await expect(server.serve('test', [], options)).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(server.serve('a:b', [], options)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    await expect(caller.call(echo, { text: 'x' }, { deadlineAt: inMs(5000), queue: '*' })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });
  });

  it('leaves nothing of an overdue call where nobody serves its queue', async () => {
    const asked = caller.call(echo, { text: 'x' }, { deadlineAt: inMs(300), queue: 'unserved' });
    await expect(asked).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    await until(async () => (await bench.keys('{bull-unserved}:unserved:caller.*')).length === 0);
    expect(await caller.counts('unserved')).toEqual({ queued: 0, active: 0, delayed: 0 });
  });

  it('counts calls and deliveries', async () => {
    const metrics = new Metrics();
    await using own = { ...owned(bench.queue({ service: 'metered', metrics })) };
    serving = await own.queue.serve('metered', [handle(echo, async (request) => request)], options);
    await own.queue.call(echo, { text: 'x' }, { deadlineAt: inMs(5000), queue: 'metered' });
    const { body } = await metrics.render();
    expect(body).toContain('mesh_call_duration_seconds_count{contract="test.echo",outcome="ok"} 1');
    expect(body).toContain(
      'mesh_delivery_duration_seconds_count{queue="metered",contract="test.echo",kind="call",outcome="ok"} 1',
    );
  });

  it('fails fast while Redis cannot be reached', async () => {
    await using own = { ...owned(bench.queue({ redisUrl: 'redis://127.0.0.1:1', logger, connectGraceMs: 50 })) };
    await expect(own.queue.call(echo, { text: 'x' }, { deadlineAt: inMs(60_000) })).rejects.toMatchObject({
      code: 'QUEUE_UNAVAILABLE',
    });
    await expect(own.queue.state('test', 'x-1')).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
    await expect(own.queue.submit(echo, [{ jobId: 'x-1', request: { text: 'x' } }])).rejects.toMatchObject({
      code: 'QUEUE_UNAVAILABLE',
    });
  });

  it('ends what waits when the caller itself stops', async () => {
    const own = bench.queue({ service: 'leaver' });
    const call = expect(
      own.call(echo, { text: 'x' }, { deadlineAt: inMs(60_000), queue: 'nobody' }),
    ).rejects.toMatchObject({
      code: 'QUEUE_UNAVAILABLE',
    });
    await until(async () => (await caller.counts('nobody')).queued === 1);
    await own[Symbol.asyncDispose]();
    await call;
  });
});

function owned(queue: JobQueue) {
  return {
    queue,
    [Symbol.asyncDispose]: async () => {
      await queue[Symbol.asyncDispose]();
    },
  };
}
