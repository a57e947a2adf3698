import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { applyAcl, connectRedis, createPassword, whenReady, type RedisClient } from '@infermesh/redis';
import { aclFor, handle, type AclNeeds, type JobQueue } from '../src/index.js';
import { aborted, aGate, Bench, echo, inMs, until } from './bench.js';

const options = { concurrency: 2, stopGraceMs: 200 };
const repeat = handle(echo, async (request) => request);

describe('aclFor', () => {
  let bench: Bench;
  let gateway: JobQueue;
  let workerA: JobQueue;
  let rawA: RedisClient;
  let dispatcher: JobQueue;
  const closing: RedisClient[] = [];

  async function aUser(needs: AclNeeds): Promise<{ queue: JobQueue; raw: RedisClient }> {
    const name = `user-${needs.service}`;
    const password = createPassword();
    await applyAcl(bench.redis.url, [{ name, password, ...aclFor(needs) }]);
    const redisUrl = bench.redis.urlFor(name, password);
    const raw = connectRedis({ url: redisUrl, purpose: 'request', name });
    closing.push(raw);
    await whenReady(raw, 5000);
    return { queue: bench.queue({ redisUrl, service: needs.service }), raw };
  }

  beforeAll(async () => {
    bench = await Bench.start();
    ({ queue: gateway } = await aUser({ service: 'gateway', calls: ['auth', 'ep-*'] }));
    ({ queue: workerA, raw: rawA } = await aUser({
      service: 'worker-a',
      serves: ['ep-a'],
      calls: ['jobs-a'],
      events: false,
    }));
    ({ queue: dispatcher } = await aUser({ service: 'dispatcher', serves: ['jobs-*'], manages: ['ep-*'] }));
  });
  afterAll(async () => {
    for (const redis of closing) redis.disconnect();
    await bench[Symbol.asyncDispose]();
  });

  it('lets a server serve, a caller call, cancel and stream', async () => {
    const started = aGate();
    const reason = aGate<unknown>();
    await using _serving = await workerA.serve(
      'ep-a',
      [
        handle(echo, async (request, { emit, signal }) => {
          await emit('part');
          if (request.text === 'hold') {
            started.open();
            reason.open(await aborted(signal));
          }
          return request;
        }),
      ],
      options,
    );
    const stream = gateway.stream(echo, { text: 'x' }, { deadlineAt: inMs(5000), queue: 'ep-a' });
    const parts: unknown[] = [];
    for await (const part of stream) parts.push(part);
    expect(parts).toEqual(['part']);
    const leaving = new AbortController();
    const held = gateway.call(
      echo,
      { text: 'hold' },
      { deadlineAt: inMs(5000), queue: 'ep-a', signal: leaving.signal },
    );
    await started.opened;
    leaving.abort();
    await expect(held).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(await reason.opened).toMatchObject({ code: 'CANCELLED' });
  });

  it('lets a caller take its own waiting call back', async () => {
    const leaving = new AbortController();
    const call = gateway.call(echo, { text: 'x' }, { deadlineAt: inMs(5000), queue: 'auth', signal: leaving.signal });
    await until(async () => (await gateway.counts('auth')).queued === 1);
    leaving.abort();
    await expect(call).rejects.toMatchObject({ code: 'CANCELLED' });
    await until(async () => (await gateway.counts('auth')).queued === 0);
  });

  it('lets a manager submit, look up, count and cancel', async () => {
    await dispatcher.submit(echo, [{ jobId: 'm-1', request: { text: 'x' } }], { queue: 'ep-a' });
    await dispatcher.submit(echo, [{ jobId: 'm-1', request: { text: 'x' } }], { queue: 'ep-a' });
    expect(await dispatcher.state('ep-a', 'm-1')).toBe('queued');
    expect((await dispatcher.counts('ep-a')).queued).toBe(1);
    expect(await dispatcher.cancel('ep-a', 'm-1')).toBe('removed');
    expect(await dispatcher.appendEvent('m-1', 'ended', null)).toBeGreaterThan(0);
  });

  it('lets a puller take and finish', async () => {
    const { queue: puller } = await aUser({ service: 'puller', serves: ['ep-pull'] });
    const call = gateway.call(echo, { text: 'x' }, { deadlineAt: inMs(5000), queue: 'ep-pull' });
    const [lease] = await puller.take('ep-pull', echo, { max: 1, waitMs: 5000, leaseMs: 5000 });
    await puller.leases.finish(echo, lease?.token ?? '', { response: { text: 'done' } });
    expect(await call).toEqual({ text: 'done' });
  });

  it.each(['ep-b', 'auth', 'jobs-b'])('keeps the worker of one endpoint out of %s', async (queue) => {
    await bench.queue().submit(echo, [{ jobId: 'secret-1', request: { text: 'secret' } }], { queue });
    const key = `{bull-${queue}}:${queue}`;
    const denied = 'NOPERM';
    await expect(rawA.hgetall(`${key}:secret-1`)).rejects.toThrow(denied);
    await expect(rawA.lrange(`${key}:wait`, 0, -1)).rejects.toThrow(denied);
    await expect(rawA.lpush(`${key}:wait`, 'mine')).rejects.toThrow(denied);
    await expect(rawA.del(`${key}:secret-1`)).rejects.toThrow(denied);
    await expect(rawA.publish(`cancel.${queue}`, '{}')).rejects.toThrow(denied);
    await expect(rawA.subscribe(`cancel.${queue}`)).rejects.toThrow(denied);
    const refused = { code: 'CONFIG_INVALID' };
    const call = workerA.call(echo, { text: 'x' }, { deadlineAt: inMs(5000), queue });
    await expect(call).rejects.toMatchObject(refused);
    await expect(workerA.submit(echo, [{ jobId: 'mine-1', request: { text: 'x' } }], { queue })).rejects.toMatchObject(
      refused,
    );
    await expect(workerA.cancel(queue, 'secret-1')).rejects.toMatchObject(refused);
    await expect(workerA.state(queue, 'secret-1')).rejects.toMatchObject(refused);
    await expect(workerA.serve(queue, [repeat], options)).rejects.toMatchObject(refused);
  });

  it("keeps a caller from reading other callers' requests", async () => {
    await using _serving = await dispatcher.serve('jobs-a', [repeat], options);
    expect(await workerA.call(echo, { text: 'x' }, { deadlineAt: inMs(5000), queue: 'jobs-a' })).toEqual({ text: 'x' });
    await bench.admin.hset('{bull-jobs-a}:jobs-a:gateway.1', 'data', 'secret');
    await expect(rawA.hgetall('{bull-jobs-a}:jobs-a:gateway.1')).rejects.toThrow('NOPERM');
    const script = "return redis.call('HGET', '{bull-jobs-a}:jobs-a:gateway.1', 'data')";
    await expect(rawA.eval(script, 0)).rejects.toThrow("can't access");
    await expect(rawA.eval(script, 1, '{bull-jobs-a}:jobs-a:wait')).rejects.toThrow("can't access");
  });

  it('keeps reply streams and events apart', async () => {
    const stream = `{reply-gateway.${gateway.instanceId}}`;
    expect(await bench.admin.exists(stream)).toBe(1);
    await expect(rawA.xrange(stream, '-', '+')).rejects.toThrow('NOPERM');
    await expect(rawA.xread('STREAMS', stream, '0')).rejects.toThrow('NOPERM');
    await expect(rawA.del(stream)).rejects.toThrow('NOPERM');
    await expect(rawA.xrange('{events-m-1}', '-', '+')).rejects.toThrow('NOPERM');
    await expect(rawA.publish('job.m-1', '')).rejects.toThrow('NOPERM');
  });
});
