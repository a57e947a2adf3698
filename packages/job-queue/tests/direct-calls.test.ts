import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { defineCall } from '@infermesh/contracts';
import { ResourceStack } from '@infermesh/lifecycle';
import { Metrics } from '@infermesh/telemetry';
import { z } from 'zod';
import { handle, SharedProcess, type JobQueue } from '../src/index.js';
import { aGate, Bench, echo, inMs, until } from './bench.js';
import { exerciseCalls, exerciseLeaving } from './exercise-calls.js';

const options = { concurrency: 2, stopGraceMs: 200 };

describe('call of a service in the same process', () => {
  exerciseCalls('direct');
  exerciseLeaving('direct');
});

describe('services that share a process', () => {
  let ground: ResourceStack;
  let bench: Bench;
  let caller: JobQueue;
  let server: JobQueue;

  beforeEach(async () => {
    ground = new ResourceStack();
    bench = ground.use(await Bench.start());
    const sharedProcess = new SharedProcess();
    caller = bench.queue({ service: 'caller', sharedProcess });
    server = bench.queue({ service: 'server', sharedProcess });
  });
  afterEach(async () => {
    await ground[Symbol.asyncDispose]();
  });

  it('need no Redis for a call, also when it is gone', async () => {
    await server.serve('test', [handle(echo, async (request) => request)], options);
    const before = await bench.countCommands('evalsha');
    for (let call = 0; call < 20; call += 1) await caller.call(echo, { text: 'x' }, { deadlineAt: inMs(5000) });
    expect(await bench.countCommands('evalsha')).toBe(before);
    await bench.redis[Symbol.asyncDispose]();
    expect(await caller.call(echo, { text: 'still' }, { deadlineAt: inMs(5000) })).toEqual({ text: 'still' });
  });

  it('hand each other copies', async () => {
    const loose = defineCall({
      name: 'test.loose',
      queue: 'test',
      version: 1,
      request: z.object({ list: z.unknown() }),
      response: z.object({ list: z.unknown() }),
    });
    const kept = { list: [1] };
    await server.serve(
      'test',
      [
        handle(loose, async ({ list }) => {
          (list as number[]).push(2);
          return kept;
        }),
      ],
      options,
    );
    const request = { list: [0] };
    const { list } = await caller.call(loose, request, { deadlineAt: inMs(5000) });
    (list as number[]).push(3);
    expect([request.list, kept.list]).toEqual([[0], [1]]);
  });

  it('still answers callers of other processes', async () => {
    await server.serve('test', [handle(echo, async ({ text }) => ({ text: `${text}!` }))], options);
    const stranger = bench.queue({ service: 'stranger' });
    expect(await stranger.call(echo, { text: 'hello' }, { deadlineAt: inMs(5000) })).toEqual({ text: 'hello!' });
  });

  it('handle no more at a time than the serving says, in order of arrival, and pass over who left', async () => {
    const gate = aGate();
    const begun: string[] = [];
    await server.serve(
      'test',
      [
        handle(echo, async (request) => {
          begun.push(request.text);
          await gate.opened;
          return request;
        }),
      ],
      options,
    );
    const leaving = new AbortController();
    const call = (text: string, signal?: AbortSignal) =>
      caller.call(echo, { text }, { deadlineAt: inMs(9000), ...(signal === undefined ? {} : { signal }) });
    const first = [call('1'), call('2')];
    const left = expect(call('3', leaving.signal)).rejects.toMatchObject({ code: 'CANCELLED' });
    const last = call('4');
    await until(() => begun.length === 2);
    leaving.abort();
    await left;
    expect(begun).toEqual(['1', '2']);
    gate.open();
    await Promise.all([...first, last]);
    expect(begun).toEqual(['1', '2', '4']);
  });

  it('refuse callers over ten thousand that wait, and go on', async () => {
    const gate = aGate();
    await server.serve(
      'test',
      [
        handle(echo, async (request) => {
          await gate.opened;
          return request;
        }),
      ],
      options,
    );
    const calls = Array.from({ length: 10_003 }, () => caller.call(echo, { text: 'x' }, { deadlineAt: inMs(60_000) }));
    const [refusal] = await Promise.allSettled([calls.at(-1)]);
    expect(refusal).toMatchObject({ status: 'rejected', reason: { code: 'QUEUE_FULL', retryAfterSeconds: 1 } });
    gate.open();
    const ended = await Promise.allSettled(calls);
    expect(ended.filter(({ status }) => status === 'fulfilled')).toHaveLength(10_002);
  });

  it('find the one that serves anew after the one before has stopped', async () => {
    const first = await server.serve('test', [handle(echo, async () => ({ text: 'first' }))], options);
    await first[Symbol.asyncDispose]();
    await server.serve('test', [handle(echo, async () => ({ text: 'second' }))], options);
    expect(await caller.call(echo, { text: 'x' }, { deadlineAt: inMs(5000) })).toEqual({ text: 'second' });
  });

  it('wait for running calls when they stop', async () => {
    const [started, gate] = [aGate(), aGate()];
    const serving = await server.serve(
      'test',
      [
        handle(echo, async (request) => {
          started.open();
          await gate.opened;
          return request;
        }),
      ],
      { ...options, stopGraceMs: 30_000 },
    );
    const call = caller.call(echo, { text: 'x' }, { deadlineAt: inMs(30_000) });
    await started.opened;
    const stopped = [serving[Symbol.asyncDispose](), serving[Symbol.asyncDispose](), server[Symbol.asyncDispose]()];
    gate.open();
    expect(await call).toEqual({ text: 'x' });
    await Promise.all(stopped);
    await serving.resume();
    await expect(caller.call(echo, { text: 'x' }, { deadlineAt: inMs(300) })).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
  });

  it('count calls and deliveries', async () => {
    const metrics = new Metrics();
    const own = bench.queue({ service: 'metered', metrics, sharedProcess: new SharedProcess() });
    await own.serve('metered', [handle(echo, async (request) => request)], options);
    await own.call(echo, { text: 'x' }, { deadlineAt: inMs(5000), queue: 'metered' });
    const { body } = await metrics.render();
    expect(body).toContain('mesh_call_duration_seconds_count{contract="test.echo",outcome="ok"} 1');
    expect(body).toContain(
      'mesh_delivery_duration_seconds_count{queue="metered",contract="test.echo",kind="call",outcome="ok"} 1',
    );
  });
});
