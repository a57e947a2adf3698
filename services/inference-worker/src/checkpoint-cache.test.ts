import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CheckpointCache } from './checkpoint-cache.js';

const bytes = randomBytes(100_000);
const sha256 = createHash('sha256').update(bytes).digest('hex');

/** An object store that answers when it is told to. */
let held: ServerResponse[];
let asked: () => Promise<unknown>;
let url: string;
let stop: () => Promise<void>;
let folder: string;

beforeEach(async () => {
  held = [];
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
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
    await rm(folder, { recursive: true });
  };
});

afterEach(() => stop());

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
    const cache = new CheckpointCache(folder);
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
    const cache = new CheckpointCache(folder);
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
    const cache = new CheckpointCache(folder);
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
    const cache = new CheckpointCache(folder);
    const request = asked();
    const wrong = cache.get(aCheckpoint({ sha256: 'f'.repeat(64) }), untilAborted().signal);
    await request;
    held[0]?.end(bytes);
    await expect(wrong).rejects.toMatchObject({ code: 'CHECKPOINT_CORRUPT' });
    expect(await readdir(join(folder, 'f'.repeat(64)))).toEqual([]);
  });
});
