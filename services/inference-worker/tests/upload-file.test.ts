import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { describeOutput } from '../src/describe-output.js';
import { ObjectConnections } from '../src/object-connections.js';
import { uploadFile } from '../src/upload-file.js';
import { TestStore } from './test-store.js';

const sizes: [string, number][] = [
  ['an empty', 0],
  ['a small', 5000],
  ['the largest held', 256 * 1024],
  ['a large', 3_000_000],
];

/** A store that sees every byte. `emptied` resolves once the first connection is closed. */
async function listen(
  onData: (socket: Socket, bytes: Buffer) => void,
): Promise<AsyncDisposable & { readonly url: string; readonly emptied: Promise<unknown> }> {
  const server = createServer((socket) => {
    socket
      .on('error', () => undefined)
      .on('data', (bytes) => {
        onData(socket, bytes);
      });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const emptied = once(server, 'connection').then(([socket]) => once(socket as Socket, 'close'));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/key`,
    emptied,
    [Symbol.asyncDispose]: async () => {
      server.close();
      await once(server, 'close');
    },
  };
}

describe('uploadFile', () => {
  let folder: string;
  let store: TestStore;
  let connections: ObjectConnections;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'upload-'));
    store = await TestStore.start((response) => response.end());
    connections = new ObjectConnections();
  });

  afterEach(async () => {
    connections[Symbol.dispose]();
    await store[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  async function upload(bytes: Buffer, signal = new AbortController().signal): Promise<void> {
    const path = join(folder, 'output');
    await writeFile(path, bytes);
    const { sizeBytes, bytes: held } = await describeOutput({ name: 'output', path, mediaType: 'text/plain' });
    const headers = { 'content-type': 'text/plain' };
    await uploadFile(connections, { url: `${store.url}/key`, headers, path, sizeBytes, bytes: held, signal });
  }

  it.each(sizes)('puts %s file, with its headers', async (_size, sizeBytes) => {
    const bytes = randomBytes(sizeBytes);
    await upload(bytes);
    const [received] = store.received;
    expect(received).toMatchObject({
      method: 'PUT',
      path: '/key',
      headers: { 'content-type': 'text/plain', 'content-length': String(sizeBytes) },
    });
    expect(received?.body.equals(bytes)).toBe(true);
  });

  it.each(sizes)('puts %s file again when the kept connection was closed', async (_size, sizeBytes) => {
    const bytes = randomBytes(sizeBytes);
    await upload(Buffer.from('first'));
    store.answerWith((response, { connection }) => {
      if (connection === 1) response.socket?.destroy();
      else response.end();
    });
    await upload(bytes);
    expect(store.received.map(({ connection }) => connection)).toEqual([1, 1, 2]);
    expect(store.received[2]?.body.equals(bytes)).toBe(true);
  });

  it('fails when the file cannot be read', async () => {
    const { signal } = new AbortController();
    const missing = { url: `${store.url}/key`, headers: {}, path: join(folder, 'missing'), sizeBytes: 4, signal };
    await expect(uploadFile(connections, missing)).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
  });

  it('hears an answer that comes before the whole file has gone', async () => {
    store.answerAtOnce((response) => response.writeHead(403).end());
    await expect(upload(randomBytes(20_000_000))).rejects.toMatchObject({ message: expect.stringContaining('403') });
  });

  it('sends no more of a file that is refused', async () => {
    const path = join(folder, 'output');
    const sizeBytes = 500_000_000;
    await writeFile(path, '');
    await truncate(path, sizeBytes);
    let sentBytes = 0;
    await using server = await listen((socket, bytes) => {
      if (sentBytes === 0) socket.write('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n');
      sentBytes += bytes.length;
    });
    const { signal } = new AbortController();
    const refused = uploadFile(connections, { url: server.url, headers: {}, path, sizeBytes, signal });
    await expect(refused).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
    await server.emptied;
    expect(sentBytes).toBeLessThan(sizeBytes / 2);
  });

  it('sends what was announced of a file that has grown, and no byte that the store would take for a request', async () => {
    const path = join(folder, 'output');
    const { signal } = new AbortController();
    await writeFile(path, 'as it was, and more');
    let came = '';
    await using server = await listen((socket, bytes) => {
      came += bytes.toString();
      if (came.includes('as it was')) socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
    });
    await uploadFile(connections, { url: server.url, headers: {}, path, sizeBytes: 9, signal });
    await server.emptied;
    expect(came.split('\r\n\r\n')[1]).toBe('as it was');
  });

  it.each([403, 307, 500])('takes status %d for a store that is away', async (status) => {
    store.answerWith((response) => response.writeHead(status).end('no'));
    await expect(upload(Buffer.from('x'))).rejects.toMatchObject({
      code: 'STORAGE_UNAVAILABLE',
      message: expect.stringContaining(String(status)),
    });
  });

  it('ends with its signal', async () => {
    const stopping = new AbortController();
    store.answerWith(() => {
      stopping.abort();
    });
    await expect(upload(Buffer.from('x'), stopping.signal)).rejects.toMatchObject({ name: 'AbortError' });
  });
});
