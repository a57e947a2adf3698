import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startLocalS3 } from '../src/index.js';
import { ServerChild, childBucket } from './server-child.js';
import { until } from './until.js';

const mebibyte = 1024 * 1024;
const { signal } = new AbortController();

describe('a server in a process of its own', () => {
  let folder = '';

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'local-s3-child-'));
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  async function dataFiles(): Promise<string[]> {
    const data = join(folder, 'buckets', childBucket, 'data');
    const fans = await readdir(data).catch(() => []);
    return (await Promise.all(fans.map((fan) => readdir(join(data, fan))))).flat();
  }

  it('killed in the middle of writes, keeps what it confirmed and nothing else', async () => {
    const confirmed = new Map<string, string>();
    {
      await using child = await ServerChild.start(folder);
      const half = new PassThrough();
      const inOneRequest = { sizeBytes: 10 * mebibyte, sha256: '0'.repeat(64), signal };
      const cut = child.store.put('half', half, inOneRequest).catch(() => 'cut');
      half.write(randomBytes(3 * mebibyte));
      const uploadId = await child.store.multipart.create('upload', { signal });
      expect(uploadId).not.toBe('');
      const writing = Array.from({ length: 200 }, async (_, index) => {
        const key = `small/${String(index % 50)}`;
        const bytes = randomBytes(1000);
        await child.store.put(key, bytes, { signal });
        confirmed.set(key, createHash('md5').update(bytes).digest('hex'));
      });
      const settled = Promise.allSettled(writing);
      await until(() => Promise.resolve(confirmed.size >= 20));
      const before = new Map(confirmed);
      await child.kill();
      await settled;
      expect(await cut).toBe('cut');
      expect((await dataFiles()).length).toBeGreaterThan(before.size);
    }
    await using again = await ServerChild.start(folder);
    const found: string[] = [];
    for await (const { key, sizeBytes } of again.store.list('', { signal })) {
      expect(sizeBytes).toBe(1000);
      found.push(key);
    }
    expect(found).toEqual(expect.arrayContaining([...confirmed.keys()]));
    expect(await again.store.find('half', signal)).toBeUndefined();
    expect(await dataFiles()).toHaveLength(found.length);
  });

  it('has its folder to itself, until it is killed', async () => {
    const options = { folder, credentials: [{ accessKeyId: 'a', secretAccessKey: 'b' }] };
    await using child = await ServerChild.start(folder);
    await expect(startLocalS3(options)).rejects.toMatchObject({ code: 'CONFLICT' });
    await child.kill();
    const server = await startLocalS3(options);
    await expect(startLocalS3(options)).rejects.toMatchObject({ code: 'CONFLICT' });
    await server[Symbol.asyncDispose]();
  });

  it('passes a large object through without holding it', async () => {
    await using child = await ServerChild.start(folder);
    const piece = randomBytes(mebibyte);
    const pour = async (key: string, pieces: number): Promise<void> => {
      const source = Readable.from(
        (function* () {
          for (let index = 0; index < pieces; index += 1) yield piece;
        })(),
        { objectMode: false },
      );
      await child.store.put(key, source, { sizeBytes: pieces * mebibyte, signal });
      const { body } = await child.store.get(key, { signal });
      let readBytes = 0;
      for await (const chunk of body as AsyncIterable<Buffer>) readBytes += chunk.byteLength;
      expect(readBytes).toBe(pieces * mebibyte);
    };
    await pour('warm-up', 16);
    const usualBytes = await child.highestBytes();
    await pour('large', 256);
    expect((await child.highestBytes()) - usualBytes).toBeLessThan(64 * mebibyte);
  });
});
