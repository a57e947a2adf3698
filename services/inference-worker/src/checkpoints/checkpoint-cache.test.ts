import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { writeTar } from '@infermesh/archive';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ObjectConnections } from '../object-connections.js';
import { CheckpointCache } from './checkpoint-cache.js';

const bytes = randomBytes(100_000);
const sha256 = createHash('sha256').update(bytes).digest('hex');

/** An object store that answers when it is told to. */
let held: ServerResponse[];
let asked: () => Promise<unknown>;
let url: string;
let stop: () => Promise<void>;
let folder: string;
let connections: ObjectConnections;

beforeEach(async () => {
  held = [];
  connections = new ObjectConnections();
  folder = await mkdtemp(join(tmpdir(), 'cache-'));
  const server = createServer((_request, response) => {
    held.push(response);
    server.emit('asked');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  asked = () => once(server, 'asked');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  stop = async () => {
    connections[Symbol.dispose]();
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
    await rm(folder, { recursive: true });
  };
});

afterEach(() => stop());

function aCache(options: { maxBytes?: number } = {}): CheckpointCache {
  return new CheckpointCache(folder, { ...options, connections });
}

function aCheckpoint(overrides: { sha256?: string } = {}) {
  return {
    id: '00000000-0000-4000-8000-000000000001',
    type: 'Upscaler',
    name: 'sharp',
    file: 'sharp.onnx',
    objectKey: 'checkpoints/sharp.onnx',
    sizeBytes: bytes.length,
    sha256,
    url,
    ...overrides,
  };
}

const untilAborted = (): AbortController => new AbortController();

describe('CheckpointCache', () => {
  it('downloads once for many who wait, and not again', async () => {
    const cache = aCache();
    const { signal } = untilAborted();
    const request = asked();
    const both = Promise.all([cache.get(aCheckpoint(), signal), cache.get(aCheckpoint(), signal)]);
    await request;
    held[0]?.end(bytes);
    const [path, same] = await both;
    expect(same).toBe(path);
    expect(await readFile(path)).toEqual(bytes);
    expect(await cache.get(aCheckpoint(), signal)).toBe(path);
    expect(held).toHaveLength(1);
  });

  it('goes on for the others when the one who began leaves', async () => {
    const cache = aCache();
    const first = untilAborted();
    const request = asked();
    const leaving = cache.get(aCheckpoint(), first.signal);
    await request;
    const staying = cache.get(aCheckpoint(), untilAborted().signal);
    first.abort(new Error('cancelled'));
    await expect(leaving).rejects.toThrow('cancelled');
    held[0]?.end(bytes);
    expect(await readFile(await staying)).toEqual(bytes);
  });

  it('stops when the last one has left, leaves nothing behind, and begins anew for the next', async () => {
    const cache = aCache();
    const only = untilAborted();
    const request = asked();
    const leaving = cache.get(aCheckpoint(), only.signal);
    await request;
    const [connection] = held;
    const cut = connection === undefined ? undefined : once(connection, 'close');
    only.abort(new Error('cancelled'));
    await expect(leaving).rejects.toThrow('cancelled');
    await cut;
    const again = asked();
    const next = cache.get(aCheckpoint(), untilAborted().signal);
    await again;
    held[1]?.end(bytes);
    expect(await readFile(await next)).toEqual(bytes);
    expect(await readdir(join(folder, sha256))).toEqual(['sharp.onnx']);
  });

  it('refuses a file of another digest', async () => {
    const cache = aCache();
    const request = asked();
    const wrong = cache.get(aCheckpoint({ sha256: 'f'.repeat(64) }), untilAborted().signal);
    await request;
    held[0]?.end(bytes);
    await expect(wrong).rejects.toMatchObject({ code: 'CHECKPOINT_CORRUPT' });
    expect(await readdir(join(folder, 'f'.repeat(64)))).toEqual([]);
  });

  it('is shared by processes: one downloads, the others wait for it', async () => {
    const [one, other] = [aCache(), aCache()];
    const { signal } = untilAborted();
    const request = asked();
    const first = one.get(aCheckpoint(), signal);
    await request;
    const second = other.get(aCheckpoint(), signal);
    held[0]?.end(bytes);
    expect(await second).toBe(await first);
    expect(held).toHaveLength(1);
  });

  it('takes over from a process that was killed, and removes what it left', async () => {
    const entry = join(folder, sha256);
    const lock = join(entry, 'download.lock');
    await mkdir(entry);
    await writeFile(join(entry, 'sharp.onnx.1.part'), 'half');
    await writeFile(lock, '');
    const cache = aCache();
    await cache.sweep();
    expect(await readdir(entry)).toEqual(['download.lock', 'sharp.onnx.1.part']); // somebody may be at it
    const longAgo = new Date(Date.now() - 3_600_000);
    await utimes(lock, longAgo, longAgo);
    await cache.sweep();
    expect(await readdir(entry)).toEqual(['download.lock']);
    const request = asked();
    const path = cache.get(aCheckpoint(), untilAborted().signal);
    await request;
    held[0]?.end(bytes);
    expect(await readFile(await path)).toEqual(bytes);
    expect(await readdir(entry)).toEqual(['sharp.onnx']);
  });

  it('removes what was not used for longest, and nothing that was used just now', async () => {
    const entryOf = async (digit: string, minutesAgo: number): Promise<string> => {
      const entry = join(folder, digit.repeat(64));
      await mkdir(entry);
      await writeFile(join(entry, 'x.onnx'), Buffer.alloc(60_000));
      const usedAt = new Date(Date.now() - minutesAgo * 60_000);
      await utimes(entry, usedAt, usedAt);
      return entry;
    };
    const [oldest, older, recent] = [await entryOf('a', 50), await entryOf('b', 40), await entryOf('c', 1)];
    const get = async (cache: CheckpointCache): Promise<void> => {
      const request = asked();
      const path = cache.get(aCheckpoint(), untilAborted().signal);
      await request;
      held.at(-1)?.end(bytes);
      await path;
    };
    await get(aCache({ maxBytes: 230_000 }));
    expect((await readdir(folder)).map((name) => join(folder, name)).sort()).toEqual(
      [older, recent, join(folder, sha256)].sort(),
    );
    await rm(join(folder, sha256), { recursive: true });
    await get(aCache({ maxBytes: 1 }));
    expect((await readdir(folder)).map((name) => join(folder, name)).sort()).toEqual(
      [recent, join(folder, sha256)].sort(),
    );
    expect(await readdir(folder)).not.toContain(oldest);
  });

  it('lays a folder out from its archive', async () => {
    const entries = [
      { path: 'onnx/model.onnx', sizeBytes: 5, body: Readable.from([Buffer.from('model')]) },
      { path: 'tokenizer.json', sizeBytes: 2, body: Readable.from([Buffer.from('{}')]) },
    ];
    const archive = await buffer(writeTar(Readable.from(entries)));
    const digest = createHash('sha256').update(archive).digest('hex');
    const folderRef = {
      ...aCheckpoint({ sha256: digest }),
      file: 'folder.tar',
      sizeBytes: archive.byteLength,
      layout: 'folder' as const,
    };
    const request = asked();
    const path = aCache().get(folderRef, untilAborted().signal);
    await request;
    held[0]?.end(archive);
    expect(await readFile(join(await path, 'onnx/model.onnx'), 'utf8')).toBe('model');
    expect(await aCache().get(folderRef, untilAborted().signal)).toBe(await path);
    expect(await readdir(join(folder, digest))).toEqual(['folder']);
  });
});
