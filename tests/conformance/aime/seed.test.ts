import { copyFile, cp, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ResourceStack } from '@infermesh/lifecycle';
import { aPicture, aTone } from '../../../packages/media/tests/made-by-ffmpeg.js';
import { startMediaService, type MediaService } from '../../harness/media-service.js';
import { temporaryFolder } from '../../harness/temporary-folder.js';
import { startAimeBench, type AimeBench } from './aime-bench.js';
import { AimeWorker } from './aime-worker.js';
import type { Json } from './wire.js';

jest.setTimeout(60_000);

const examples = fileURLToPath(new URL('../../../packages/aime-endpoints/tests/examples', import.meta.url));
const opened = new ResourceStack();
let bench: AimeBench;
let media: MediaService;

beforeAll(async () => {
  const folder = opened.use(await temporaryFolder()).path;
  await mkdir(join(folder, 'endpoints'));
  await copyFile(join(examples, 'every-key.toml'), join(folder, 'endpoints', 'every-key.toml'));
  await cp(join(examples, 'pages'), join(folder, 'endpoints', 'pages'), { recursive: true });
  bench = opened.use(await startAimeBench({ AIME_ENDPOINTS_FOLDER: join(folder, 'endpoints') }));
  media = opened.use(await startMediaService());
}, 120_000);

afterAll(() => opened[Symbol.asyncDispose](), 60_000);

const dataUrl = (type: string, bytes: Buffer): string => `data:${type};base64,${bytes.toString('base64')}`;

// Section 7.5 of the dossier: 18. The file holds every example of the documentation.
describe('18. the documented examples', () => {
  const worker = (): AimeWorker =>
    new AimeWorker({ url: bench.url, jobType: 'every_key_jobs', authKey: 'worker-secret', name: 'host#1_1xGPU' });

  async function jobFor(inputs: Json): Promise<Json> {
    const client = bench.clientWith('client-secret');
    const id = await client.start('every_key', inputs);
    const own = worker();
    const job = await own.takeJob();
    await own.finish(job.job_id, { steps: 3, text: 'done', left: 'out' });
    expect((await client.untilDone('every_key', id)).result).toMatchObject({ success: true, steps: 3, text: 'done' });
    return job;
  }

  const measured = async (url: unknown): Promise<unknown> =>
    media.client.probe(Buffer.from(String(url).split(',')[1] ?? '', 'base64'), { deadlineAt: Date.now() + 60_000 });

  it('give a request without parameters the defaults', async () => {
    expect(await jobFor({})).toMatchObject({ steps: 1, strength: 1, history: [], sampler: 'heun', batch: 8 });
  });

  it('bring numbers, texts and selections to what they may be', async () => {
    const job = await jobFor({ steps: 99, strength: -1, prompt: 'x'.repeat(300), sampler: 'plms', batch: 3 });
    expect(job).toMatchObject({ steps: 10, strength: 0, prompt: 'x'.repeat(200), sampler: 'heun', batch: 8 });
  });

  it('take a chat as JSON', async () => {
    const history = [
      { role: 'system', content: 'System prompt' },
      { role: 'user', content: 'User question' },
      { role: 'assistant', content: 'Assistant answer' },
    ];
    expect(await jobFor({ history: JSON.stringify(history) })).toMatchObject({ history });
  });

  it('bring a recording to 16 kHz, 16 bits, one channel', async () => {
    const job = await jobFor({
      voice: dataUrl('audio/webm', await aTone('webm', { seconds: 1, sampleRateHz: 48_000 })),
    });
    expect(await measured(job['voice'])).toMatchObject({
      format: 'wav',
      sampleRateHz: 16_000,
      bitDepth: 16,
      channels: 1,
    });
  });

  it('bring a picture to a format and the colours of the list', async () => {
    const job = await jobFor({ picture: dataUrl('image/bmp', await aPicture('bmp')) });
    expect(await measured(job['picture'])).toMatchObject({ format: 'png', colorSpace: 'rgb' });
  });

  it('let in who has a name and its key, and tell of the worker', async () => {
    const client = bench.clientWith('client-secret');
    expect(await client.login('every_key', 'aime')).toMatchObject({ success: true, ep_version: 0 });
    expect(await bench.clientWith('wrong').login('every_key', 'aime')).toMatchObject({ success: false });
    const own = worker();
    const asked = client.ask('every_key', {});
    await own.finish((await own.takeJob()).job_id, { text: 'x' });
    expect(await asked).toMatchObject({ auth: 'host#1_1xGPU', worker_interface_version: expect.any(String) });
  });

  it('let progress through by its declarations', async () => {
    const client = bench.clientWith('client-secret');
    const id = await client.start('every_key', {});
    const own = worker();
    const job = await own.takeJob();
    await own.report(job.job_id, 7, { text: 'so far', num_generated_tokens: 4, left: 1 });
    expect((await client.poll('every_key', id)).body).toMatchObject({
      job_state: 'processing',
      progress: { progress: 7, progress_data: { text: 'so far', num_generated_tokens: 4 } },
    });
    await own.finish(job.job_id, {});
  });

  it.each([
    ['/every_key/', 'index.html'],
    ['/every_key/pages/style.css', 'style.css'],
    ['/every_key/pages/index.html', 'index.html'],
  ])('serve %s', async (path, file) => {
    const { status, text } = await bench.clientOf(null).exchange(path, { method: 'GET' });
    expect([status, text]).toEqual([200, await readFile(join(examples, 'pages', file), 'utf8')]);
  });
});
