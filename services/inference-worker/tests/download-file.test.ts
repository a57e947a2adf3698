import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { downloadFile, type Download } from '../src/download-file.js';
import { ObjectConnections } from '../src/object-connections.js';
import { TestStore } from './test-store.js';

const small = randomBytes(5000);
const large = randomBytes(3_000_000);

describe('downloadFile', () => {
  let folder: string;
  let path: string;
  let store: TestStore;
  let connections: ObjectConnections;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'download-'));
    path = join(folder, 'file');
    store = await TestStore.start();
    connections = new ObjectConnections();
  });

  afterEach(async () => {
    connections[Symbol.dispose]();
    await store[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  function download(overrides: Partial<Download> = {}): Promise<void> {
    const { signal } = new AbortController();
    const wish = { url: `${store.url}/key`, path, maxBytes: 10_000_000, what: 'payload', signal };
    return downloadFile(connections, { ...wish, ...overrides });
  }

  it.each([
    ['small', small],
    ['large', large],
    ['empty', Buffer.alloc(0)],
  ])('writes a %s object into a file of its own', async (_size, bytes) => {
    await writeFile(path, randomBytes(10_000), { mode: 0o600 });
    store.answerWith((response) => response.setHeader('content-length', bytes.byteLength).end(bytes));
    const hash = createHash('sha256');
    await download({ hash, maxBytes: Math.max(bytes.byteLength, 1) });
    expect((await readFile(path)).equals(bytes)).toBe(true);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(hash.digest('hex')).toBe(createHash('sha256').update(bytes).digest('hex'));
  });

  it('takes an object whose length is not announced', async () => {
    store.answerWith((response) => {
      response.write(small);
      response.end(small);
    });
    await download();
    expect((await readFile(path)).equals(Buffer.concat([small, small]))).toBe(true);
  });

  it.each([
    ['announced', (response: ServerResponse) => response.setHeader('content-length', small.byteLength).end(small)],
    [
      'not announced',
      (response: ServerResponse) => {
        response.write(small);
        response.end();
      },
    ],
  ])('refuses one over its limit, %s', async (_how, answer) => {
    store.answerWith(answer);
    await expect(download({ maxBytes: small.byteLength - 1 })).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
    await download({ maxBytes: small.byteLength });
  });

  it('reads no more of an endless one than its limit', async () => {
    const closed = new Promise<void>((resolve) => {
      store.answerWith((response) => {
        const pour = (): void => {
          while (!response.destroyed && response.write(small));
        };
        response.on('drain', pour).once('close', resolve);
        pour();
      });
    });
    await expect(download({ maxBytes: 1_000_000 })).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
    await closed;
  });

  it.each([
    [404, 'OBJECT_NOT_FOUND'],
    [403, 'FORBIDDEN'],
    [302, 'STORAGE_UNAVAILABLE'],
    [206, 'STORAGE_UNAVAILABLE'],
    [503, 'STORAGE_UNAVAILABLE'],
  ])('says what status %d means', async (status, code) => {
    store.answerWith((response) => response.writeHead(status, { location: `${store.url}/elsewhere` }).end('no'));
    await expect(download()).rejects.toMatchObject({ code });
    expect(store.received).toHaveLength(1);
  });

  it.each([
    ['small', 5000],
    ['large', 3_000_000],
  ])('takes a %s object that ends too early for a failure', async (_size, announcedBytes) => {
    store.answerWith((response) => {
      response.setHeader('content-length', announcedBytes).write(small.subarray(1));
      response.socket?.end();
    });
    await expect(download()).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
  });

  it('takes a store that cannot be reached for one that is away', async () => {
    const { url } = store;
    await store[Symbol.asyncDispose]();
    store = await TestStore.start();
    await expect(download({ url })).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
  });

  it('takes a store that falls silent for one that is away', async () => {
    store.answerWith((response) => response.setHeader('content-length', 10).write('half'));
    connections = new ObjectConnections({ idleTimeoutMs: 50 });
    await expect(download()).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
  });

  it.each([
    ['small', 5000],
    ['large', 3_000_000],
  ])('ends in the middle of a %s object with its signal', async (_size, announcedBytes) => {
    const stopping = new AbortController();
    const begun = new Promise<ServerResponse>((resolve) => {
      store.answerWith((response) => {
        response.setHeader('content-length', announcedBytes).write('half');
        resolve(response);
      });
    });
    const ended = expect(download({ signal: stopping.signal })).rejects.toMatchObject({ name: 'AbortError' });
    const closed = once(await begun, 'close');
    stopping.abort();
    await ended;
    await closed;
  });
});
