import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Bucket } from './bucket.js';
import { DiskStore } from './disk-store.js';

const hourMs = 3_600_000;

async function* bytesOf(content: string): AsyncGenerator<Buffer> {
  yield await Promise.resolve(Buffer.from(content));
}

async function put(bucket: Bucket, key: string, content: string): Promise<void> {
  const segment = await bucket.data.write(bytesOf(content));
  await bucket.put({
    key,
    sizeBytes: segment.sizeBytes,
    etag: 'e',
    lastModifiedMs: 0,
    segments: [segment],
    headers: {},
  });
}

async function read(bucket: Bucket, key: string): Promise<string> {
  const { segments, sizeBytes } = bucket.get(key);
  return text(await bucket.data.read(segments, 0, sizeBytes));
}

async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

describe('DiskStore', () => {
  let folder = '';
  let nowMs = 0;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'disk-store-'));
    nowMs = 1_000_000_000_000;
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  async function open(): Promise<DiskStore> {
    const store = await DiskStore.open({ folder, fsync: true, logger: undefined, clock: () => nowMs });
    await store.create('bucket-1');
    return store;
  }

  function inBucket(...names: string[]): string {
    return join(folder, 'buckets', 'bucket-1', ...names);
  }

  it('finds everything again', async () => {
    const bucket = (await open()).get('bucket-1');
    await put(bucket, 'a', 'first');
    await put(bucket, 'a', 'second');
    await put(bucket, '../../b', 'outside?');
    await put(bucket, 'c', 'deleted');
    await bucket.delete('c');
    const again = (await open()).get('bucket-1');
    expect(again.createdMs).toBe(nowMs);
    expect(await read(again, 'a')).toBe('second');
    expect(await read(again, '../../b')).toBe('outside?');
    expect(again.find('c')).toBeUndefined();
    expect(await filesUnder(inBucket('data'))).toHaveLength(2);
    expect((await filesUnder(folder)).length).toBe(5);
  });

  it('removes what a crash left: data without a record, records half written', async () => {
    const bucket = (await open()).get('bucket-1');
    await put(bucket, 'a', 'kept');
    await bucket.data.write(bytesOf('without a record'));
    const [fan = ''] = await readdir(inBucket('objects'));
    await writeFile(inBucket('objects', fan, 'x.json.123.tmp'), '{"key":');
    expect(await read((await open()).get('bucket-1'), 'a')).toBe('kept');
    expect(await filesUnder(inBucket('data'))).toHaveLength(1);
    expect(await filesUnder(inBucket('objects'))).toHaveLength(1);
  });

  it('sweeps nothing while a record is damaged', async () => {
    const bucket = (await open()).get('bucket-1');
    await put(bucket, 'a', 'its record will be damaged');
    const [record = ''] = await filesUnder(inBucket('objects'));
    await writeFile(inBucket('objects', record.slice(0, 2), record), '{"key":"a","si');
    expect((await open()).get('bucket-1').find('a')).toBeUndefined();
    expect(await filesUnder(inBucket('data'))).toHaveLength(1);
    expect(await filesUnder(inBucket('objects'))).toHaveLength(1);
  });

  it('passes over files that are not its own', async () => {
    await put((await open()).get('bucket-1'), 'a', 'kept');
    for (const stray of [
      join(folder, 'buckets', '.stray'),
      inBucket('objects', '.stray'),
      inBucket('data', '.stray'),
    ]) {
      await writeFile(stray, 'x');
    }
    expect(await read((await open()).get('bucket-1'), 'a')).toBe('kept');
  });

  it('copies what is deleted at the same moment', async () => {
    const bucket = (await open()).get('bucket-1');
    await put(bucket, 'a', 'copied');
    const copying = bucket.data.duplicate(bucket.get('a').segments);
    await bucket.delete('a');
    const copies = await copying;
    expect(await text(await bucket.data.read(copies, 0, 6))).toBe('copied');
    expect(await filesUnder(inBucket('data'))).toHaveLength(1);
  });

  it('keeps the bytes of a reader whose object is replaced and deleted', async () => {
    const bucket = (await open()).get('bucket-1');
    await put(bucket, 'a', 'old');
    const { segments } = bucket.get('a');
    const reader = await bucket.data.read(segments, 0, 3);
    const idle = await bucket.data.read(segments, 0, 3);
    await put(bucket, 'a', 'new');
    await bucket.delete('a');
    expect(await text(reader)).toBe('old');
    expect(await filesUnder(inBucket('data'))).toHaveLength(1);
    await idle.return(undefined);
    expect(await filesUnder(inBucket('data'))).toHaveLength(0);
  });

  it('keeps nothing of a source that fails', async () => {
    const bucket = (await open()).get('bucket-1');
    const failing = async function* (): AsyncGenerator<Buffer> {
      yield Buffer.from('half');
      throw await Promise.resolve(new Error('broken'));
    };
    await expect(bucket.data.write(failing())).rejects.toThrow('broken');
    expect(await filesUnder(inBucket('data'))).toEqual([]);
  });

  it('drops an upload after its day, across restarts, and its parts with it', async () => {
    const store = await open();
    const head = { key: 'a', initiatedMs: nowMs, headers: {} };
    const uploadId = await store.uploadsOf('bucket-1').create(head);
    const segment = await store.get('bucket-1').data.write(bytesOf('part'));
    await store
      .uploadsOf('bucket-1')
      .addPart('a', { kind: 'part', uploadId, partNumber: 1, etag: 'e', lastModifiedMs: nowMs, segment });
    nowMs += 23 * hourMs;
    const later = await open();
    await later.abortUploadsOlderThan(24 * hourMs);
    expect(later.uploadsOf('bucket-1').get(uploadId, 'a').parts.get(1)?.segment).toEqual(segment);
    nowMs += 2 * hourMs;
    await later.abortUploadsOlderThan(24 * hourMs);
    expect(() => later.uploadsOf('bucket-1').get(uploadId, 'a')).toThrow(
      expect.objectContaining({ code: 'NoSuchUpload' }),
    );
    expect(await filesUnder(inBucket('data'))).toEqual([]);
    expect(await filesUnder(inBucket('uploads'))).toEqual([]);
  });

  it('knows an upload that was completed just before a crash', async () => {
    const store = await open();
    const bucket = store.get('bucket-1');
    const uploadId = await store.uploadsOf('bucket-1').create({ key: 'a', initiatedMs: nowMs, headers: {} });
    const segment = await bucket.data.write(bytesOf('part'));
    await store
      .uploadsOf('bucket-1')
      .addPart('a', { kind: 'part', uploadId, partNumber: 1, etag: 'e', lastModifiedMs: nowMs, segment });
    // What completing does first; the crash comes before it forgets the upload.
    await bucket.adopt({
      key: 'a',
      sizeBytes: 4,
      etag: 'e-1',
      lastModifiedMs: 0,
      segments: [segment],
      headers: {},
      uploadId,
    });
    nowMs += 25 * hourMs;
    const again = await open();
    await again.abortUploadsOlderThan(24 * hourMs);
    expect(await read(again.get('bucket-1'), 'a')).toBe('part');
    const finish = { nowMs, verify: () => Promise.reject(new Error('not again')), precondition: () => undefined };
    expect(await again.uploadsOf('bucket-1').complete(uploadId, 'a', [], finish)).toMatchObject({ etag: 'e-1' });
  });

  it('refuses changes in a bucket that was deleted meanwhile', async () => {
    const store = await open();
    const bucket = store.get('bucket-1');
    const segment = await bucket.data.write(bytesOf('late'));
    await store.delete('bucket-1');
    const late = bucket.put({ key: 'a', sizeBytes: 4, etag: 'e', lastModifiedMs: 0, segments: [segment], headers: {} });
    await expect(late).rejects.toMatchObject({ code: 'NoSuchBucket' });
    expect(await filesUnder(folder)).toEqual([]);
  });
});
