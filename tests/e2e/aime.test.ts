import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AimeWorker } from '../harness/aime-worker.js';
import { addressOf, startEmbeddedMesh, type EmbeddedMesh } from '../harness/embedded-mesh.js';
import { eventually } from '../harness/processes.js';
import { temporaryFolder } from '../harness/temporary-folder.js';

const echo = `
[ENDPOINT]
name = "echo"
title = "Says it again"
version = 3

[WORKER]
job_type = "echo_type"
auth_key = "the-worker-key"

[CLIENTS]
authorization_keys = { ada = "key-of-ada", bob = "key-of-bob" }

[INPUTS]
text = { type = "string", required = true }
count = { type = "integer", min = 1, max = 10, default = 2, auto_convert = true }

[OUTPUTS]
text = { type = "string" }
count = { type = "integer" }

[PROGRESS.OUTPUTS]
status = { type = "string" }
`;

let bench: EmbeddedMesh;
let url: string;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeAll(async () => {
  folder = await temporaryFolder();
  await writeFile(join(folder.path, 'echo.toml'), echo);
  bench = await startEmbeddedMesh({ env: { AIME_ENDPOINTS_FOLDER: folder.path } });
  url = addressOf(bench.mesh, 'aime');
}, 120_000);

afterAll(async () => {
  await bench[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

type Fields = Record<string, unknown>;

async function ask(method: 'GET' | 'POST', path: string, body?: unknown): Promise<{ status: number; body: Fields }> {
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(60_000),
  });
  return { status: answer.status, body: (await answer.json()) as Fields };
}

async function submit(fields: Fields): Promise<string> {
  const { status, body } = await ask('POST', '/echo', { key: 'key-of-ada', wait_for_result: false, ...fields });
  expect([status, body]).toEqual([200, { success: true, job_id: expect.any(String), ep_version: 3 }]);
  return body['job_id'] as string;
}

const poll = (jobId: string) => ask('GET', `/echo/progress?${String(new URLSearchParams({ job_id: jobId }))}`);

function untilDone(jobId: string): Promise<Fields> {
  return eventually('the job being done', async () => {
    const { body } = await poll(jobId);
    return body['job_state'] === 'done' ? (body['job_result'] as Fields) : undefined;
  });
}

const worker = (name?: string): AimeWorker => new AimeWorker(url, 'echo_type', 'the-worker-key', name);

describe('an endpoint of a file', () => {
  it('takes a job by its id from the client to an external worker and back', async () => {
    const jobId = await submit({ text: 'hello', count: 99 });
    expect((await poll(jobId)).body).toMatchObject({ job_state: 'queued', progress: { queue_position: 1 } });
    const mine = worker();
    const [job] = await mine.take();
    expect(job).toEqual({
      job_id: jobId,
      text: 'hello',
      count: 10,
      start_time: expect.any(Number),
      start_time_compute: expect.any(Number),
    });
    await mine.progress(jobId, 40, { status: 'step 4', auth: 'host#0_1xTest', hidden: 'x' });
    expect((await poll(jobId)).body).toMatchObject({
      job_state: 'processing',
      progress: { progress: 40, progress_data: { status: 'step 4' }, queue_position: 0, num_workers_online: 1 },
    });
    expect(await mine.result(jobId, { text: 'olleh', count: 10, secret: 's' })).toEqual({
      status: 200,
      body: { cmd: 'ok' },
    });
    expect(await untilDone(jobId)).toMatchObject({
      success: true,
      job_id: jobId,
      ep_version: 3,
      text: 'olleh',
      count: 10,
    });
  });

  it('answers a client that waits', async () => {
    const waiting = ask('POST', '/echo', { key: 'key-of-bob', text: 'at once' });
    const mine = worker();
    const [job] = await mine.take();
    await mine.result(job?.job_id ?? '', { text: 'done' });
    const { status, body } = await waiting;
    expect([status, body]).toEqual([200, expect.objectContaining({ success: true, text: 'done', ep_version: 3 })]);
  });

  it('lets nobody in without a key', async () => {
    const { status, body } = await ask('POST', '/echo', { text: 'x' });
    expect([status, body]).toEqual([
      401,
      {
        success: false,
        error: ['Client session authentication key not registered in API Server'],
        ep_version: 3,
      },
    ]);
  });
});
