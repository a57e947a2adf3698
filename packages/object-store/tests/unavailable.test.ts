import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createObjectStore, type ObjectStore } from '../src/index.js';

const { signal } = new AbortController();
const secretAccessKey = 'not-to-be-seen';
const opened: AsyncDisposable[] = [];

function storeAt(port: number, requestTimeoutMs = 300): ObjectStore {
  const endpoint = `http://127.0.0.1:${String(port)}`;
  const store = createObjectStore({
    endpoint,
    region: 'r',
    bucket: 'b-1',
    accessKeyId: 'k',
    secretAccessKey,
    requestTimeoutMs,
  });
  opened.push(store);
  return store;
}

/** A store whose server answers like this. */
async function storeWith(listener: RequestListener, requestTimeoutMs?: number): Promise<ObjectStore> {
  const server: Server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  opened.push({
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  });
  return storeAt((server.address() as AddressInfo).port, requestTimeoutMs);
}

async function freePort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function failureOf(call: Promise<unknown>): Promise<Error & { code?: string }> {
  return call.then(
    () => {
      throw new Error('the call succeeded');
    },
    (error: unknown) => error as Error,
  );
}

function everythingIn(error: Error): string {
  return [error.message, String(error.cause), JSON.stringify(error.cause), JSON.stringify(error)].join('\n');
}

afterEach(async () => {
  for (const resource of opened.splice(0).reverse()) await resource[Symbol.asyncDispose]();
});

describe('a storage that is not well', () => {
  it('refuses connections', async () => {
    const store = storeAt(await freePort());
    const error = await failureOf(store.head('a/b', signal));
    expect(error).toMatchObject({ code: 'STORAGE_UNAVAILABLE', retryable: true });
    expect(error.message).toContain('head b-1/a/b');
  });

  it('takes the request and never answers', async () => {
    const store = await storeWith((message) => message.resume());
    const failures = [
      store.head('a', signal),
      store.get('a', { signal }),
      store.put('a', Buffer.from('x'), { signal }),
      store.delete(['a'], signal),
      store.copy('a', 'b', signal),
      store.ensureBucket(signal),
      store.multipart.create('a', { signal }),
      store.list('a', { signal })[Symbol.asyncIterator]().next(),
    ].map(failureOf);
    for (const failure of failures) expect(await failure).toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
  });

  it('answers 503 to every try', async () => {
    let tries = 0;
    const store = await storeWith((message, response) => {
      tries += 1;
      message.resume();
      response.writeHead(503, { 'content-type': 'application/xml' });
      response.end('<Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>');
    }, 20_000);
    const error = await failureOf(store.put('a/b', Buffer.from('x'), { signal }));
    expect(error).toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
    expect(tries).toBeGreaterThan(1);
    expect(everythingIn(error)).not.toMatch(/Signature=|not-to-be-seen/u);
  });

  it('refuses the credentials', async () => {
    const store = await storeWith((message, response) => {
      message.resume();
      response.writeHead(403, { 'content-type': 'application/xml' });
      response.end('<Error><Code>InvalidAccessKeyId</Code><Message>No such key.</Message></Error>');
    });
    expect(await failureOf(store.get('a', { signal }))).toMatchObject({ code: 'CONFIG_INVALID' });
  });

  it('has no such bucket', async () => {
    const store = await storeWith((message, response) => {
      message.resume();
      response.writeHead(404, { 'content-type': 'application/xml' });
      response.end('<Error><Code>NoSuchBucket</Code><Message>None.</Message></Error>');
    });
    expect(await failureOf(store.get('a', { signal }))).toMatchObject({ code: 'CONFIG_INVALID' });
  });

  it('falls silent in the middle of a download', async () => {
    const store = await storeWith((_message, response) => {
      response.writeHead(200, { 'content-length': '10', etag: '"x"' });
      response.write('12345');
    });
    const { body } = await store.get('a', { signal });
    expect(await failureOf(buffer(body))).toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
  });

  it('breaks off in the middle of a download', async () => {
    const store = await storeWith((_message, response) => {
      response.writeHead(200, { 'content-length': '10', etag: '"x"' });
      response.write('12345', () => {
        response.destroy();
      });
    });
    const { body } = await store.get('a', { signal });
    expect(await failureOf(buffer(body))).toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
  });

  it('stops reading in the middle of an upload', async () => {
    const store = await storeWith((message) => message.pause());
    const body = new PassThrough();
    const write = (): boolean => body.write(Buffer.alloc(65_536));
    body.on('drain', () => {
      while (write());
    });
    write();
    const put = store.put('a', body, { sizeBytes: 1024 ** 3, signal });
    expect(await failureOf(put)).toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
    expect(body.destroyed).toBe(true);
  });
});

describe('a caller that has enough', () => {
  it('ends a call in progress with its reason', async () => {
    const caller = new AbortController();
    const reason = new Error('enough');
    const store = await storeWith(() => {
      caller.abort(reason);
    });
    expect(await failureOf(store.get('a', { signal: caller.signal }))).toBe(reason);
  });

  it('is never sent the beginning of a stream that it could keep: without a digest it cannot tell a cut body', async () => {
    const methods: (string | undefined)[] = [];
    const store = await storeWith((message, response) => {
      methods.push(message.method);
      message.resume();
      message.once('end', () => response.end());
    });
    const failure = new Error('the source broke');
    const source = Readable.from(
      (function* () {
        for (let sent = 0; sent < 3; sent++) yield Buffer.alloc(1024 * 1024);
        throw failure;
      })(),
    );
    await expect(store.put('a', source, { sizeBytes: 4 * 1024 * 1024, signal })).rejects.toBe(failure);
    expect(methods).toEqual([]);
  });

  it('may let go of a download that it never read', async () => {
    let markClosed = (): void => undefined;
    const closed = new Promise<void>((resolve) => {
      markClosed = resolve;
    });
    const store = await storeWith((message, response) => {
      message.socket.once('close', () => {
        markClosed();
      });
      response.writeHead(200, { 'content-length': '1000000', etag: '"x"' });
      response.write('12345');
    });
    const { body } = await store.get('a', { signal });
    body.destroy();
    await expect(closed).resolves.toBeUndefined();
  });
});
