import { readdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { convertMedia, openMedia, probeMedia } from '@infermesh/contracts';
import { createJobQueue, type JobQueue } from '@infermesh/job-queue';
import { ResourceStack } from '@infermesh/lifecycle';
import { startLocalS3 } from '@infermesh/local-s3';
import { createMediaClient, type MediaClient } from '@infermesh/media-client';
import { createObjectStore, objectKeys, type ObjectStore } from '@infermesh/object-store';
import { startEmbeddedRedis } from '@infermesh/redis';
import { createLogger, Metrics } from '@infermesh/telemetry';
import { temporaryFolder } from '../../../tests/harness/temporary-folder.js';
import { aPicture, aTone } from '../../../packages/media/tests/made-by-ffmpeg.js';
import { eventually } from '../../../tests/harness/processes.js';
import { startMediaConverter } from '../src/service.js';
import { Transfers } from '../src/transfers.js';

jest.setTimeout(120_000);

const logger = createLogger({ service: 'test', level: 'silent' });
const metrics = new Metrics();
const ground = new ResourceStack();
const { signal } = new AbortController();
const limits = { maxBytes: 4_000_000, maxOutputBytes: 8_000_000, maxPixels: 5_000_000, maxDurationMs: 60_000 };
let scratchFolder: string;
let objectStore: ObjectStore;
let jobQueue: JobQueue;
let media: MediaClient;
let neighbour: MediaClient;
let storeUrl: string;

const soon = (): { deadlineAt: number } => ({ deadlineAt: Date.now() + 60_000 });

beforeAll(async () => {
  const folder = ground.use(await temporaryFolder()).path;
  scratchFolder = join(folder, 'scratch');
  const redis = ground.use(await startEmbeddedRedis({ folder: join(folder, 'redis'), logger }));
  const keys = { accessKeyId: 'test', secretAccessKey: 'test-secret-of-this-run' };
  const s3 = ground.use(await startLocalS3({ folder: join(folder, 'objects'), credentials: [keys] }));
  storeUrl = s3.url;
  objectStore = ground.use(createObjectStore({ endpoint: s3.url, region: 'us-east-1', bucket: 'media', ...keys }));
  await objectStore.ensureBucket(signal);
  const queueOf = (service: string): JobQueue =>
    ground.use(createJobQueue({ redisUrl: redis.url, service, logger, connectGraceMs: 10_000 }));
  const service = ground.use(
    await startMediaConverter({
      jobQueue: queueOf('media-converter'),
      objectStore,
      storeOrigins: [new URL(s3.url).origin],
      scratchFolder,
      searchPath: process.env['PATH'],
      limits,
      slots: 2,
      maxWaiting: 4,
      logger,
      metrics,
    }),
  );
  neighbour = service.client;
  jobQueue = queueOf('test');
  media = createMediaClient(jobQueue);
}, 120_000);

afterAll(() => ground[Symbol.asyncDispose]());

async function storedKeys(): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of objectStore.list(objectKeys.mediaTransfers, { signal })) keys.push(key);
  return keys;
}

describe('small media', () => {
  it('travel in the message, there and back', async () => {
    const bytes = await aPicture('jpeg', { width: 64, height: 48 });
    const converted = await media.convertImage(bytes, { formats: ['png'], width: { supported: [32] } }, soon());
    expect(converted).toMatchObject({
      isUntouched: false,
      before: { format: 'jpeg', width: 64, height: 48 },
      after: { format: 'png', width: 32, height: 48 },
      mismatches: [],
    });
    expect(await media.probe(converted.bytes, soon())).toEqual(converted.after);
    expect(await storedKeys()).toEqual([]);
  });

  it('come back untouched where they comply', async () => {
    const bytes = await aTone('mp3', { seconds: 1 });
    const { bytes: same, isUntouched } = await media.convertAudio(bytes, { formats: ['mp3', 'wav'] }, soon());
    expect(isUntouched).toBe(true);
    expect(same).toBe(bytes);
  });
});

describe('large media', () => {
  it('travel through the object store, and leave nothing there', async () => {
    const bytes = await aTone('wav', { seconds: 5 });
    expect(bytes.length).toBeGreaterThan(400_000);
    const { after, bytes: made } = await media.convertAudio(bytes, { sampleRateHz: { supported: [16_000] } }, soon());
    expect(after).toMatchObject({ format: 'wav', sampleRateHz: 16_000, durationMs: 5000, sizeBytes: made.length });
    expect(made.length).toBeGreaterThan(100_000);
  });

  it('are removed from it once they were used, when the time has come and when the service stops', async () => {
    const options = { objectStore, storeOrigins: [], limits: { ...limits, maxSide: 1 }, logger };
    const folder = (): Promise<string> => Promise.resolve(scratchFolder);
    const useOne = async (transfers: Transfers): Promise<string[]> => {
      const { transfers: opened } = await transfers.open(1);
      const transferId = opened[0]?.transferId ?? '';
      const input = objectKeys.mediaInput(transferId);
      await objectStore.put(input, Buffer.from('in'), { signal });
      const source = { kind: 'transfer', transferId } as const;
      expect(await transfers.read(source, folder, signal)).toEqual(Buffer.from('in'));
      const { url } = await transfers.deliver(Buffer.from('out'), signal);
      const output = (await storedKeys()).find((key) => url.includes(key)) ?? 'none';
      return [input, output];
    };
    const areGone = async (keys: readonly string[]): Promise<boolean> => {
      const stored = await storedKeys();
      return keys.every((key) => !stored.includes(key));
    };
    const slow = new Transfers(options);
    const kept = await useOne(slow);
    expect(await areGone(kept)).toBe(false);
    await slow[Symbol.asyncDispose]();
    expect(await areGone(kept)).toBe(true);
    await using fast = new Transfers({ ...options, keepUsedMs: 1 });
    const dropped = await useOne(fast);
    await eventually('the transfer being removed', async () => ((await areGone(dropped)) ? true : undefined), 60_000);
  });

  it('are sent once, and again when they are gone', async () => {
    const bytes = await aTone('wav', { seconds: 3 });
    const inputs = async (): Promise<string[]> => (await storedKeys()).filter((key) => key.endsWith('/input'));
    const before = await inputs();
    await media.probe(bytes, soon());
    const { after } = await media.convertAudio(bytes, { channels: { supported: [1] } }, soon());
    expect(after).toMatchObject({ channels: 1 });
    expect((await inputs()).length).toBe(before.length + 1);
    await objectStore.delete(await inputs(), signal);
    expect(await media.probe(bytes, { ...soon(), decode: true })).toMatchObject({ channels: 2 });
  });

  it('may be given by a presigned URL of the own store', async () => {
    const bytes = await aPicture('png', { width: 400, height: 300 });
    await objectStore.put('jobs/t/j/payload/picture', bytes, { signal });
    const url = await objectStore.presignGet('jobs/t/j/payload/picture', { expiresInSeconds: 60 });
    const { attributes } = await jobQueue.call(probeMedia, { source: { kind: 'url', url } }, soon());
    expect(attributes).toMatchObject({ format: 'png', width: 400, height: 300 });
    const absent = await objectStore.presignGet('jobs/t/j/payload/other', { expiresInSeconds: 60 });
    await expect(jobQueue.call(probeMedia, { source: { kind: 'url', url: absent } }, soon())).rejects.toMatchObject({
      code: 'OBJECT_NOT_FOUND',
    });
    await expect(
      jobQueue.call(probeMedia, { source: { kind: 'url', url: `${storeUrl}/media/jobs/t/j/payload/picture` } }, soon()),
    ).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  it('are not fetched from anywhere else', async () => {
    let wasAsked = false;
    const server = createServer((_request, answer) => {
      wasAsked = true;
      answer.end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/picture`;
    await expect(jobQueue.call(probeMedia, { source: { kind: 'url', url } }, soon())).rejects.toMatchObject({
      code: 'OUTBOUND_REFUSED',
    });
    expect(wasAsked).toBe(false);
    server.close();
  });

  it('over the limit are refused before they are sent', async () => {
    const before = await storedKeys();
    await expect(media.probe(Buffer.alloc(limits.maxBytes + 1), soon())).rejects.toMatchObject({
      code: 'MEDIA_TOO_LARGE',
    });
    expect(await storedKeys()).toEqual(before);
  });

  it('of a caller that died are swept after an hour, and not before', async () => {
    const { transfers } = await jobQueue.call(openMedia, { count: 1 }, soon());
    const unused = objectKeys.mediaInput(transfers[0]?.transferId ?? '');
    await objectStore.put(unused, Buffer.from('abc'), { signal });
    const storeOrigins: string[] = [];
    const allLimits = { ...limits, maxSide: 1 };
    await using patient = new Transfers({ objectStore, storeOrigins, limits: allLimits, logger });
    await patient.sweep();
    expect(await storedKeys()).toContain(unused);
    await using hasty = new Transfers({ objectStore, storeOrigins, limits: allLimits, logger, keepUnusedMs: 0 });
    await eventually('a later millisecond', async () => {
      await hasty.sweep();
      return (await storedKeys()).includes(unused) ? undefined : true;
    });
  });
});

describe('what cannot be done', () => {
  it('is refused with the code of its reason, and leaves no file', async () => {
    const playlist = Buffer.from('#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n');
    await expect(media.probe(playlist, soon())).rejects.toMatchObject({
      code: 'MEDIA_INVALID',
      message: 'found an HLS or M3U playlist; send an image or a recording',
    });
    await expect(media.convertAudio(await aPicture('png'), {}, soon())).rejects.toMatchObject({
      code: 'MEDIA_INVALID',
    });
    const large = await aPicture('png', { width: 3000, height: 3000 });
    await expect(media.probe(large, soon())).rejects.toMatchObject({ code: 'MEDIA_TOO_LARGE' });
    await expect(
      media.convertImage(await aPicture('png'), { formats: ['jpeg'], colorSpaces: ['rgba'] }, soon()),
    ).rejects.toMatchObject({ code: 'BAD_REQUEST', field: 'colorSpaces' });
    expect(await readdir(scratchFolder)).toEqual([]);
  });

  it('is refused with QUEUE_FULL when too many wait, and those that wait are served', async () => {
    const bytes = await aTone('flac', { seconds: 1 });
    const request = {
      source: { kind: 'inline' as const, base64: bytes.toString('base64') },
      wanted: { kind: 'audio' as const, formats: ['mp4' as const] },
    };
    const answers = await Promise.allSettled(
      Array.from({ length: 12 }, () => jobQueue.call(convertMedia, request, soon())),
    );
    const codes = answers.map((answer) =>
      answer.status === 'fulfilled' ? 'served' : (answer.reason as { code: string }).code,
    );
    expect(new Set(codes)).toEqual(new Set(['served', 'QUEUE_FULL']));
    expect(codes.filter((code) => code === 'served').length).toBeGreaterThanOrEqual(6);
    expect((await metrics.render()).body).toContain(
      'mesh_media_duration_seconds_count{kind="audio",outcome="succeeded"}',
    );
  });

  it('is given up when the caller leaves', async () => {
    const leaving = new AbortController();
    const bytes = await aTone('wav', { seconds: 20 });
    const converting = media.convertAudio(bytes, { formats: ['webm'] }, { ...soon(), signal: leaving.signal });
    const refused = expect(converting).rejects.toMatchObject({ code: 'CANCELLED' });
    await eventually('the conversion running', async () =>
      (await readdir(scratchFolder)).length > 0 ? true : undefined,
    );
    leaving.abort();
    await refused;
    await eventually('its files being removed', async () =>
      (await readdir(scratchFolder)).length === 0 ? true : undefined,
    );
  });
});

describe('a neighbour in the same process', () => {
  it('gets what others get, and nothing of it passes through the store', async () => {
    const before = await storedKeys();
    const tone = await aTone('wav', { seconds: 5 });
    const wanted = { sampleRateHz: { supported: [16_000] } };
    const near = await neighbour.convertAudio(tone, wanted, soon());
    expect(await storedKeys()).toEqual(before);
    const far = await media.convertAudio(tone, wanted, soon());
    expect(near.after).toEqual(far.after);
    expect(Buffer.from(near.bytes).equals(Buffer.from(far.bytes))).toBe(true);
    expect(await neighbour.probe(near.bytes, { ...soon(), decode: true })).toEqual(near.after);
  });

  it('gets back what complies', async () => {
    const bytes = await aPicture('png');
    const same = await neighbour.convertImage(bytes, { formats: ['png'] }, soon());
    expect([same.isUntouched, same.bytes === bytes]).toEqual([true, true]);
  });

  it('is refused as others are', async () => {
    await expect(neighbour.probe(Buffer.from('#EXTM3U\n'), soon())).rejects.toMatchObject({ code: 'MEDIA_INVALID' });
    const large = await aPicture('png', { width: 3000, height: 3000 });
    await expect(neighbour.convertImage(large, {}, soon())).rejects.toMatchObject({ code: 'MEDIA_TOO_LARGE' });
    const late = { deadlineAt: Date.now() - 1 };
    await expect(neighbour.convertAudio(await aTone('wav'), { formats: ['mp3'] }, late)).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
    const tones = await Promise.all(Array.from({ length: 12 }, () => aTone('flac', { seconds: 1 })));
    const answers = await Promise.allSettled(
      tones.map((tone) => neighbour.convertAudio(tone, { formats: ['mp4'] }, soon())),
    );
    const full = answers.filter((answer) => answer.status === 'rejected');
    expect(full.length).toBeGreaterThan(0);
    for (const { reason } of full) expect(reason).toMatchObject({ code: 'QUEUE_FULL' });
    expect(await readdir(scratchFolder)).toEqual([]);
  });

  it('leaves, and its conversion ends', async () => {
    const leaving = new AbortController();
    const bytes = await aTone('wav', { seconds: 20 });
    const converting = neighbour.convertAudio(bytes, { formats: ['webm'] }, { ...soon(), signal: leaving.signal });
    const refused = expect(converting).rejects.toBe('left');
    await eventually('the conversion running', async () =>
      (await readdir(scratchFolder)).length > 0 ? true : undefined,
    );
    leaving.abort('left');
    await refused;
    await eventually('its files being removed', async () =>
      (await readdir(scratchFolder)).length === 0 ? true : undefined,
    );
  });
});
