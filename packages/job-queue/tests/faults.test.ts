import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { applyAcl, connectRedis, createPassword, type RedisClient } from '@infermesh/redis';
import type { Processor } from 'bullmq';
import { aclFor, handle, type JobQueue } from '../src/index.js';
import { MeshWorker } from '../src/mesh-worker.js';
import { queueKey, queueKeys } from '../src/queue-keys.js';
import { QueueServing } from '../src/queue-serving.js';
import { ReplyWriter } from '../src/reply-writer.js';
import { Subscriptions } from '../src/subscriptions.js';
import { aGate, Bench, echo, inMs, logger, until } from './bench.js';

const options = { concurrency: 4, stopGraceMs: 200 };
const repeat = handle(echo, async (request) => request);

describe('faults', () => {
  let bench: Bench;
  let caller: JobQueue;
  let server: JobQueue;

  beforeAll(async () => {
    bench = await Bench.start();
    caller = bench.queue({ service: 'caller' });
    server = bench.queue({ service: 'server' });
  });
  const opened: Disposable[] = [];
  afterAll(async () => {
    for (const one of opened) one[Symbol.dispose]();
    await bench[Symbol.asyncDispose]();
  });

  async function killRedis(queue: string): Promise<void> {
    await bench.redis.killMasterOf(queueKey(queue, 'wait'));
  }

  /** Calls until one is answered. */
  async function untilAnswered(queue: string): Promise<void> {
    await until(async () => {
      const answer = await caller
        .call(echo, { text: 'again' }, { deadlineAt: inMs(2000), queue })
        .catch(() => undefined);
      return answer?.text === 'again';
    });
  }

  it('answers calls that were running when Redis was killed, and those after', async () => {
    const gate = aGate();
    let startedCount = 0;
    await using _serving = await server.serve(
      'killed',
      [
        handle(echo, async (request) => {
          startedCount++;
          await gate.opened;
          return request;
        }),
      ],
      options,
    );
    const texts = ['1', '2', '3', '4'];
    const calls = texts.map(
      async (text) => await caller.call(echo, { text }, { deadlineAt: inMs(20_000), queue: 'killed' }),
    );
    await until(() => startedCount === 4);
    await killRedis('killed');
    gate.open();
    expect((await Promise.all(calls)).map(({ text }) => text)).toEqual(texts);
    await untilAnswered('killed');
    expect(startedCount).toBe(5);
  });

  it('answers calls that waited when Redis was killed', async () => {
    const call = caller.call(echo, { text: 'waited' }, { deadlineAt: inMs(20_000), queue: 'waiting' });
    await until(async () => (await caller.counts('waiting')).queued === 1);
    await killRedis('waiting');
    await using _serving = await server.serve('waiting', [repeat], options);
    expect(await call).toEqual({ text: 'waited' });
  });

  it('heals after a loss of all data: old calls fail, new calls, entries and events work', async () => {
    await using _serving = await server.serve('flushed', [repeat], options);
    await untilAnswered('flushed');
    const lost = expect(
      caller.call(echo, { text: 'lost' }, { deadlineAt: inMs(60_000), queue: 'nobody' }),
    ).rejects.toMatchObject({
      code: 'QUEUE_UNAVAILABLE',
    });
    await until(async () => (await caller.counts('nobody')).queued === 1);
    const before = await caller.appendEvent('flushed-1', 'before', null);
    await bench.flush();
    const answer = await caller.call(echo, { text: 'new' }, { deadlineAt: inMs(5000), queue: 'flushed' });
    expect(answer).toEqual({ text: 'new' });
    expect(await caller.appendEvent('flushed-1', 'after', null)).toBeGreaterThan(before);
    await lost;
  });

  it('ends a call whose request alone is lost, as when one master of many loses its data', async () => {
    const call = caller.call(echo, { text: 'lost' }, { deadlineAt: inMs(60_000), queue: 'forgotten' });
    await until(async () => (await caller.counts('forgotten')).queued === 1);
    await bench.admin.del(...queueKeys('forgotten'), ...(await bench.keys(queueKey('forgotten', '*'))));
    await expect(call).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
  });

  it('survives that all its connections are cut', async () => {
    await using _serving = await server.serve('cut', [repeat], options);
    await untilAnswered('cut');
    for (let round = 0; round < 3; round++) {
      await bench.cutConnections();
      await untilAnswered('cut');
    }
  });

  it('fails fast while Redis stands still, and goes on when it moves', async () => {
    const impatient = bench.queue({ service: 'impatient', commandTimeoutMs: 200 });
    await using _serving = await server.serve('still', [repeat], options);
    await untilAnswered('still');
    await impatient.call(echo, { text: 'x' }, { deadlineAt: inMs(5000), queue: 'still' });
    const goOn = await bench.redis.freezeMasterOf(queueKey('still', 'wait'));
    const call = impatient.call(echo, { text: 'x' }, { deadlineAt: inMs(60_000), queue: 'still' });
    await expect(call).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
    goOn();
    await untilAnswered('still');
  });

  it('replaces a worker that has stopped fetching', async () => {
    await using work = openWork('work', bench.redis.url);
    const workers: MeshWorker[] = [];
    await using serving = serveWith(work.client, (processor) => {
      const worker = aWorker(processor, work.client);
      workers.push(worker);
      // its loop ends at once, as after a reconnect gone wrong; everything else about it lives
      if (workers.length === 1) void worker.pause(true);
      return worker;
    });
    await serving.started();
    const answer = await caller.call(echo, { text: 'alive' }, { deadlineAt: inMs(20_000), queue: 'dead' });
    expect(answer).toEqual({ text: 'alive' });
    expect(workers).toHaveLength(2);
  });

  it('replaces a worker that Redis refused when it began, and stays awake meanwhile', async () => {
    await using work = openWork('work', bench.redis.url);
    const password = createPassword();
    await applyAcl(bench.redis.url, [
      { name: 'refused', password, ...aclFor({ service: 'refused', serves: ['dead'] }) },
    ]);
    await bench.addRule('refused', '-info'); // which BullMQ asks for once, when a worker begins
    await using refused = openWork('refused', bench.redis.urlFor('refused', password));
    const workers: MeshWorker[] = [];
    await using serving = serveWith(work.client, (processor) => {
      // the first has stopped, the second is refused for ever, as one that began before its user was made again
      const worker = aWorker(processor, workers.length === 1 ? refused.client : work.client);
      workers.push(worker);
      if (workers.length === 1) void worker.pause(true);
      return worker;
    });
    await serving.started();
    const answer = await caller.call(echo, { text: 'alive' }, { deadlineAt: inMs(25_000), queue: 'dead' });
    expect(answer).toEqual({ text: 'alive' });
    expect(workers).toHaveLength(3);
  });

  function openWork(name: string, url: string): AsyncDisposable & { readonly client: RedisClient } {
    const client = connectRedis({ url, purpose: 'blocking', name });
    return {
      client,
      [Symbol.asyncDispose]: () => {
        client.disconnect();
        return Promise.resolve();
      },
    };
  }

  function aWorker(processor: Processor, connection: RedisClient): MeshWorker {
    return new MeshWorker('dead', processor, { connection, concurrency: 1, lockMs: 6000, stalledIntervalMs: 3000 });
  }

  function serveWith(work: RedisClient, createWorker: (processor: Processor) => MeshWorker): QueueServing {
    const subscriptions = new Subscriptions(
      connectRedis({ url: bench.redis.url, purpose: 'subscriber', name: 'sub' }),
      logger,
    );
    opened.push(subscriptions);
    return new QueueServing({
      queue: 'dead',
      handlers: [repeat],
      serve: { concurrency: 1, stopGraceMs: 200 },
      work,
      subscriptions,
      writer: new ReplyWriter(() => work),
      logger,
      observe: () => undefined,
      createWorker,
      lookMs: 100,
      silenceMs: 2500,
    });
  }
});
