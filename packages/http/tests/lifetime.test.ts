import { once } from 'node:events';
import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { MeshError } from '@infermesh/errors';
import {
  emptyAnswer,
  eventAnswer,
  jsonAnswer,
  streamAnswer,
  type DialectRequest,
  type HttpAnswer,
  type Route,
  type SseEvent,
} from '../src/index.js';
import { aPromise } from './a-promise.js';
import { RawClient } from './raw-client.js';
import { aDialect, eventually, startToy, type ToyCaller, type ToyServer } from './toy-dialect.js';

const route = (
  handler: (request: DialectRequest<undefined>) => Promise<HttpAnswer>,
  more: Partial<Route> = {},
): Route<ToyCaller> =>
  ({
    method: 'GET',
    path: '/',
    access: 'public',
    operationId: 'run',
    answers: {},
    handler,
    ...more,
  }) as Route<ToyCaller>;

const serve = (
  handler: (request: DialectRequest<undefined>) => Promise<HttpAnswer>,
  more: Partial<Route> = {},
): Promise<ToyServer> => startToy([[aDialect('toy', [route(handler, more)])]], { limits: { keepAliveCommentMs: 20 } });

/** Never ends by itself. */
const untilAborted = async (signal: AbortSignal): Promise<never> => {
  await once(signal, 'abort');
  throw signal.reason as Error;
};

describe('a request', () => {
  it('tells its handler when the client leaves', async () => {
    const started = aPromise<AbortSignal>();
    await using toy = await serve(({ signal }) => {
      started.resolve(signal);
      return untilAborted(signal);
    });
    using client = await RawClient.connect(toy.url);
    client.send('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    const signal = await started.promise;
    client.socket.destroy();
    await once(signal, 'abort');
    expect(signal.reason).toMatchObject({ code: 'CANCELLED' });
    await eventually(() => toy.lines.length > 0);
    expect(toy.lines[0]).toMatchObject({ status: 499, route: '/', code: 'CANCELLED' });
  });

  it('ends at its deadline even when the handler does not listen', async () => {
    await using toy = await serve(() => new Promise<never>(() => undefined), { requestTimeoutMs: 30 });
    const response = await fetch(toy.url);
    expect([response.status, await response.json()]).toMatchObject([
      504,
      { speaker: 'toy', code: 'DEADLINE_EXCEEDED' },
    ]);
  });

  it('hides what a foreign error says and logs it', async () => {
    await using toy = await serve(() => Promise.reject(new Error('password is hunter2')));
    const response = await fetch(toy.url);
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('hunter2');
    expect(JSON.stringify(toy.lines)).toContain('hunter2');
  });

  it('adds Retry-After', async () => {
    await using toy = await serve(() =>
      Promise.reject(new MeshError('QUEUE_FULL', 'full', { retryAfterSeconds: 2.5 })),
    );
    const response = await fetch(toy.url);
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '3']);
  });

  it.each([
    ['a value that JSON cannot hold', jsonAnswer(200, { big: 1n })],
    ['a header that would split the answer', emptyAnswer(200, { 'x-evil': 'a\r\nset-cookie: b' })],
  ])('answers 500 for %s and stays up', async (_, answer) => {
    await using toy = await serve(({ search }) => Promise.resolve(search.has('good') ? jsonAnswer(200, 1) : answer));
    const response = await fetch(toy.url);
    expect([response.status, response.headers.get('set-cookie')]).toEqual([500, null]);
    expect((await fetch(`${toy.url}/?good`)).status).toBe(200);
  });

  it('notes fields on its log line', async () => {
    await using toy = await serve((request) => {
      request.note({ jobId: 'j1' });
      return Promise.resolve(emptyAnswer(204));
    });
    expect((await fetch(`${toy.url}/?secret=hunter2`)).status).toBe(204);
    expect(toy.lines).toHaveLength(1);
    expect(toy.lines[0]).toMatchObject({
      level: 'info',
      method: 'GET',
      route: '/',
      status: 204,
      jobId: 'j1',
      dialect: 'toy',
    });
    expect(JSON.stringify(toy.lines)).not.toContain('hunter2');
  });
});

describe('streams', () => {
  it('sends events as they happen and comments in between', async () => {
    const mayEnd = aPromise<undefined>();
    async function* events(): AsyncGenerator<SseEvent> {
      yield { data: 'one\ntwo', event: 'part', id: '1' };
      await mayEnd.promise;
      yield { data: '[DONE]' };
    }
    await using toy = await serve(() => Promise.resolve(eventAnswer(events())));
    using client = await RawClient.connect(toy.url);
    client.send('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    await client.until('event: part\nid: 1\ndata: one\ndata: two\n\n');
    await client.until(':\n\n');
    mayEnd.resolve(undefined);
    await client.until('data: [DONE]\n\n');
    await client.closed();
    expect(client.received).toMatch(/content-type: text\/event-stream/u);
  });

  it('stops the source when the client leaves, even while it is silent', async () => {
    const stopped = aPromise<undefined>();
    const silent: AsyncIterable<SseEvent> = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise<never>(() => undefined),
        return: () => {
          stopped.resolve(undefined);
          return Promise.resolve({ done: true, value: undefined });
        },
      }),
    };
    await using toy = await serve(() => Promise.resolve(eventAnswer(silent)));
    using client = await RawClient.connect(toy.url);
    client.send('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await client.until(':\n\n');
    client.socket.destroy();
    await stopped.promise;
    await eventually(() => toy.lines.length > 0);
    expect(toy.lines[0]).toMatchObject({ status: 499 });
  });

  it('ends a broken event stream with an event of the dialect', async () => {
    async function* events(): AsyncGenerator<SseEvent> {
      yield { data: 'part' };
      throw new MeshError('WORKER_LOST', 'the worker died');
    }
    await using toy = await serve(() => Promise.resolve(eventAnswer(events())));
    const text = await (await fetch(toy.url)).text();
    expect(text).toContain('data: part\n\nevent: error\ndata: {"code":"WORKER_LOST"');
    expect(toy.lines[0]).toMatchObject({ code: 'WORKER_LOST' });
  });

  it('cuts a broken byte stream, so that half is not taken for the whole', async () => {
    const broken = (): Readable =>
      Readable.from(
        (function* () {
          yield 'half';
          throw new Error('disk');
        })(),
      );
    await using toy = await serve(() => Promise.resolve(streamAnswer(200, broken(), { 'content-type': 'text/plain' })));
    const response = await fetch(toy.url);
    await expect(response.text()).rejects.toThrow(/terminated/u);
  });

  it('waits for a slow reader instead of buffering, and drops one that has stopped', async () => {
    let producedBytes = 0;
    const destroyed = aPromise<undefined>();
    const endless = new Readable({
      read() {
        producedBytes += 65_536;
        this.push(Buffer.alloc(65_536));
      },
      destroy(_, done) {
        destroyed.resolve(undefined);
        done(null);
      },
    });
    const dialect = aDialect('toy', [route(() => Promise.resolve(streamAnswer(200, endless, {})))]);
    await using toy = await startToy([[dialect]], { limits: { stallMs: 300 } });
    using client = await RawClient.connect(toy.url);
    client.socket.pause();
    client.send('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await destroyed.promise;
    expect(producedBytes).toBeLessThan(50_000_000);
  });
});

describe('the socket', () => {
  it.each([
    ['garbage', '\u0000\u0001\u0002 nonsense\r\n\r\n', '400'],
    ['a head without end', `GET / HTTP/1.1\r\nx: ${'a'.repeat(20_000)}`, '431'],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', '400'],
    [
      'a length and chunks',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      '400',
    ],
  ])('answers %s with a bare status', async (_, text, status) => {
    await using toy = await serve(() => Promise.resolve(jsonAnswer(200, 1)));
    using client = await RawClient.connect(toy.url);
    client.send(text);
    await client.closed();
    expect(client.received).toBe(
      `${client.received.split('\r\n')[0] ?? ''}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
    );
    expect(client.received.startsWith(`HTTP/1.1 ${status} `)).toBe(true);
    expect((await fetch(toy.url)).status).toBe(200);
  });

  it('serves a client that names no host', async () => {
    await using toy = await serve(() => Promise.resolve(jsonAnswer(200, 'hi')));
    using client = await RawClient.connect(toy.url);
    client.send('GET / HTTP/1.1\r\n\r\n');
    await client.until('"hi"');
    expect(client.received).toMatch(/^HTTP\/1\.1 200 OK/u);
  });

  it('keeps a connection open after a small body that nobody read', async () => {
    await using toy = await serve(() => Promise.resolve(jsonAnswer(200, 'hi')));
    using client = await RawClient.connect(toy.url);
    client.send('POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabcGET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await client.until('"hi"');
    expect(client.received).toMatch(/^HTTP\/1\.1 404 [^]*HTTP\/1\.1 200 /u);
  });
});
