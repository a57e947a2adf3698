import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { AimeClient, type Fields } from '../harness/aime-client.js';
import { AimeWorker } from '../harness/aime-worker.js';
import { addressOf, startEmbeddedMesh, type EmbeddedMesh } from '../harness/embedded-mesh.js';
import { eventually } from '../harness/processes.js';
import { temporaryFolder } from '../harness/temporary-folder.js';

const workerKey = 'the-worker-key';

/** An endpoint that says again what it is told. */
function echoFile(name: string, more = ''): string {
  return `
[ENDPOINT]
name = "${name}"
title = "Says it again"
version = 3
job_inactivity_timeout = 3

[WORKER]
job_type = "${name}_type"
auth_key = "${workerKey}"

[CLIENTS]
authorization_keys = { ada = "key-of-ada", bob = "key-of-bob" }

[INPUTS]
text = { type = "string", required = true }
count = { type = "integer", min = 1, max = 10, default = 2, auto_convert = true }
kind = { type = "selection", supported = ["a", "b"], default = "a" }

[OUTPUTS]
text = { type = "string" }
count = { type = "integer" }
visits = { type = "integer" }

[PROGRESS.OUTPUTS]
status = { type = "string" }
${more}`;
}

const files: Record<string, string> = {
  'echo.toml': echoFile('echo'),
  'late.toml': echoFile('late'),
  'visits.toml': echoFile('visits', '[SESSION.VARS]\nvisits = { type = "integer", default = 0 }\n'),
  'paint.toml': echoFile(
    'paint',
    '[STATIC]\n"/paint/" = { file = "pages/index.html" }\n"/paint/static" = { path = "pages" }\n',
  ).replace('visits = { type = "integer" }', 'picture = { type = "image", format = "PNG" }'),
  'narrow.toml': echoFile('narrow').replace('version = 3', 'version = 3\nmax_queue_length = 3\nmax_time_in_queue = 2'),
  'busy.toml': echoFile('busy'),
  'fragile.toml': echoFile('fragile').replace('job_inactivity_timeout = 3', 'job_inactivity_timeout = 600'),
  'full.toml': `
[ENDPOINT]
name = "full"
max_queue_length = 1
[WORKER]
job_type = "full"
runtime = "echo"
[CLIENTS]
authorization_keys = { ada = "key-of-ada" }
[INPUTS]
value = { type = "json" }
[OUTPUTS]
value = { type = "json" }
`,
  'open.toml': `
[ENDPOINT]
name = "open"
[WORKER]
job_type = "open_type"
auth_key = "${workerKey}"
[CLIENTS]
authentication = "None"
authorization_keys = { eve = "key-of-eve" }
[INPUTS]
text = { type = "string", required = true }
[OUTPUTS]
text = { type = "string" }
`,
};

let bench: EmbeddedMesh;
let url: string;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let clientOf: (endpoint: string, key?: string | null) => AimeClient;

beforeAll(async () => {
  folder = await temporaryFolder();
  await mkdir(join(folder.path, 'pages'));
  await writeFile(join(folder.path, 'pages', 'index.html'), '<h1>paint</h1>');
  await writeFile(join(folder.path, 'pages', 'aime_api_server.cfg'), '[WORKERS]');
  await writeFile(join(folder.path, 'pages', '.hidden'), 'hidden');
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder.path, name), text);
  bench = await startEmbeddedMesh({ env: { AIME_ENDPOINTS_FOLDER: folder.path } });
  url = addressOf(bench.mesh, 'aime');
  clientOf = (endpoint, key = 'key-of-ada') => new AimeClient(url, endpoint, key);
}, 120_000);

afterAll(async () => {
  await bench[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const workerOf = (endpoint: string, name?: string): AimeWorker =>
  new AimeWorker(url, `${endpoint}_type`, workerKey, name);

describe('a job', () => {
  it('goes by one id from the client to an external worker and back', async () => {
    const client = clientOf('echo');
    const jobId = await client.submit({ text: 'hello', count: 99 });
    expect((await client.poll(jobId)).body).toEqual({
      success: true,
      job_id: jobId,
      ep_version: 3,
      job_state: 'queued',
      progress: { queue_position: 1, estimate: -1, num_workers_online: 0, progress: 0, progress_data: {} },
    });
    const worker = workerOf('echo');
    const [job] = await worker.take();
    expect(job).toEqual({
      job_id: jobId,
      text: 'hello',
      count: 10,
      kind: 'a',
      start_time: expect.any(Number),
      start_time_compute: expect.any(Number),
    });
    const told = await worker.progress(jobId, 40, { status: 'step 4', auth: 'host#0_1xTest', hidden: 'x' });
    expect(told).toEqual({ status: 200, body: [{ success: true }] });
    expect((await client.poll(jobId)).body).toMatchObject({
      job_state: 'processing',
      progress: { job_id: jobId, progress: 40, progress_data: { status: 'step 4' }, queue_position: 0 },
    });
    const posted = await worker.result(jobId, { text: 'olleh', count: 10, secret: 's', finished_time: 12.5 });
    expect(posted).toEqual({ status: 200, body: { cmd: 'ok' } });
    const result = await client.untilDone(jobId);
    expect(result).toEqual({
      success: true,
      job_id: jobId,
      ep_version: 3,
      text: 'olleh',
      count: 10,
      start_time: expect.any(Number),
      start_time_compute: expect.any(Number),
      result_received_time: expect.any(Number),
      compute_duration: expect.any(Number),
      total_duration: expect.any(Number),
      finished_time: 12.5,
    });
    expect(await client.untilDone(jobId)).toEqual(result);
    expect(JSON.stringify((await client.poll(jobId)).body)).not.toContain(workerKey);
  });

  it('is answered to a client that waits', async () => {
    const waiting = clientOf('echo', 'key-of-bob').ask('POST', '', { text: 'at once' });
    const worker = workerOf('echo');
    const [job] = await worker.take();
    expect(JSON.stringify(job)).not.toContain('key-of-bob');
    await worker.result(job?.job_id ?? '', { text: 'done' });
    const { status, body } = await waiting;
    expect([status, body]).toEqual([200, expect.objectContaining({ success: true, text: 'done', ep_version: 3 })]);
  });

  it('may be larger than what a queue carries, and its result too', async () => {
    const text = 'ü'.repeat(300_000);
    const client = clientOf('echo');
    const worker = workerOf('echo');
    const jobId = await client.submit({ text });
    const [job] = await worker.take();
    expect(job?.['text'] === text).toBe(true);
    await worker.result(jobId, { text: `${text}!` });
    expect((await client.untilDone(jobId))['text'] === `${text}!`).toBe(true);
    // both ways for a client that waits: by a record for what goes in, in parts for what comes out
    for (const sent of [text, 'short']) {
      const waiting = client.ask('POST', '', { text: sent });
      const [taken] = await worker.take();
      await worker.result(taken?.job_id ?? '', { text: `${text}?` });
      expect((await waiting).body['text'] === `${text}?`).toBe(true);
    }
  });

  it('comes in batches, in order', async () => {
    const client = clientOf('echo');
    const ids: string[] = [];
    for (const text of ['1', '2', '3']) ids.push(await client.submit({ text }));
    const worker = workerOf('echo');
    const taken = [...(await worker.take(2))];
    while (taken.length < 3) taken.push(...(await worker.take(2)));
    expect(taken.map(({ job_id: id }) => id).toSorted()).toEqual(ids.toSorted());
    const items = ids.map((id) => ({
      ...worker.identity,
      auth: undefined,
      job_id: id,
      progress: 5,
      progress_data: { auth: worker.identity.auth },
    }));
    expect((await worker.post('/worker_job_progress', items)).body).toEqual(ids.map(() => ({ success: true })));
    await Promise.all(ids.map((id) => worker.result(id, { text: id })));
    for (const id of ids) expect(await client.untilDone(id)).toMatchObject({ text: id });
  });

  it('comes in the next batch where this one is large enough', async () => {
    const client = clientOf('echo');
    const large = 'x'.repeat(33_000_000);
    for (const text of [`1${large}`, `2${large}`]) await client.submit({ text });
    const worker = workerOf('echo');
    const taken: unknown[] = [];
    while (taken.length < 2) {
      const jobs = await worker.take(2);
      expect(jobs).toHaveLength(1);
      for (const { job_id: id, text } of jobs) {
        taken.push(String(text).slice(0, 2));
        await worker.result(id, {});
      }
    }
    expect(taken.toSorted()).toEqual(['1x', '2x']);
  }, 120_000);

  it('that fails in the worker is done, with an error', async () => {
    const client = clientOf('echo');
    const worker = workerOf('echo');
    const jobId = await client.submit({ text: 'x' });
    await worker.take();
    await worker.result(jobId, { error: 'out of memory' });
    expect(await client.untilDone(jobId)).toEqual({
      success: true,
      job_id: jobId,
      ep_version: 3,
      error: 'out of memory',
    });
    const waiting = client.ask('POST', '', { text: 'x' });
    const [job] = await worker.take();
    await worker.result(job?.job_id ?? '', { error: 'again' });
    expect((await waiting).body).toMatchObject({ success: true, error: 'again' });
  });

  it('is cancelled by who made it, and its worker hears of it', async () => {
    const client = clientOf('echo');
    const worker = workerOf('echo');
    const jobId = await client.submit({ text: 'x' });
    expect((await clientOf('echo', 'key-of-bob').cancel(jobId)).status).toBe(402);
    await worker.take();
    expect((await client.cancel(jobId)).body).toMatchObject({ success: true, job_state: 'canceling' });
    expect((await worker.progress(jobId, 10)).body).toEqual([{ success: true, job_id: jobId, canceled: true }]);
    await worker.result(jobId, { error: 'canceled' });
    expect(await client.untilDone(jobId)).toMatchObject({ success: true, error: 'cancelled by its owner' });
    expect((await client.poll(jobId, { show_canceled: 'true' })).body).toMatchObject({
      job_state: 'canceled',
      progress: { progress: 0 },
    });
  });

  it('whose client has gone harms nobody', async () => {
    const leaving = new AbortController();
    const waiting = clientOf('echo')
      .ask('POST', '', { text: 'x' }, leaving.signal)
      .catch(() => 'gone');
    const worker = workerOf('echo');
    const [job] = await worker.take();
    leaving.abort();
    expect(await waiting).toBe('gone');
    const jobId = job?.job_id ?? '';
    await eventually('the worker being told', async () => {
      const [verdict] = (await worker.progress(jobId, 1)).body as Fields[];
      return verdict?.['canceled'] === true ? true : undefined;
    });
    expect((await worker.result(jobId, { text: 'x' })).status).toBe(200);
    const next = await clientOf('echo').submit({ text: 'next' });
    expect((await worker.take())[0]?.job_id).toBe(next);
    await worker.result(next, { text: 'next' });
  });

  it('of a worker that vanished goes to the next one, and the late result is ignored', async () => {
    const client = clientOf('late');
    const [first, second] = [workerOf('late', 'first#0'), workerOf('late', 'second#0')];
    const jobId = await client.submit({ text: 'x' });
    await first.take();
    const [again] = await second.take(); // the lease of 3 s ends
    expect(again?.job_id).toBe(jobId);
    expect(await first.result(jobId, { text: 'late' })).toMatchObject({ status: 200, body: { cmd: 'warning' } });
    expect((await first.progress(jobId, 1)).body).toEqual([{ success: true, job_id: jobId, canceled: true }]);
    expect((await second.result(jobId, { text: 'mine' })).body).toEqual({ cmd: 'ok' });
    expect((await second.result(jobId, { text: 'twice' })).body).toMatchObject({ cmd: 'warning' });
    expect(await client.untilDone(jobId)).toMatchObject({ text: 'mine' });
    // who waits for its result is told at once
    const waiting = client.ask('POST', '', { text: 'x' });
    await first.take();
    expect((await waiting).status).toBe(503);
  }, 90_000);

  it('of a worker that vanished takes nothing from the worker that comes in its place, however often', async () => {
    const client = clientOf('fragile');
    const texts = ['1', '2', '3', '4', '5'];
    for (const text of texts) await client.submit({ text });
    const taken: unknown[] = [];
    for (const _ of texts) taken.push((await workerOf('fragile').take())[0]?.['text']);
    expect(taken).toEqual(texts);
  }, 120_000);

  it('is out of reach for workers of another type, with and without a name', async () => {
    const client = clientOf('echo');
    const [worker, stranger] = [workerOf('echo'), workerOf('late')];
    const jobId = await client.submit({ text: 'x' });
    await worker.take();
    const nameless = { ...stranger.identity, auth: null, job_id: jobId, progress: 1 };
    for (const told of [await stranger.progress(jobId, 1), await stranger.post('/worker_job_progress', nameless)]) {
      expect(told.body).toEqual([{ success: true }]);
    }
    expect((await stranger.result(jobId, { text: 'forged' })).body).toMatchObject({ cmd: 'warning' });
    // a batch without data names no worker
    const batch = [{ ...worker.identity, auth: null, job_id: jobId, progress: 30, progress_data: null }];
    expect((await worker.post('/worker_job_progress', batch)).body).toEqual([{ success: true }]);
    expect((await client.poll(jobId)).body).toMatchObject({ job_state: 'processing', progress: { progress: 30 } });
    await worker.result(jobId, { text: 'mine' });
    expect(await client.untilDone(jobId)).toMatchObject({ text: 'mine' });
    const waiting = client.ask('POST', '', { text: 'x' });
    const [job] = await worker.take();
    expect((await stranger.result(job?.job_id ?? '', { text: 'forged' })).body).toMatchObject({ cmd: 'warning' });
    await worker.result(job?.job_id ?? '', { text: 'mine' });
    expect((await waiting).body).toMatchObject({ text: 'mine' });
  });
});

describe('a queue', () => {
  it('takes no more than its file says, tells when to come again, and lets go of who waited too long', async () => {
    const client = clientOf('narrow');
    const submitted = await Promise.all(
      Array.from({ length: 6 }, () =>
        fetch(`${url}/narrow`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ key: 'key-of-ada', text: 'x', wait_for_result: false }),
        }),
      ),
    );
    expect(submitted.map(({ status }) => status).toSorted()).toEqual([200, 200, 200, 429, 429, 429]);
    const refused = submitted.find(({ status }) => status === 429);
    expect([refused?.headers.get('retry-after'), await refused?.json()]).toEqual([
      '1',
      { success: false, error: '3 jobs wait already: try again later', ep_version: 3 },
    ]);
    const taken = (await submitted.find(({ status }) => status === 200)?.json()) as Fields;
    expect(await client.untilDone(String(taken['job_id']))).toMatchObject({
      success: true,
      error: 'no worker was free while it could wait',
    });
    const answers = Array.from({ length: 5 }, () => client.ask('POST', '', { text: 'x' }));
    expect((await Promise.race(answers)).status).toBe(429);
    const worker = workerOf('narrow');
    for (let left = 3; left > 0;) {
      const jobs = await worker.take(3);
      left -= jobs.length;
      await Promise.all(jobs.map((job) => worker.result(job.job_id, { text: 'x' })));
    }
    expect((await Promise.all(answers)).map(({ status }) => status).toSorted()).toEqual([200, 200, 200, 429, 429]);
  });

  it('of our own workers has the bound of its file too', async () => {
    const submit = async (): Promise<number> =>
      (await clientOf('full').ask('POST', '', { value: [1], wait_for_result: false })).status;
    // Their worker is made with the first job, and has to start.
    const statuses = await Promise.all(Array.from({ length: 8 }, submit));
    expect(new Set(statuses)).toEqual(new Set([200, 429]));
  });

  it('gives turns to clients, however many jobs one of them has', async () => {
    const [greedy, small] = [clientOf('busy', 'key-of-ada'), clientOf('busy', 'key-of-bob')];
    const many = await Promise.all(Array.from({ length: 200 }, () => greedy.submit({ text: 'many' })));
    const few = await Promise.all(Array.from({ length: 3 }, () => small.submit({ text: 'few' })));
    const worker = workerOf('busy');
    const done: string[] = [];
    while (!few.every((id) => done.includes(id)) && done.length < many.length) {
      for (const job of await worker.take(2)) {
        await worker.result(job.job_id, { text: 'x' });
        done.push(job.job_id);
      }
    }
    expect(done.length).toBeLessThan(40);
  }, 90_000);

  it('shows in the metrics', async () => {
    const text = await (await fetch(`${url}/metrics`)).text();
    expect(text).toMatch(/mesh_aime_results_total\{job_type="echo_type",outcome="succeeded"\} [1-9]/u);
    expect(text).toMatch(/mesh_aime_job_duration_seconds_count\{job_type="echo_type"\} [1-9]/u);
    expect(text).toMatch(/mesh_aime_workers\{job_type="echo_type"\} [1-9]/u);
    expect(text).toMatch(/mesh_jobs_created_total\{dialect="aime",job_type="echo_type"\} [1-9]/u);
  });
});

describe('a worker', () => {
  it.each([
    ['a wrong key', 'echo_type', 'wrong'],
    ['no key', 'echo_type', ''],
    ['an unknown type', 'nothing', workerKey],
  ])('with %s is told so in its own words', async (_what, jobType, key) => {
    const worker = new AimeWorker(url, jobType, key);
    expect(await worker.request({ waitSeconds: 1 })).toEqual({ cmd: 'error', msg: expect.any(String) });
    expect((await worker.result('x', {})).body).toEqual({ success: false, error_msg: expect.any(String) });
    expect((await worker.progress('x', 1)).body).toEqual([{ success: false, error_msg: expect.any(String) }]);
    const { status, body } = await worker.post('/worker_check_server_status', worker.identity);
    expect([status, body]).toEqual([200, expect.objectContaining({ cmd: 'ok', key_valid: false })]);
    const login = await worker.post('/worker_login', { worker_parameters: worker.identity });
    expect(login).toMatchObject({ status: 200, body: { success: false } });
  });

  it('logs in, is seen, and waits for nothing', async () => {
    const worker = workerOf('visits', 'seen#0');
    const login = await worker.post('/worker_login', { worker_parameters: { ...worker.identity, gpu_name: 'GPU' } });
    expect(login.body).toEqual({ success: true, request_timeout: 60, api_server_version: expect.any(String) });
    expect(await worker.request({ waitSeconds: 0.1 })).toEqual({ cmd: 'no_job' });
    const status = await worker.post('/worker_check_server_status', worker.identity);
    expect(status.body).toEqual({ cmd: 'ok', logged_in: true, job_type_present: true, key_valid: true });
    for (const path of ['/api/endpoints/visits', '/api/visits']) {
      const { status: found, body } = await clientOf('').ask('GET', path);
      expect([found, body]).toEqual([
        200,
        expect.objectContaining({
          name: 'visits',
          version: 3,
          num_active_workers: 1,
          workers: [expect.objectContaining({ name: 'seen#0', state: 'waiting' })],
        }),
      ]);
      expect(JSON.stringify(body)).not.toMatch(/key-of|the-worker-key/u);
    }
  });

  it.each([
    ['RequestJobs', '/worker_job_request', { cmd: 'error' }],
    ['PostResult', '/worker_job_result', { cmd: 'warning' }],
    ['ReportProgress', '/worker_job_progress', [{ success: false }]],
  ])('that sends nonsense to %s is not made to ask for ever', async (_operation, path, wanted) => {
    for (const nonsense of [{}, { auth: 7 }, [], 'x', { auth: 'x', job_type: 'echo_type', job_id: 7 }]) {
      const { status, body } = await workerOf('echo').post(path, nonsense);
      expect(status).toBe(200);
      if (!Array.isArray(nonsense)) expect(body).toMatchObject(wanted);
    }
  });

  it.each([
    ['NaN', (body: string) => body.replace('"x"', 'NaN')],
    ['half of a surrogate pair', (body: string) => body.replace('"x"', String.raw`"\ud800"`)],
    ['an end in the middle', (body: string) => body.slice(0, -2)],
  ])('whose result has %s fails its job at once', async (_what, spoil) => {
    const client = clientOf('fragile');
    const jobId = await client.submit({ text: 'unreadable' });
    const worker = workerOf('fragile');
    for (let job = (await worker.take())[0]; job?.job_id !== jobId; job = (await worker.take())[0]);
    const body = spoil(JSON.stringify({ ...worker.identity, job_id: jobId, text: 'x' }));
    const answer = await fetch(`${url}/worker_job_result`, { method: 'POST', body });
    expect([answer.status, await answer.json()]).toEqual([200, { cmd: 'ok' }]);
    expect(await client.untilDone(jobId)).toMatchObject({ error: expect.stringContaining('cannot be read') });
  });

  it('that hangs up while it waits takes no job with it', async () => {
    const leaving = new AbortController();
    const poll = workerOf('echo')
      .request({ signal: leaving.signal })
      .catch(() => 'hung up');
    await eventually('the poll being seen', async () => {
      const { body } = await clientOf('').ask('GET', '/api/echo');
      return Number(body['num_active_workers']) > 0 ? true : undefined;
    });
    leaving.abort();
    expect(await poll).toBe('hung up');
    const jobId = await clientOf('echo').submit({ text: 'x' });
    const worker = workerOf('echo', 'stays#0');
    expect((await worker.take())[0]?.job_id).toBe(jobId);
    await worker.result(jobId, { text: 'x' });
  });
});

describe('a client', () => {
  it('is let in by keys of the file, of the mesh, and by sessions', async () => {
    for (const key of ['key-of-ada', bench.adminKey]) {
      const login = (await clientOf('echo').ask('POST', `/login?user=ada&key=${key}&version=1`, false)).body;
      expect(login).toEqual({ success: true, ep_version: 3, client_session_auth_key: expect.any(String), key });
      const session = clientOf('echo', null);
      const { status } = await session.ask('POST', '', {
        text: 'x',
        wait_for_result: false,
        client_session_auth_key: login['client_session_auth_key'],
      });
      expect(status).toBe(200);
      expect((await clientOf('').ask('GET', `/api/validate_key?key=${key}`)).body).toEqual({
        success: true,
        error: null,
      });
    }
    for (let left = 2; left > 0; left -= 1) {
      const [job] = await workerOf('echo').take();
      await workerOf('echo').result(job?.job_id ?? '', { text: 'x' });
    }
  });

  it.each([
    ['no key', null, 401, 'Client session authentication key not registered in API Server'],
    ['a wrong key', 'wrong', 401, 'Key not valid'],
    ['a key of another endpoint', 'key-of-eve', 402, 'Key not authorized for endpoint echo'],
  ])('with %s is refused', async (_what, key, status, message) => {
    const answer = await clientOf('echo', key).ask('POST', '', { text: 'x' });
    expect(answer).toEqual({ status, body: { success: false, error: [message], ep_version: 3 } });
    const login = await clientOf('echo').ask('GET', `/login?user=x&key=${key ?? 'null'}`);
    expect([login.status, login.body['success']]).toEqual([200, key === 'key-of-eve']);
  });

  it('gets in nowhere without a key, whatever a file says, unless the operator agrees', async () => {
    expect((await clientOf('open', null).ask('POST', '', { text: 'x' })).status).toBe(401);
  });

  it('is told all that is wrong with a request at once', async () => {
    const { status, body } = await clientOf('echo').ask('POST', '', { count: 'many', kind: 'c', other: 1 });
    expect(status).toBe(400);
    expect(body).toEqual({ success: false, ep_version: 3, error: expect.any(Array) });
    expect((body['error'] as string[]).join('\n')).toMatch(/text[^]*count[^]*kind[^]*other/u);
    for (const sent of [undefined, false, 7, 'x', [], null]) {
      expect((await clientOf('echo', null).ask('POST', '', sent)).status).toBe(400);
    }
  });

  it('lists endpoints, those that its key opens', async () => {
    const names = ['busy', 'echo', 'fragile', 'full', 'late', 'narrow', 'open', 'paint', 'visits'];
    const { body } = await clientOf('').ask('GET', '/api/endpoints');
    expect((body['endpoints'] as string[]).toSorted()).toEqual(names);
    expect((await clientOf('').ask('POST', '/api/endpoints?key=key-of-eve', false)).body).toEqual({
      endpoints: ['open'],
    });
    expect(await clientOf('').ask('GET', '/api/endpoints?key=nobody')).toEqual({
      status: 401,
      body: { error: 'Key not valid' },
    });
    expect((await clientOf('').ask('POST', '/api/validate_key?key=nobody', false)).body).toEqual({
      success: false,
      error: 'Key not valid',
    });
  });

  it.each(['echo', 'paint'])('can read the OpenAPI document of %s', async (endpoint) => {
    const { body } = await clientOf('').ask('GET', `/api/endpoints/${endpoint}/openapi.json`);
    const { valid, errors } = await new Validator().validate(body);
    expect([valid, errors]).toEqual([true, undefined]);
    expect(body).toMatchObject({
      paths: { [`/${endpoint}`]: { post: { operationId: 'Submit' } } },
      components: {
        schemas: {
          Parameters: {
            properties: { text: { type: 'string' }, kind: { enum: ['a', 'b'], default: 'a' } },
            required: ['text'],
          },
        },
      },
    });
  });

  it('gets a page and files where the file has them, and nothing beside them', async () => {
    for (const path of ['/paint/', '/paint/static/index.html', '/paint/static']) {
      const answer = await fetch(`${url}${path}`);
      expect([answer.status, answer.headers.get('content-type'), await answer.text()]).toEqual([
        200,
        'text/html; charset=utf-8',
        '<h1>paint</h1>',
      ]);
    }
    for (const path of [
      '/paint/static/..%2fecho.toml',
      '/paint/static/%2e%2e/echo.toml',
      '/paint/static/none',
      '/paint/static/aime_api_server.cfg',
      '/paint/static/.hidden',
      '/x/y',
    ]) {
      expect((await fetch(`${url}${path}`)).status).toBe(404);
    }
  });

  it('keeps its session by a cookie', async () => {
    let cookie = '';
    for (const visits of [1, 2]) {
      const waiting = fetch(`${url}/visits`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', cookie },
        body: JSON.stringify({ key: 'key-of-ada', text: 'x' }),
      });
      const worker = workerOf('visits');
      const [job] = await worker.take();
      await worker.result(job?.job_id ?? '', { visits: Number(job?.['visits']) + 1 });
      const answer = await waiting;
      cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? '';
      expect([await answer.json(), cookie]).toEqual([
        expect.objectContaining({ visits }),
        expect.stringMatching(/^session=[0-9a-f]{32}$/u),
      ]);
    }
  });

  it('of another origin may read every answer', async () => {
    const preflight = await fetch(`${url}/echo`, { method: 'OPTIONS' });
    expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([204, '*']);
    const refused = await fetch(`${url}/nowhere`, { method: 'POST', body: '{}' });
    expect([refused.status, refused.headers.get('access-control-allow-origin'), await refused.json()]).toEqual([
      404,
      '*',
      expect.objectContaining({ success: false }),
    ]);
  });

  it('does not learn whether a job id that was made up exists', async () => {
    for (const id of ['', 'x', '0198c1f2-7f3a-7000-8000-000000000001', '0198c1f2-7f3a-7000-8000-000000000001.AAAA']) {
      expect((await clientOf('echo').poll(id)).status).toBe(402);
    }
  });
});

describe('the folder', () => {
  it('is followed: endpoints come and go without dropping a request', async () => {
    const file = join(folder.path, 'fleeting.toml');
    await writeFile(file, echoFile('fleeting'));
    const client = clientOf('fleeting');
    await eventually('the endpoint being served', async () =>
      (await client.ask('POST', '', {})).status === 400 ? true : undefined,
    );
    const waiting = client.ask('POST', '', { text: 'x' });
    const worker = workerOf('fleeting');
    const [job] = await worker.take();
    await writeFile(file, echoFile('fleeting').replace('version = 3', 'version = 4'));
    await eventually('the change being live', async () => {
      const { body } = await client.ask('GET', '/login?key=key-of-ada');
      return body['ep_version'] === 4 ? true : undefined;
    });
    await worker.result(job?.job_id ?? '', { text: 'x' });
    expect((await waiting).status).toBe(200);
    await rm(file);
    await eventually('the endpoint being gone', async () =>
      (await client.ask('GET', '/login')).status === 404 ? true : undefined,
    );
    expect((await client.ask('POST', '', { text: 'x' })).status).toBe(404);
  });

  it('that loses a file ends its jobs with what their workers bring, not with their leases', async () => {
    const file = join(folder.path, 'doomed.toml');
    // Longer than this test may take.
    await writeFile(file, echoFile('doomed').replace('job_inactivity_timeout = 3', 'job_inactivity_timeout = 600'));
    const client = clientOf('doomed');
    await eventually('the endpoint being served', async () =>
      (await client.ask('POST', '', {})).status === 400 ? true : undefined,
    );
    const waiting = client.ask('POST', '', { text: 'x' });
    const worker = workerOf('doomed');
    const [job] = await worker.take();
    await rm(file);
    await eventually('the endpoint being gone', async () =>
      (await client.ask('GET', '/login')).status === 404 ? true : undefined,
    );
    const stranger = new AimeWorker(url, 'doomed_type', 'not-its-key');
    expect((await stranger.result(job?.job_id ?? '', { text: 'x' })).body).toMatchObject({ success: false });
    expect((await worker.result(job?.job_id ?? '', { text: 'x' })).body).toEqual({ cmd: 'ok' });
    expect((await waiting).body).toMatchObject({ success: true, error: expect.stringContaining('no longer served') });
    expect(await worker.request()).toMatchObject({ cmd: 'error' });
  });
});
