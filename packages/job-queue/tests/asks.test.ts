import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { defineCall } from '@infermesh/contracts';
import { ResourceStack } from '@infermesh/lifecycle';
import { applyAcl, connectRedis, createPassword, whenReady } from '@infermesh/redis';
import { aclFor, handle, type JobQueue } from '../src/index.js';
import { aGate, Bench, echo as jobEcho, inMs, until } from './bench.js';
import { exerciseCalls } from './exercise-calls.js';

const options = { concurrency: 2, stopGraceMs: 200 };
const echo = defineCall({ ...jobEcho, repeatable: true });
const asks = '{bull-test}:test:asks';

describe('call that bears repetition', () => {
  exerciseCalls('ask');
});

describe('asks', () => {
  let ground: ResourceStack;
  let bench: Bench;
  let caller: JobQueue;
  let server: JobQueue;

  beforeEach(async () => {
    ground = new ResourceStack();
    bench = ground.use(await Bench.start());
    caller = bench.queue({ service: 'caller' });
    server = bench.queue({ service: 'server' });
  });
  afterEach(async () => {
    await ground[Symbol.asyncDispose]();
  });

  const ask = async (text: string, deadlineAt = inMs(10_000)) =>
    (await caller.call(echo, { text }, { deadlineAt })).text;

  it('leave nothing in Redis but the readers of answers', async () => {
    await server.serve('test', [handle(echo, async (request) => request)], options);
    await Promise.all(Array.from({ length: 100 }, (_, index) => ask(String(index))));
    expect((await bench.keys()).filter((key) => !key.startsWith('{reply-'))).toEqual([]);
  });

  it('wait for who serves them, and are passed over when it is too late', async () => {
    const late = expect(ask('late', inMs(50))).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    const early = ask('early');
    await late;
    await until(async () => (await bench.admin.llen(asks)) === 2);
    const seen: string[] = [];
    await server.serve(
      'test',
      [
        handle(echo, async (request) => {
          seen.push(request.text);
          return request;
        }),
      ],
      options,
    );
    expect(await early).toBe('early');
    expect(seen).toEqual(['early']);
  });

  it('expire where nobody ever serves them', async () => {
    await expect(ask('x', inMs(50))).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    const lifeMs = await bench.admin.pttl(asks);
    expect(lifeMs).toBeGreaterThan(0);
    expect(lifeMs).toBeLessThanOrEqual(120_000);
  });

  it('are refused over ten thousand that wait', async () => {
    await bench.admin.rpush(asks, ...Array.from({ length: 10_000 }, () => ''));
    await expect(ask('x')).rejects.toMatchObject({ code: 'QUEUE_FULL', retryAfterSeconds: 1 });
    expect(await bench.admin.llen(asks)).toBe(10_000); // nobody begins later what was refused
  });

  it('are taken as there is room, and rest while the serving pauses', async () => {
    const gate = aGate();
    const serving = await server.serve(
      'test',
      [
        handle(echo, async (request) => {
          await gate.opened;
          return request;
        }),
      ],
      options,
    );
    const answers = Promise.all(['1', '2', '3', '4', '5'].map((text) => ask(text)));
    await until(async () => serving.activeCount === 2 && (await bench.admin.llen(asks)) === 3);
    serving.setConcurrency(4);
    await until(() => serving.activeCount === 4);
    await serving.pause();
    gate.open();
    await until(() => serving.activeCount === 0);
    expect(await bench.admin.llen(asks)).toBe(1);
    await serving.resume();
    expect(await answers).toEqual(['1', '2', '3', '4', '5']);
  });

  it('are left to others while handlers whose callers gave up hold all places', async () => {
    const gate = aGate();
    const hung = await server.serve(
      'test',
      [
        handle(echo, async (request) => {
          await gate.opened;
          return request;
        }),
      ],
      { ...options, stopGraceMs: 30_000 },
    );
    const gaveUp = ['1', '2'].map((text) =>
      expect(ask(text, inMs(300))).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' }),
    );
    await until(() => hung.activeCount === 2);
    await Promise.all(gaveUp);
    const healthy = bench.queue({ service: 'healthy' });
    await healthy.serve('test', [handle(echo, async (request) => request)], options);
    for (let call = 0; call < 10; call += 1) expect(await ask('next')).toBe('next');
    let isStopped = false;
    const stopping = hung[Symbol.asyncDispose]().then(() => {
      isStopped = true;
    });
    const again = hung[Symbol.asyncDispose]();
    expect(await ask('meanwhile')).toBe('meanwhile');
    expect(isStopped).toBe(false); // it waits for what runs, whoever still waits for that
    gate.open();
    await Promise.all([stopping, again]);
  });

  it('are shared among servers, and what one has taken when it stops is answered', async () => {
    const gate = aGate();
    const hold = handle(echo, async (request) => {
      await gate.opened;
      return request;
    });
    const first = await server.serve('test', [hold], { ...options, stopGraceMs: 30_000 });
    const held = ask('held');
    await until(() => first.activeCount === 1);
    const stopped = first[Symbol.asyncDispose]();
    const other = bench.queue({ service: 'other' });
    await other.serve('test', [handle(echo, async ({ text }) => ({ text: `${text} by the other` }))], options);
    expect(await ask('next')).toBe('next by the other');
    gate.open();
    expect(await held).toBe('held');
    await stopped;
  });

  it('go on when Redis cuts all connections', async () => {
    await server.serve('test', [handle(echo, async (request) => request)], options);
    expect(await ask('before')).toBe('before');
    await bench.cutConnections();
    const again = async (): Promise<boolean> =>
      ask('after', inMs(1000)).then(
        () => true,
        () => false,
      );
    await until(again);
  });

  it('that cannot be read are dropped, and the next is answered', async () => {
    await server.serve('test', [handle(echo, async (request) => request)], options);
    const deep = '['.repeat(50_000) + ']'.repeat(50_000);
    const planted = ['{{{', 'null', '7', deep, '{"v":1}', JSON.stringify({ id: 7, replyTo: '{reply-a.b}' })];
    await bench.admin.rpush(asks, ...planted);
    expect(await ask('after')).toBe('after');
  });

  it('of another version of the queue are told so', async () => {
    await server.serve('test', [handle(echo, async (request) => request)], options);
    const replyTo = '{reply-probe.1}';
    await bench.admin.xadd(replyTo, '*', 'o', '');
    await bench.admin.rpush(asks, JSON.stringify({ v: 2, id: 'probe-1', replyTo }));
    await until(async () => (await bench.admin.xlen(replyTo)) === 2);
    const [, entry] = await bench.admin.xrange(replyTo, '-', '+');
    expect(entry?.[1].join(' ')).toContain('SERVICE_UNAVAILABLE');
  });

  it('can be written, and not read, by a caller with the rights of one', async () => {
    const password = createPassword();
    const rules = aclFor({ service: 'worker', serves: ['ep-a'], calls: ['test'], events: false });
    await applyAcl(bench.redis.url, [{ name: 'worker', password, ...rules }]);
    const redisUrl = bench.redis.urlFor('worker', password);
    const worker = bench.queue({ redisUrl, service: 'worker' });
    const raw = connectRedis({ url: redisUrl, purpose: 'request', name: 'raw' });
    ground.defer(() => {
      raw.disconnect();
    });
    await whenReady(raw, 5000);
    const asked = worker.call(echo, { text: 'x' }, { deadlineAt: inMs(10_000) });
    await until(async () => (await bench.admin.llen(asks)) === 1);
    await expect(raw.lrange(asks, 0, -1)).rejects.toThrow('NOPERM');
    await expect(raw.lpop(asks)).rejects.toThrow('NOPERM');
    await expect(worker.serve('test', [handle(echo, async (request) => request)], options)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });
    await server.serve('test', [handle(echo, async (request) => request)], options);
    expect(await asked).toEqual({ text: 'x' });
  });
});
