import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ResourceStack } from '@infermesh/lifecycle';
import { createMediaClient, type MediaClient } from '@infermesh/media-client';
import { aPicture, aTone } from '../../packages/media/tests/made-by-ffmpeg.js';
import { addressOf, startEmbeddedMesh, type EmbeddedMesh } from '../harness/embedded-mesh.js';
import { eventually } from '../harness/processes.js';
import { temporaryFolder } from '../harness/temporary-folder.js';

jest.setTimeout(120_000);

const photograph = fileURLToPath(new URL('../../models/photographs/coffee.jpg', import.meta.url));

const toyModule = fileURLToPath(new URL('../harness/toy-runtime/module.mjs', import.meta.url));
const toyDescription = {
  'toy-echo': { payload: { text: { type: 'string' } }, result: { echoed: { type: 'json', required: true } } },
};

const scratch = new ResourceStack();
let bench: EmbeddedMesh;
let url: string;
let media: MediaClient;

beforeAll(async () => {
  const runtimesFile = join(scratch.use(await temporaryFolder()).path, 'runtimes.json');
  await writeFile(runtimesFile, JSON.stringify(toyDescription));
  bench = await startEmbeddedMesh({
    env: { INFERMESH_RUNTIME_MODULES: toyModule, AIME_RUNTIMES_FILE: runtimesFile },
  });
  url = addressOf(bench.mesh, 'aime');
  media = createMediaClient(bench.mesh.jobQueue);
}, 120_000);

afterAll(async () => {
  await bench[Symbol.asyncDispose]();
  await scratch[Symbol.asyncDispose]();
}, 60_000);

type Json = Record<string, unknown>;

async function send(endpoint: string, inputs: Json): Promise<{ status: number; body: Json }> {
  const answer = await fetch(`${url}/${endpoint}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ key: bench.adminKey, ...inputs }),
  });
  return { status: answer.status, body: (await answer.json()) as Json };
}

/** Asks and polls. @returns the result */
async function later(endpoint: string, inputs: Json): Promise<Json> {
  const { body } = await send(endpoint, { ...inputs, wait_for_result: false });
  const query = new URLSearchParams({ job_id: String(body['job_id']) });
  for (;;) {
    const answer = (await (await fetch(`${url}/${endpoint}/progress?${query.toString()}`)).json()) as Json;
    if (answer['job_state'] === 'done') return answer['job_result'] as Json;
    if (answer['success'] !== true) throw new Error(JSON.stringify(answer));
    await delay(50);
  }
}

const dataUrl = (type: string, bytes: Buffer): string => `data:${type};base64,${bytes.toString('base64')}`;
const bytesOf = (value: unknown): Buffer => Buffer.from(String(value).split(',')[1] ?? '', 'base64');
const measured = (value: unknown): Promise<unknown> =>
  media.probe(bytesOf(value), { decode: true, deadlineAt: Date.now() + 60_000 });

describe('upscale', () => {
  it('enlarges a photograph by the mesh’s own upscaler', async () => {
    const picture = dataUrl('image/jpeg', await readFile(photograph));
    const before = await measured(picture);
    const { width, height } = before as { width: number; height: number };
    const { status, body } = await send('upscale', { picture, factor: 1.5 });
    expect([status, body]).toEqual([
      200,
      expect.objectContaining({ success: true, ep_version: 1, factor: 1.5, width: Math.round(width * 1.5) }),
    ]);
    expect(await measured(body['picture'])).toMatchObject({ format: 'png', height: Math.round(height * 1.5) });
  });

  it('does so asynchronously too, with the default factor', async () => {
    const picture = dataUrl('image/png', await aPicture('png', { width: 40, height: 30 }));
    const result = await later('upscale', { picture });
    expect(result).toMatchObject({ success: true, factor: 2, width: 80, height: 60 });
    expect(await measured(result['picture'])).toMatchObject({ format: 'png', width: 80, height: 60 });
  });

  it('refuses what is no picture, and a request without one', async () => {
    expect(await send('upscale', { picture: dataUrl('image/png', Buffer.from('hello')) })).toMatchObject({
      status: 400,
    });
    expect(await send('upscale', {})).toMatchObject({
      status: 400,
      body: { error: [expect.stringContaining('picture')] },
    });
  });
});

describe('echo_media', () => {
  it('returns its inputs as they were converted', async () => {
    const [large, small, tone] = await Promise.all([
      aPicture('bmp', { width: 1024, height: 512 }),
      aPicture('png', { width: 300, height: 300 }),
      aTone('webm', { seconds: 1, sampleRateHz: 48_000 }),
    ]);
    const inputs = {
      picture: dataUrl('image/bmp', large),
      pictures: [dataUrl('image/png', small), dataUrl('image/bmp', large)],
      recording: dataUrl('audio/webm', tone),
    };
    for (const result of [(await send('echo_media', inputs)).body, await later('echo_media', inputs)]) {
      expect(await measured(result['picture'])).toMatchObject({ format: 'jpeg', width: 512, height: 256 });
      const pictures = await Promise.all((result['pictures'] as unknown[]).map(measured));
      expect(pictures).toMatchObject([
        { format: 'webp', width: 256, height: 256 },
        { format: 'webp', width: 256, height: 128 },
      ]);
      expect(await measured(result['recording'])).toMatchObject({
        format: 'wav',
        sampleRateHz: 16_000,
        bitDepth: 16,
        channels: 1,
      });
    }
  });

  it('returns what complies byte for byte', async () => {
    const picture = dataUrl('image/jpeg', await aPicture('jpeg', { width: 200, height: 100 }));
    const { body } = await send('echo_media', { picture });
    expect(body['picture']).toBe(picture);
    expect(body).not.toHaveProperty('recording');
  });
});

describe('an operator’s own runtime', () => {
  /** Drops a file into the folder, and waits until its endpoint is served. */
  async function serve(name: string): Promise<void> {
    const text = `[ENDPOINT]
name = "${name}"
[WORKER]
job_type = "${name}"
runtime = "toy-echo"
PAYLOAD = { text = "$words" }
RESULT = { said = "echoed.text", seed = "$seed" }
[INPUTS]
words = { type = "string", required = true, max_length = 100000 }
seed = { type = "integer", default = 7 }
[OUTPUTS]
said = { type = "string" }
seed = { type = "integer" }
`;
    await writeFile(join(bench.folder, 'endpoints', `${name}.toml`), text);
    await eventually('the endpoint being served', async () =>
      (await fetch(`${url}/api/endpoints/${name}`)).status === 200 ? true : undefined,
    );
  }

  it('does jobs at once and later, small and large', async () => {
    await serve('repeat');
    const large = 'x'.repeat(80_000);
    expect((await send('repeat', { words: 'hello' })).body).toMatchObject({ success: true, said: 'hello', seed: 7 });
    expect(await later('repeat', { words: 'later', seed: 3 })).toMatchObject({ said: 'later', seed: 3 });
    expect((await send('repeat', { words: 'y'.repeat(30_000) })).body).toMatchObject({ said: 'y'.repeat(30_000) });
    expect((await send('repeat', { words: large })).body).toMatchObject({ success: true, seed: 7 });
  });
});
