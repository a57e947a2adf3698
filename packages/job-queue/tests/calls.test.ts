import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Metrics } from '@infermesh/telemetry';
import { handle, type JobQueue, type Serving } from '../src/index.js';
import { aborted, aGate, Bench, echo, inMs, logger, until } from './bench.js';
import { exerciseCalls, exerciseLeaving } from './exercise-calls.js';

const options = { concurrency: 4, stopGraceMs: 200 };

describe('call', () => {
  exerciseCalls('job');
  exerciseLeaving('job');
});

describe('call by the queue', () => {
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

  it('leaves nothing in Redis but the queue itself and its readers', async () => {
    serving = await server.serve('test', [handle(echo, async (request) => request)], options);
    await caller.call(echo, { text: 'x' }, { deadlineAt: inMs(5000) });
    await until(async () => (await caller.counts('test')).active === 0);
    const keys = await bench.keys();
    expect(
      keys.filter((key) => !/:(meta|id|events|marker|stalled|stalled-check|pc|cancelled)$|^\{reply-/u.test(key)),
    ).toEqual([]);
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
