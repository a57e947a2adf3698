import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { MeshError } from '@infermesh/errors';
import { handle, type HandlerContext, type JobQueue, type Serving } from '../src/index.js';
import { aborted, aGate, Bench, echo, inMs, until } from './bench.js';

const options = { concurrency: 1, stopGraceMs: 50 };

describe('submit', () => {
  let bench: Bench;
  let producer: JobQueue;
  let server: JobQueue;
  let serving: Serving | undefined;

  beforeAll(async () => {
    bench = await Bench.start();
    producer = bench.queue({ service: 'producer' });
    server = bench.queue({ service: 'server', lookMs: 200 });
  });
  afterAll(async () => {
    await bench[Symbol.asyncDispose]();
  });
  afterEach(async () => {
    await serving?.[Symbol.asyncDispose]();
    serving = undefined;
    await bench.flush();
  });

  async function serve(run: (text: string, context: HandlerContext) => Promise<void>): Promise<Serving> {
    const handler = handle(echo, async (request, context) => {
      await run(request.text, context);
      return request;
    });
    serving = await server.serve('test', [handler], options);
    return serving;
  }

  async function submit(...jobIds: string[]): Promise<void> {
    await producer.submit(
      echo,
      jobIds.map((jobId) => ({ jobId, request: { text: jobId } })),
    );
  }

  it('delivers each entry, and forgets it', async () => {
    const seen: string[] = [];
    await submit('a-1', 'a-2', 'a-3');
    expect(await producer.counts('test')).toEqual({ queued: 3, active: 0, delayed: 0 });
    expect(await producer.state('test', 'a-1')).toBe('queued');
    await serve(async (text, { jobId, deadlineAt }) => {
      expect([text, deadlineAt]).toEqual([jobId, undefined]);
      expect(await producer.state('test', jobId)).toBe('active');
      seen.push(text);
    });
    await until(() => seen.length === 3);
    await until(async () => (await producer.state('test', 'a-3')) === 'absent');
    expect(seen.toSorted()).toEqual(['a-1', 'a-2', 'a-3']);
    expect(await producer.counts('test')).toEqual({ queued: 0, active: 0, delayed: 0 });
  });

  it('passes over an id that is queued or active, and takes it again later', async () => {
    const seen: string[] = [];
    const gate = aGate();
    await submit('b-1');
    await submit('b-1', 'b-1');
    await serve(async (text) => {
      seen.push(text);
      await gate.opened;
    });
    await until(() => seen.length === 1);
    await submit('b-1');
    gate.open();
    await until(async () => (await producer.state('test', 'b-1')) === 'absent');
    expect(seen).toEqual(['b-1']);
    await submit('b-1');
    await until(() => seen.length === 2);
  });

  it('goes by priority; attached calls go first', async () => {
    const seen: string[] = [];
    await producer.submit(echo, [
      { jobId: 'low', request: { text: 'low' }, priority: 2000 },
      { jobId: 'usual', request: { text: 'usual' } },
      { jobId: 'urgent', request: { text: 'urgent' }, priority: 1 },
    ]);
    const call = producer.call(echo, { text: 'call' }, { deadlineAt: inMs(5000) });
    await until(async () => (await producer.counts('test')).queued === 4);
    await serve(async (text) => {
      seen.push(text);
    });
    await call;
    await until(() => seen.length === 4);
    expect(seen).toEqual(['call', 'urgent', 'usual', 'low']);
  });

  it.each([
    { jobId: '123', priority: 1 },
    { jobId: 'a:b', priority: 1 },
    { jobId: 'fine', priority: 0 },
  ])('refuses $jobId with priority $priority', async (entry) => {
    await expect(producer.submit(echo, [{ ...entry, request: { text: 'x' } }])).rejects.toMatchObject({
      code: 'BAD_REQUEST',
    });
  });

  it('tries again after a failure of infrastructure, and drops the entry after any other', async () => {
    const attempts: string[] = [];
    await submit('infra', 'defect');
    await serve(async (text, { deliveryAttempt }) => {
      attempts.push(`${text} ${String(deliveryAttempt)}`);
      if (text === 'defect') throw new Error('a defect');
      if (deliveryAttempt < 3) throw new MeshError('DATABASE_UNAVAILABLE', 'away');
    });
    await until(async () => (await producer.state('test', 'infra')) === 'delayed');
    await until(async () => (await producer.state('test', 'infra')) === 'absent' && attempts.length === 4);
    expect(attempts.toSorted()).toEqual(['defect 1', 'infra 1', 'infra 2', 'infra 3']);
    expect(await producer.state('test', 'defect')).toBe('absent');
  });

  it('gives a running entry back when the stop outlasts its grace', async () => {
    const started = aGate();
    const stopping = await serve(async (_text, { signal }) => {
      started.open();
      await aborted(signal);
      await new Promise(() => undefined);
    });
    await submit('c-1');
    await started.opened;
    await stopping[Symbol.asyncDispose]();
    expect(await producer.state('test', 'c-1')).toBe('queued');
    expect(await bench.admin.hmget('{bull-test}:test:c-1', 'atm', 'stc')).toEqual([null, null]); // no attempt, no stall

    const again = aGate<number>();
    await serve(async (_text, { deliveryAttempt }) => {
      again.open(deliveryAttempt);
    });
    expect(await again.opened).toBe(2);
  });

  it('lets a running entry end within the grace', async () => {
    const started = aGate();
    const gate = aGate();
    const own = await server.serve(
      'test',
      [
        handle(echo, async (request) => {
          started.open();
          await gate.opened;
          return request;
        }),
      ],
      { concurrency: 1, stopGraceMs: 10_000 },
    );
    await submit('d-1');
    await started.opened;
    const stopped = own[Symbol.asyncDispose]();
    gate.open();
    await stopped;
    expect(await producer.state('test', 'd-1')).toBe('absent');
  });

  it('cancels a waiting entry, and aborts a running one', async () => {
    await submit('e-1', 'e-2');
    expect(await producer.cancel('test', 'e-1')).toBe('removed');
    expect(await producer.cancel('test', 'e-1')).toBe('absent');
    const reason = aGate<unknown>();
    await serve(async (_text, { signal }) => {
      reason.open(await aborted(signal));
    });
    await until(async () => (await producer.state('test', 'e-2')) === 'active');
    expect(await producer.cancel('test', 'e-2')).toBe('aborting');
    expect(await reason.opened).toMatchObject({ code: 'CANCELLED' });
    await until(async () => (await producer.state('test', 'e-2')) === 'absent');
    await until(async () => (await bench.admin.zcard('{bull-test}:test:cancelled')) === 0);
  });

  it('aborts a running entry although the publish was lost', async () => {
    const started = aGate();
    const reason = aGate<unknown>();
    await serve(async (_text, { signal }) => {
      started.open();
      reason.open(await aborted(signal));
    });
    await submit('f-1');
    await started.opened;
    await bench.admin.zadd('{bull-test}:test:cancelled', Date.now(), 'f-1'); // all that a lost publish leaves
    expect(await reason.opened).toMatchObject({ code: 'CANCELLED' });
  });

  describe('with a consumer in another process', () => {
    let consumer: ChildProcess;
    let lines: Interface;
    const heard: string[] = [];

    async function startConsumer(): Promise<void> {
      heard.length = 0;
      const entry = fileURLToPath(new URL('./consumer-process.mjs', import.meta.url));
      const child = spawn(process.execPath, [entry, bench.redis.url], { stdio: ['ignore', 'pipe', 'inherit'] });
      consumer = child;
      lines = createInterface({ input: child.stdout });
      lines.on('line', (line) => heard.push(line));
      await until(() => heard.includes('ready'));
    }

    async function killConsumer(): Promise<void> {
      const exited = once(consumer, 'exit');
      consumer.kill('SIGKILL');
      await exited;
    }

    it('delivers its entries again within 10 s of its death, and tells its callers', async () => {
      await startConsumer();
      const call = expect(producer.call(echo, { text: 'x' }, { deadlineAt: inMs(30_000) })).rejects.toMatchObject({
        code: 'WORKER_LOST',
      });
      await submit('g-1', 'g-2');
      await until(() => heard.length === 4);
      await killConsumer();
      const killedAt = Date.now();
      const seen: string[] = [];
      await serve(async (text) => {
        seen.push(text);
      });
      await until(() => seen.length === 2);
      await call;
      expect(Date.now() - killedAt).toBeLessThan(10_000);
      expect(seen.toSorted()).toEqual(['g-1', 'g-2']); // and the call ran no second time
    });
  });
});
