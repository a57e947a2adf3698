import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { createOutbound, type Outbound, type OutboundOptions } from '../src/index.js';
import { serveHttp, serveTcp, type LoopbackServer } from './loopback-server.js';

/** May call every name, all of which lead to the loopback. */
const toLoopback = (options: OutboundOptions = {}): Outbound =>
  createOutbound({ allowList: ['127.0.0.0/8'], resolve: () => Promise.resolve(['127.0.0.1']), ...options });

const at = ({ port }: LoopbackServer, path = '/', host = 'a.test'): string => `http://${host}:${String(port)}${path}`;

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'passed',
    (error: unknown) => String((error as { code?: string }).code),
  );

const show = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const body = await text(request);
  response.end(JSON.stringify({ method: request.method, url: request.url, headers: request.headers, body }));
};

const bodyOf = async (outbound: Outbound, ...call: Parameters<Outbound['fetch']>): Promise<unknown> =>
  JSON.parse((await (await outbound.fetch(...call)).bytes()).toString());

describe('fetch', () => {
  it.each([
    ['text', () => 'hello'],
    ['bytes', () => Buffer.from('hello')],
    ['a stream', () => Readable.from(['hel', 'lo'])],
  ])('sends %s and hands back what came', async (_, body) => {
    await using server = await serveHttp((request, response) => void show(request, response));
    const request = { method: 'POST', headers: { 'X-Key': 'k' }, body: body() } as const;
    const seen = await bodyOf(toLoopback(), at(server, '/x?y=1#z'), request);
    expect(seen).toMatchObject({
      method: 'POST',
      url: '/x?y=1',
      body: 'hello',
      headers: { 'x-key': 'k', 'accept-encoding': 'identity', 'user-agent': 'infermesh' },
    });
  });

  it('hands back errors of the server as answers', async () => {
    await using server = await serveHttp((_, response) => response.writeHead(503, { 'retry-after': '7' }).end('busy'));
    const answer = await toLoopback().fetch(at(server));
    expect([answer.status, answer.headers['retry-after'], (await answer.bytes()).toString()]).toEqual([
      503,
      '7',
      'busy',
    ]);
  });

  it.each(['Host', 'content-length', 'Transfer-Encoding', 'Accept-Encoding'])('refuses to set %s', async (name) => {
    expect(await codeOf(toLoopback().fetch('http://a.test/', { headers: { [name]: '1' } }))).toBe('OUTBOUND_REFUSED');
  });

  it.each([
    ['image/png', ['image/'], 'passed'],
    ['IMAGE/PNG; x=y', ['image/png'], 'passed'],
    ['text/html', ['image/', 'application/json'], 'OUTBOUND_FAILED'],
    [undefined, ['image/'], 'OUTBOUND_FAILED'],
  ])('of %s where %j is expected: %s', async (type, expectContentTypes, expected) => {
    await using server = await serveHttp((_, response) =>
      response.writeHead(200, type === undefined ? {} : { 'content-type': type }).end('x'),
    );
    const call = toLoopback().fetch(at(server), { expectContentTypes });
    expect(await codeOf(call.then((answer) => answer.bytes()))).toBe(expected);
  });

  it('fails when nobody listens', async () => {
    const server = await serveHttp(() => undefined);
    await server[Symbol.asyncDispose]();
    await expect(toLoopback().fetch(at(server))).rejects.toMatchObject({
      code: 'OUTBOUND_FAILED',
      message: expect.stringContaining('ECONNREFUSED') as unknown,
    });
  });
});

describe('redirects', () => {
  const redirecting = (target: (port: number) => string, status = 302): Promise<LoopbackServer> =>
    serveHttp((request, response) => {
      if (request.url !== '/start') void show(request, response);
      else response.writeHead(status, { location: target(request.socket.localPort ?? 0) }).end('moved');
    });

  it('follows none where the request wants none', async () => {
    await using server = await redirecting(() => '/end', 307);
    const request = { method: 'POST', body: 'x', maxRedirects: 0 } as const;
    expect(await codeOf(toLoopback().fetch(at(server, '/start'), request))).toBe('OUTBOUND_FAILED');
    expect(server.connections).toHaveLength(1);
  });

  it('are followed, and the answer names its last URL', async () => {
    await using server = await redirecting(() => '/end?x=1');
    const answer = await toLoopback().fetch(at(server, '/start'), { headers: { authorization: 'Bearer x' } });
    expect(answer.url).toBe(at(server, '/end?x=1'));
    expect(JSON.parse((await answer.bytes()).toString())).toMatchObject({ headers: { authorization: 'Bearer x' } });
  });

  it('take no keys to another origin', async () => {
    await using server = await redirecting((port) => `http://b.test:${String(port)}/end`);
    const headers = { authorization: 'Bearer x', 'x-api-key': 'k', cookie: 'c', accept: 'text/plain' };
    const seen = (await bodyOf(toLoopback(), at(server, '/start'), { headers })) as { headers: Record<string, string> };
    expect(seen.headers).toMatchObject({ accept: 'text/plain', host: `b.test:${String(server.port)}` });
    expect(Object.keys(seen.headers)).not.toEqual(expect.arrayContaining(['authorization']));
    expect([seen.headers['authorization'], seen.headers['x-api-key'], seen.headers['cookie']]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('repeat a body after 307 and drop it after 303', async () => {
    await using kept = await redirecting(() => '/end', 307);
    await using dropped = await redirecting(() => '/end', 303);
    const request = { method: 'POST', body: 'hello' } as const;
    expect(await bodyOf(toLoopback(), at(kept, '/start'), request)).toMatchObject({ method: 'POST', body: 'hello' });
    expect(await bodyOf(toLoopback(), at(dropped, '/start'), request)).toMatchObject({ method: 'GET', body: '' });
  });

  it.each([
    'http://10.0.0.1/',
    'https://169.254.169.254/latest',
    'http://[::1]/',
    'file:///etc/passwd',
    'https://u:p@8.8.8.8/',
    'https://0x0a.1/',
  ])('to %s are refused', async (target) => {
    await using server = await redirecting(() => target);
    expect(await codeOf(toLoopback().fetch(at(server, '/start')))).toBe('OUTBOUND_REFUSED');
  });

  it('to a name that turns private are refused', async () => {
    await using server = await redirecting((port) => `http://inside.test:${String(port)}/`);
    const resolve = (name: string): Promise<string[]> =>
      Promise.resolve([name === 'inside.test' ? '192.168.0.1' : '127.0.0.1']);
    expect(await codeOf(toLoopback({ resolve }).fetch(at(server, '/start')))).toBe('OUTBOUND_REFUSED');
  });

  it('end after the limit', async () => {
    let asked = 0;
    await using server = await serveHttp((_, response) => {
      asked += 1;
      response.writeHead(302, { location: `/${String(asked)}` }).end();
    });
    expect(await codeOf(toLoopback({ maxRedirects: 3 }).fetch(at(server)))).toBe('OUTBOUND_FAILED');
    expect(asked).toBe(4);
  });
});

describe('bodies', () => {
  it('are refused by their announced size', async () => {
    await using server = await serveHttp((_, response) =>
      response.writeHead(200, { 'content-length': '1000' }).end(Buffer.alloc(1_000)),
    );
    expect(await codeOf(toLoopback().fetch(at(server), { maxBytes: 999 }))).toBe('PAYLOAD_TOO_LARGE');
    const answer = await toLoopback().fetch(at(server), { maxBytes: 1_000 });
    expect(await answer.bytes()).toHaveLength(1_000);
  });

  it('are cut when they do not end, and the connection goes with them', async () => {
    await using server = await serveHttp((_, response) => void endless().pipe(response));
    const answer = await toLoopback().fetch(at(server), { maxBytes: 1_000_000 });
    expect(await codeOf(answer.bytes())).toBe('PAYLOAD_TOO_LARGE');
    await gone(server);
  });

  it('are waited for only until the deadline, however they drip', async () => {
    await using server = await serveHttp((_, response) => {
      const drip = setInterval(() => response.write('x'), 10);
      response.on('close', () => {
        clearInterval(drip);
      });
    });
    const answer = await toLoopback().fetch(at(server), { timeoutMs: 200 });
    expect(await codeOf(answer.bytes())).toBe('DEADLINE_EXCEEDED');
    await gone(server);
  });

  it.each([
    ['before the head', ''],
    ['within the body', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc'],
  ])('of a server that falls silent %s fail', async (_, sent) => {
    await using server = await serveTcp((socket) => socket.write(sent));
    const work = toLoopback({ idleTimeoutMs: 300 })
      .fetch(at(server))
      .then((answer) => answer.bytes());
    expect(await codeOf(work)).toBe('OUTBOUND_FAILED');
  });

  it.each([
    ['shorter than announced', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc'],
    ['broken chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc'],
    ['no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['an endless head', `HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(50_000)}`],
    ['nothing', ''],
  ])('that are %s fail', async (_, sent) => {
    await using server = await serveTcp((socket) => {
      socket.once('data', () => socket.end(sent));
    });
    expect(
      await codeOf(
        toLoopback()
          .fetch(at(server))
          .then((answer) => answer.bytes()),
      ),
    ).toBe('OUTBOUND_FAILED');
  });

  it('longer than announced stop where they were announced to', async () => {
    await using server = await serveTcp((socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef'));
    });
    const answer = await toLoopback().fetch(at(server));
    expect(['abc', 'OUTBOUND_FAILED']).toContain(
      await answer.bytes().then(String, (error: unknown) => (error as { code: string }).code),
    );
  });

  it('that are compressed although nobody asked are not unpacked', async () => {
    const bomb = gzipSync(Buffer.alloc(10_000_000));
    await using server = await serveHttp((_, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb),
    );
    expect(await codeOf(toLoopback().fetch(at(server)))).toBe('OUTBOUND_FAILED');
    await gone(server);
  });

  it('of nobody hold a connection no longer than the deadline', async () => {
    await using server = await serveHttp((_, response) => void endless().pipe(response));
    const answer = await toLoopback().fetch(at(server), { timeoutMs: 100 });
    await gone(server);
    expect(answer.status).toBe(200);
  });

  it('are let go of by disposing', async () => {
    await using server = await serveHttp((_, response) => void endless().pipe(response));
    {
      await using answer = await toLoopback().fetch(at(server));
      expect(answer.status).toBe(200);
    }
    await gone(server);
  });
});

describe('the signal', () => {
  it('aborts before, while waiting and while reading', async () => {
    await using server = await serveHttp((request, response) => {
      if (request.url === '/slow') stopping.abort(new Error('enough'));
      else response.write('x');
    });
    const stopping = new AbortController();
    const outbound = toLoopback();
    const reading = new AbortController();
    const answer = await outbound.fetch(at(server), { signal: reading.signal });
    reading.abort(new Error('enough'));
    await expect(answer.bytes()).rejects.toThrow('enough');
    await expect(outbound.fetch(at(server, '/slow'), { signal: stopping.signal })).rejects.toThrow('enough');
    await expect(outbound.fetch(at(server), { signal: AbortSignal.abort(new Error('never began')) })).rejects.toThrow(
      'never began',
    );
    await gone(server);
  });
});

function endless(): Readable {
  return new Readable({
    read() {
      this.push(Buffer.alloc(16_384));
    },
  });
}

/** Resolves once every connection that the server ever had is closed. */
async function gone({ connections }: LoopbackServer): Promise<void> {
  const open = connections.filter((socket) => !socket.closed);
  // Not events.once, which a reset would reject.
  await Promise.all(open.map((socket) => new Promise((resolve) => socket.once('close', resolve))));
}
