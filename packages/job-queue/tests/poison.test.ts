import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { applyAcl, connectRedis, createPassword, whenReady, type RedisClient } from '@infermesh/redis';
import { aclFor, createJobQueue, handle, type JobQueue } from '../src/index.js';
import { Bench, echo, inMs, logger, until } from './bench.js';

/** A consumer of the queue `own` who may call the queue `test`: what a worker is. Its program is not ours any more. */
describe('a writer with bad intent', () => {
  let bench: Bench;
  let caller: JobQueue;
  let attackerUrl: string;
  let attacker: RedisClient;
  const seen: string[] = [];

  beforeAll(async () => {
    bench = await Bench.start();
    const server = bench.queue({ service: 'server', lookMs: 200 });
    caller = bench.queue({ service: 'caller' });
    const answer = handle(echo, (request) => {
      seen.push(request.text);
      return Promise.resolve(request);
    });
    await server.serve('test', [answer], { concurrency: 4, stopGraceMs: 100, lockMs: 500, stalledIntervalMs: 200 });
    const password = createPassword();
    const rules = aclFor({ service: 'own', serves: ['own'], calls: ['test'], events: false });
    await applyAcl(bench.redis.url, [{ name: 'attacker', password, ...rules }]);
    attackerUrl = bench.redis.urlFor('attacker', password);
    attacker = connectRedis({ url: attackerUrl, purpose: 'request', name: 'attacker' });
    await whenReady(attacker, 5_000);
  });
  afterAll(async () => {
    attacker.disconnect();
    await bench[Symbol.asyncDispose]();
  });

  let count = 0;
  /** Writes a job past BullMQ, as it would lie in Redis. */
  async function plant(data: string, more: Record<string, string> = {}): Promise<string> {
    count += 1;
    const id = `poison-${String(count)}`;
    await attacker.hset(`{bull-test}:test:${id}`, { name: 'test.echo', data, opts: '{}', timestamp: '1', ...more });
    await attacker.lpush('{bull-test}:test:wait', id);
    await attacker.zadd('{bull-test}:test:marker', 0, '0');
    return id;
  }

  async function expectService(text: string): Promise<void> {
    expect(await caller.call(echo, { text }, { deadlineAt: inMs(10_000) })).toEqual({ text });
  }

  const envelope = (more: object): string =>
    JSON.stringify({
      v: 1,
      kind: 'call',
      name: 'test.echo',
      version: 1,
      request: { text: 'planted' },
      requestId: 'r',
      deadlineAt: inMs(60_000),
      ...more,
    });

  it.each<[string, () => string, Record<string, string>]>([
    ['that are no JSON', () => '{{{', {}],
    ['that are null', () => 'null', {}],
    ['that are of another shape', () => '[1,{"replyTo":7}]', {}],
    ['nested 50,000 deep', () => '['.repeat(50_000) + ']'.repeat(50_000), {}],
    ['of 2 MB', () => envelope({ request: { text: 'x'.repeat(2_000_000), more: 1 } }), {}],
    ['with options that are no JSON', () => envelope({}), { opts: '{{{' }],
    [
      'with a parent in a queue of another',
      () => envelope({}),
      { parentKey: '{bull-auth}:auth:1', parent: '{"id":"1"}' },
    ],
    ['with a key __proto__', () => envelope({}).replace('"v":1', '"__proto__":{"v":9},"v":1'), {}],
    ['with the name of a method', () => envelope({ name: 'constructor' }), { name: '__proto__' }],
  ])(
    'plants entries %s, and the queue goes on',
    async (_name, data, more) => {
      for (let copy = 0; copy < 5; copy += 1) await plant(data(), more);
      await expectService('after');
      expect(seen.at(-1)).toBe('after');
    },
    15_000,
  );

  it('cannot make a service write to a stream that it may not write to itself', async () => {
    const reader = bench.queue({ service: 'reader' });
    const events: unknown[] = [];
    const stop = new AbortController();
    await caller.appendEvent('auth', 'first', 1);
    const following = (async (): Promise<void> => {
      for await (const event of reader.follow('auth', { signal: stop.signal })) events.push(event.type);
    })();
    await expect(attacker.xadd('{events-auth}', '*', 't', 'changed', 'd', '{}')).rejects.toThrow('NOPERM');
    for (const replyTo of ['{events-auth}', '{bull-test}:test:events', '{reply-caller.x}{events-auth}']) {
      await plant(envelope({ replyTo }));
      await plant(JSON.stringify({ replyTo }));
    }
    await expectService('after the streams');
    await caller.appendEvent('auth', 'second', 2);
    await until(() => events.includes('second'));
    stop.abort();
    await following;
    expect(events).toEqual(['first', 'second']);
    const texts = JSON.stringify(await bench.admin.xrange('{events-auth}', '-', '+'));
    expect(texts).not.toContain('poison');
  });

  it('cannot hide later events behind one that cannot be read', async () => {
    await caller.appendEvent('job-1', 'first', 1);
    await bench.admin.xadd('{events-job-1}', '*', 'c', 'some call', 'k', 'answer', 'd', '{}');
    await bench.admin.xadd('{events-job-1}', '*', 't', 'broken', 'd', '{{{');
    await caller.appendEvent('job-1', 'second', 2);
    const types: string[] = [];
    for await (const { type } of caller.follow('job-1')) {
      types.push(type);
      if (type === 'second') break;
    }
    expect(types).toEqual(['first', 'second']);
  });

  it('writes garbage into a reply stream that it knows, and its reader goes on', async () => {
    const [stream = ''] = await bench.keys('{reply-caller.*');
    for (const fields of [
      ['c', 'x'],
      ['c', 'caller.1', 'k', 'answer', 'd', '{{{'],
      ['k', 'part', 'c', '', 'd', 'null'],
      ['a', 'b'.repeat(1_000_000)],
    ])
      await attacker.xadd(stream, '*', ...fields);
    await expectService('after the garbage');
  });

  it('ends nobody else’s call by a control message', async () => {
    for (const text of [
      '{{{',
      '{"op":"stop"}',
      '{"op":"cancel","id":"*"}',
      '{"op":"cancel","id":7}',
      'x'.repeat(1_000_000),
    ])
      await attacker.publish('cancel.test', text);
    await expectService('after the messages');
  });

  it('is refused what does not belong to it', async () => {
    const own = createJobQueue({ redisUrl: attackerUrl, service: 'own', logger });
    try {
      await expect(own.call(echo, { text: 'x' }, { queue: 'other', deadlineAt: inMs(3_000) })).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
      });
      expect(await own.call(echo, { text: 'mine' }, { deadlineAt: inMs(5_000) })).toEqual({ text: 'mine' });
    } finally {
      await own[Symbol.asyncDispose]();
    }
  });
});
