import type { ServerResponse } from 'node:http';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createClient, type Client, type ClientOptions, type ProgressEvent } from '../src/index.js';
import {
  hangUp,
  jobAnswer,
  jobId,
  json,
  resultBytes,
  silence,
  startFakeGateway,
  type FakeGateway,
} from './fake-gateway.js';

let gateway: FakeGateway;
let folder: string;
beforeEach(async () => {
  gateway = await startFakeGateway();
  folder = await mkdtemp(join(tmpdir(), 'infermesh-client-'));
});
afterEach(async () => {
  await gateway[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

function client(options: Partial<ClientOptions> = {}): Client {
  return createClient({ baseUrl: gateway.baseUrl, apiKey: gateway.key, ...options });
}

const photo = Buffer.from('a small photo');
const getJob = `GET /prod/inferences/${jobId}`;
const startJob = `PUT /prod/inferences/${jobId}/start`;

test('an address that leads to no route is said to be wrong, not the permission', async () => {
  gateway.plan('GET /ping', json(403, { message: 'Missing Authentication Token' }));
  const atRoot = client({ baseUrl: `${gateway.origin}/` });
  await expect(atRoot.esd.ping()).rejects.toMatchObject({
    status: 403,
    hint: expect.stringContaining('check the address'),
  });
});

test.each([
  [400, 'EntityTooLarge', 'over the limit'],
  [507, 'InsufficientStorage', 'disk of the object store is full'],
])('a payload that the store refuses with %d %s says what to do', async (status, code, hint) => {
  gateway.plan('PUT /store/payload', (response: ServerResponse) => {
    response.writeHead(status).end(`<Error><Code>${code}</Code></Error>`);
  });
  await expect(client({ timeoutMs: 200 }).upscale(photo)).rejects.toMatchObject({
    hint: expect.stringContaining(hint),
  });
});

describe('upscale', () => {
  test('walks the whole way and brings the image', async () => {
    const events: ProgressEvent[] = [];
    const done = await client().upscale(photo, {
      factor: 3,
      upscaler: 'infermesh-photo-x2',
      onProgress: (event) => events.push(event),
    });
    const path = join(folder, 'out.png');
    expect(await client().esd.downloadResult(done, path)).toEqual({ sizeBytes: resultBytes.length });

    expect(resultBytes.equals(await readFile(path))).toBe(true);
    expect(resultBytes.equals(await client().esd.readResult(done))).toBe(true);
    expect(gateway.calls().slice(0, 6)).toEqual([
      'POST /prod/inferences',
      'PUT /store/payload',
      startJob,
      getJob,
      getJob,
      getJob,
    ]);
    const [create, upload] = gateway.requests;
    expect(JSON.parse(create?.body ?? '')).toEqual({
      task_type: 'extra-single-image',
      inference_type: 'Async',
      models: {},
    });
    expect(JSON.parse(upload?.body ?? '')).toEqual({
      resize_mode: 0,
      upscaling_resize: 3,
      upscaler_1: 'infermesh-photo-x2',
      image: photo.toString('base64'),
    });
    expect(events.map(({ step }) => step)).toEqual(['create', 'upload', 'start', 'wait', 'wait', 'wait']);
    expect(events[3]).toMatchObject({
      inference: { status: 'inprogress', progress: { fraction: 1 / 3, stage: 'enlarging' } },
    });
  });

  test('real-time: the start brings the finished job, nothing is asked for', async () => {
    gateway.plan(startJob, jobAnswer(gateway.origin, { inference_type: 'Real-time' }));
    const done = await client().upscale(photo, { mode: 'Real-time' });
    expect(done).toMatchObject({ id: jobId, status: 'succeed', imageNames: ['image.png'] });
    expect(JSON.parse(gateway.requests[0]?.body ?? '')).toMatchObject({ inference_type: 'Real-time' });
    // Without an upscaler the payload would mean "None": a photo given back as it came.
    expect(JSON.parse(gateway.requests[1]?.body ?? '')).toMatchObject({ upscaling_resize: 2, upscaler_1: 'Lanczos' });
    expect(gateway.calls()).not.toContain(getJob);
  });

  test('real-time: a gateway that stops holding the call (504) is asked for the job instead, and not started again', async () => {
    gateway.plan(startJob, json(504, { message: 'Endpoint request timed out' }));
    expect(await client().upscale(photo, { mode: 'Real-time' })).toMatchObject({ status: 'succeed' });
    expect(gateway.calls().filter((call) => call === startJob)).toHaveLength(1);
    expect(gateway.calls().filter((call) => call === getJob)).toHaveLength(3);
  });

  test('a start whose answer was lost is not repeated when the job runs', async () => {
    gateway.plan(startJob, hangUp);
    expect(await client().upscale(photo)).toMatchObject({ status: 'succeed' });
    expect(gateway.calls().filter((call) => call === startJob)).toHaveLength(1);
  });

  test('a start that never arrived is repeated, once', async () => {
    gateway.plan(startJob, hangUp);
    gateway.plan(getJob, jobAnswer(gateway.origin, { status: 'created' }));
    expect(await client().upscale(photo)).toMatchObject({ status: 'succeed' });
    expect(gateway.calls().filter((call) => call === startJob)).toHaveLength(2);
  });

  test('a failed job ends in the words of the server and names the job', async () => {
    gateway.plan(
      getJob,
      jobAnswer(gateway.origin, {
        status: 'failed',
        sagemakerRaw: 'OutOfMemoryError: needs 9 GiB',
        image_names: undefined,
      }),
    );
    await expect(client().upscale(photo)).rejects.toMatchObject({
      name: 'InferenceFailedError',
      inferenceId: jobId,
      reason: 'OutOfMemoryError: needs 9 GiB',
      message: `job ${jobId} failed: OutOfMemoryError: needs 9 GiB`,
    });
  });

  test('a real-time start can bring a failed job', async () => {
    gateway.plan(startJob, jobAnswer(gateway.origin, { status: 'failed', sagemakerRaw: 'bad image' }));
    await expect(client().upscale(photo, { mode: 'Real-time' })).rejects.toMatchObject({ reason: 'bad image' });
  });

  test('a real-time start that answers 400 is told apart: the job failed, or the request was wrong', async () => {
    const refused = json(400, { statusCode: 400, message: 'MEDIA_INVALID: not an image' });
    gateway.plan(startJob, refused, refused);
    gateway.plan(
      getJob,
      jobAnswer(gateway.origin, { status: 'failed', sagemakerRaw: 'MEDIA_INVALID: not an image' }),
      jobAnswer(gateway.origin, { status: 'created' }),
    );
    await expect(client().upscale(photo, { mode: 'Real-time' })).rejects.toMatchObject({
      name: 'InferenceFailedError',
      reason: 'MEDIA_INVALID: not an image',
    });
    await expect(client().upscale(photo, { mode: 'Real-time' })).rejects.toMatchObject({
      name: 'ApiError',
      status: 400,
    });
    expect(gateway.calls().filter((call) => call === startJob)).toHaveLength(2);
  });

  test('an error on the way carries the id of the job', async () => {
    gateway.plan('PUT /store/payload', (response) =>
      response.writeHead(403).end('<Error><Code>AccessDenied</Code></Error>'),
    );
    await expect(client().upscale(photo)).rejects.toMatchObject({
      name: 'ApiError',
      code: 'STORAGE_REFUSED',
      status: 403,
      message: 'the object store answered 403 (AccessDenied)',
      inferenceId: jobId,
    });
  });

  test.each([{ factor: 0 }, { factor: Number.NaN }, { factor: -2 }])(
    'refuses %j before anything is sent',
    async (options) => {
      await expect(client().upscale(photo, options)).rejects.toMatchObject({ name: 'UsageError' });
      await expect(client().upscale(new Uint8Array())).rejects.toMatchObject({
        name: 'UsageError',
        message: 'the image is empty',
      });
      expect(gateway.requests).toEqual([]);
    },
  );

  test('waits no longer than asked, and says that the job goes on', async () => {
    const running = Array.from({ length: 50 }, () => jobAnswer(gateway.origin, { status: 'inprogress' }));
    gateway.plan(getJob, ...running);
    await expect(client().upscale(photo, { deadlineMs: 300 })).rejects.toMatchObject({
      name: 'DeadlineError',
      waitedFor: 'job',
      inferenceId: jobId,
    });
  });

  test('an abort ends the wait with its own reason', async () => {
    const stopping = new AbortController();
    gateway.plan(getJob, silence);
    const arrived = gateway.arrival(getJob);
    const work = client().upscale(photo, { signal: stopping.signal });
    const outcome = expect(work).rejects.toThrow('enough');
    await arrived;
    stopping.abort(new Error('enough'));
    await outcome;
  });
});

describe('repetition', () => {
  test('a GET is repeated after lost connections and busy answers', async () => {
    gateway.plan(getJob, hangUp, json(503, { message: 'busy' }), json(502, { message: 'Internal server error' }));
    expect(await client().esd.getInference(jobId)).toMatchObject({ status: 'inprogress' });
    expect(gateway.calls()).toHaveLength(4);
  });

  test('but not for ever', async () => {
    gateway.plan(getJob, ...Array.from({ length: 9 }, () => hangUp));
    await expect(client().esd.getInference(jobId)).rejects.toMatchObject({ name: 'ConnectionError' });
    expect(gateway.calls()).toHaveLength(5);
  });

  test('an upload is repeated', async () => {
    gateway.plan('PUT /store/payload', hangUp, json(503, {}));
    await client().upscale(photo);
    expect(
      gateway.requests.filter(({ path }) => path === '/store/payload').map(({ body }) => body.length > 20),
    ).toEqual([true, true, true]);
  });

  test.each([
    ['a lost connection', hangUp, 'ConnectionError'],
    ['502', json(502, { message: 'Internal server error' }), 'ApiError'],
    ['503 without Retry-After', json(503, { message: 'busy' }), 'ApiError'],
  ])('a POST is not repeated after %s: it may have been done', async (_case, answer, name) => {
    gateway.plan('POST /prod/inferences', answer);
    await expect(client().esd.createInference({ taskType: 'rembg' })).rejects.toMatchObject({ name });
    expect(gateway.calls()).toHaveLength(1);
  });

  test.each([429, 503])(
    'a POST is repeated after %i with Retry-After: the server says that it was not done',
    async (status) => {
      gateway.plan('POST /prod/inferences', json(status, { message: 'Too Many Requests' }, { 'retry-after': '0' }));
      expect(await client().esd.createInference({ taskType: 'rembg' })).toMatchObject({ id: jobId });
      expect(gateway.calls()).toHaveLength(2);
    },
  );

  test('a wait that does not fit the deadline is not begun', async () => {
    gateway.plan(getJob, json(429, { message: 'Too Many Requests' }, { 'retry-after': '3600' }));
    await expect(client().esd.getInference(jobId)).rejects.toMatchObject({
      status: 429,
      retryAfterMs: 3_600_000,
      hint: 'Try again in 3600 s.',
    });
    expect(gateway.calls()).toHaveLength(1);
  });

  test('a refused login is not sent again', async () => {
    gateway.plan(
      'POST /auth/login',
      json(429, { error: { code: 'QUOTA_EXCEEDED', message: 'too many tries' } }, { 'retry-after': '0' }),
    );
    await expect(client().auth.login({ name: 'ada', password: 'x' })).rejects.toMatchObject({
      status: 429,
      code: 'QUOTA_EXCEEDED',
    });
    expect(gateway.calls()).toHaveLength(1);
  });
});

describe('deadlines and aborts', () => {
  test('a server that never answers costs the timeout, not more', async () => {
    gateway.plan(getJob, silence);
    await expect(client({ timeoutMs: 150 }).esd.getInference(jobId)).rejects.toMatchObject({
      name: 'DeadlineError',
      waitedFor: 'call',
    });
  });

  test('nor does one that stops in the middle of its answer', async () => {
    gateway.plan(getJob, (response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).write('{"data":'),
    );
    await expect(client({ timeoutMs: 150 }).esd.getInference(jobId)).rejects.toMatchObject({ name: 'DeadlineError' });
  });

  test('an aborted signal sends nothing', async () => {
    await expect(client().esd.getInference(jobId, { signal: AbortSignal.abort(new Error('no')) })).rejects.toThrow(
      'no',
    );
    expect(gateway.requests).toEqual([]);
  });

  test('an abort breaks the wait between two tries', async () => {
    const stopping = new AbortController();
    gateway.plan(getJob, json(503, { message: 'busy' }, { 'retry-after': '20' }));
    const arrived = gateway.arrival(getJob);
    const outcome = expect(client().esd.getInference(jobId, { signal: stopping.signal })).rejects.toThrow('enough');
    await arrived;
    stopping.abort(new Error('enough'));
    await outcome;
  });

  test('nothing listening: the error says where and why', async () => {
    const { baseUrl } = gateway;
    await gateway[Symbol.asyncDispose]();
    gateway = await startFakeGateway();
    await expect(createClient({ baseUrl }).esd.ping()).rejects.toMatchObject({
      name: 'ConnectionError',
      message: `cannot reach ${new URL(baseUrl).host}: nothing listens there`,
    });
  });
});

describe('download', () => {
  const done = () => client().esd.getInference(jobId);
  const getImage = 'GET /store/image.png';

  test('a result that breaks off is fetched again from its start', async () => {
    gateway.plan(getJob, jobAnswer(gateway.origin));
    gateway.plan(getImage, (response) => {
      response.writeHead(200, { 'content-length': resultBytes.length });
      response.write(resultBytes.subarray(0, 50_000), () => response.destroy());
    });
    const path = join(folder, 'out.png');
    await client().esd.downloadResult(await done(), path);
    expect(resultBytes.equals(await readFile(path))).toBe(true);
    expect(await readdir(folder)).toEqual(['out.png']);
    expect(gateway.calls().filter((call) => call === getImage)).toHaveLength(2);
  });

  test('one that always breaks off leaves no file', async () => {
    gateway.plan(getJob, jobAnswer(gateway.origin));
    const cut = Array.from({ length: 5 }, () => (response: ServerResponse) => {
      response.writeHead(200, { 'content-length': resultBytes.length });
      response.write(resultBytes.subarray(0, 50_000), () => response.destroy());
    });
    gateway.plan(getImage, ...cut);
    await expect(client().esd.downloadResult(await done(), join(folder, 'out.png'))).rejects.toMatchObject({
      name: 'ConnectionError',
    });
    expect(await readdir(folder)).toEqual([]);
  });

  test('an expired URL is renewed once', async () => {
    gateway.plan(getJob, jobAnswer(gateway.origin), jobAnswer(gateway.origin));
    gateway.plan(getImage, (response) => response.writeHead(403).end('<Error><Code>AccessDenied</Code></Error>'));
    const path = join(folder, 'out.png');
    await client().esd.downloadResult(await done(), path);
    expect(resultBytes.equals(await readFile(path))).toBe(true);
    expect(gateway.calls()).toEqual([getJob, getImage, getJob, getImage]);
  });

  test('a full disk, or no folder, is not tried again', async () => {
    gateway.plan(getJob, jobAnswer(gateway.origin));
    await expect(client().esd.downloadResult(await done(), join(folder, 'none', 'out.png'))).rejects.toMatchObject({
      code: 'ENOENT',
    });
    expect(gateway.calls().filter((call) => call === getImage)).toHaveLength(1);
  });

  test('progress counts bytes up to the whole', async () => {
    gateway.plan(getJob, jobAnswer(gateway.origin));
    const events: ProgressEvent[] = [];
    await client().esd.downloadResult(await done(), join(folder, 'out.png'), {
      onProgress: (event) => events.push(event),
    });
    expect(events.at(-1)).toEqual({
      step: 'download',
      inferenceId: jobId,
      receivedBytes: resultBytes.length,
      totalBytes: resultBytes.length,
    });
  });

  test('a job without an image, and a URL of another kind, are refused', async () => {
    gateway.plan(
      getJob,
      jobAnswer(gateway.origin, { img_presigned_urls: [] }),
      jobAnswer(gateway.origin, { img_presigned_urls: ['data:,x'] }),
    );
    await expect(client().esd.readResult(await done())).rejects.toMatchObject({ code: 'UNEXPECTED_ANSWER' });
    await expect(client().esd.readResult(await done())).rejects.toMatchObject({ code: 'UNEXPECTED_ANSWER' });
  });
});

describe('the key', () => {
  test('goes to the gateway in a header, and to the object store not at all', async () => {
    const done = await client().upscale(photo);
    await client().esd.readResult(done);
    const held = (wanted: boolean) => gateway.requests.filter(({ path }) => path.startsWith('/store/') === wanted);
    expect(held(false).every(({ headers }) => headers['x-api-key'] === gateway.key)).toBe(true);
    expect(held(true)).toHaveLength(2);
    expect(held(true).some((request) => JSON.stringify(request).includes(gateway.key))).toBe(false);
    expect(held(true).map(({ headers }) => headers['content-type'])).toEqual([undefined, undefined]);
  });

  test('does not follow a redirect', async () => {
    await using elsewhere = await startFakeGateway();
    const location = `${elsewhere.origin}/prod/inferences/${jobId}?token=hidden`;
    gateway.plan(getJob, (response) => response.writeHead(307, { location }).end());
    await expect(client().esd.getInference(jobId)).rejects.toMatchObject({
      status: 307,
      message: `the server points to ${elsewhere.origin}/prod/inferences/${jobId}; the API key is not sent there`,
    });
    expect(elsewhere.requests).toEqual([]);
  });

  test('one that is no header value is refused without being repeated', () => {
    expect(() => client({ apiKey: 'top secret\n' })).toThrow(
      expect.objectContaining({ name: 'UsageError', message: 'the API key holds characters that no key has' }),
    );
  });

  test('stays at home during a login', async () => {
    await client().auth.login({ name: 'ada', password: 'correct horse', keyName: 'laptop', expiresInSeconds: 60 });
    expect(gateway.requests[0]?.headers['x-api-key']).toBeUndefined();
    expect(JSON.parse(gateway.requests[0]?.body ?? '')).toEqual({
      name: 'ada',
      password: 'correct horse',
      keyName: 'laptop',
      expiresInSeconds: 60,
    });
  });
});

describe('answers', () => {
  test.each([
    [
      'the envelope of a function',
      json(404, { statusCode: 404, message: 'inference with id X not found' }),
      { status: 404, message: 'inference with id X not found' },
    ],
    [
      'that of the gateway, with its request id',
      json(403, { message: 'Forbidden', requestId: 'req-5' }),
      { status: 403, requestId: 'req-5', hint: expect.stringContaining('infermesh login') },
    ],
    [
      'a missing permission',
      json(403, { statusCode: 403, message: "User ada has no permissions: ['inference:all']" }),
      { hint: expect.stringContaining('administrator') },
    ],
    [
      'the shape of the auth routes',
      json(400, { error: { code: 'BAD_REQUEST', message: 'too short', field: 'password', requestId: 'req-6' } }),
      { status: 400, code: 'BAD_REQUEST', field: 'password', requestId: 'req-6' },
    ],
    ['a page of some proxy', json(500, '<html>'), { status: 500, message: 'the server answered 500' }],
    ['a request id in a header', json(400, {}, { 'x-request-id': 'req-7' }), { requestId: 'req-7' }],
  ])('an error in %s', async (_case, answer, expected) => {
    gateway.plan(getJob, answer);
    await expect(client().esd.getInference(jobId)).rejects.toMatchObject({ name: 'ApiError', ...expected });
  });

  test.each([
    ['no JSON', (response: ServerResponse) => void response.writeHead(200).end('<html>welcome</html>')],
    ['another shape', json(200, { hello: 'world' })],
    ['an unknown status', json(200, { data: { InferenceJobId: jobId, status: 'paused' } })],
    ['nothing', (response: ServerResponse) => void response.writeHead(200).end()],
  ])('%s is told from a gateway', async (_case, answer) => {
    gateway.plan(getJob, answer);
    await expect(client().esd.getInference(jobId)).rejects.toMatchObject({
      name: 'ApiError',
      code: 'UNEXPECTED_ANSWER',
    });
  });

  test('a job as the dossier writes it, nulls present or keys absent, progress in any form', async () => {
    const bare = { InferenceJobId: jobId, status: 'created' };
    gateway.plan(
      getJob,
      json(200, { data: bare }),
      json(200, { data: { ...bare, image_names: null, completeTime: null, sagemakerRaw: null, progress: 0.25 } }),
      json(200, { data: { ...bare, progress: { queuePosition: 3 } } }),
      json(200, { data: { ...bare, progress: 'halfway' } }),
    );
    const seen = [await client().esd.getInference(jobId), await client().esd.getInference(jobId)];
    expect(seen).toMatchObject([
      { id: jobId, imageNames: [], completeTime: null, reason: null, progress: null },
      { imageNames: [], progress: { fraction: 0.25, stage: null, queuePosition: null } },
    ]);
    expect((await client().esd.getInference(jobId)).progress).toEqual({
      fraction: null,
      stage: null,
      queuePosition: 3,
    });
    expect((await client().esd.getInference(jobId)).progress).toBeNull();
  });

  test('a ping is a pong', async () => {
    await client().esd.ping();
    gateway.plan('GET /prod/ping', json(200, { message: 'It works!' }));
    await expect(client().esd.ping()).rejects.toMatchObject({ code: 'UNEXPECTED_ANSWER' });
  });

  test('an id cannot leave its place in the path', async () => {
    await expect(client().esd.getInference('../ping')).rejects.toMatchObject({ status: 404 });
    expect(gateway.calls()).toEqual(['GET /prod/inferences/..%2Fping']);
  });

  test('a wrong password is not blamed on a key', async () => {
    await expect(client().auth.login({ name: 'ada', password: 'wrong' })).rejects.toMatchObject({
      status: 401,
      code: 'UNAUTHENTICATED',
      requestId: 'req-1',
      message: 'name or password is wrong',
      hint: expect.stringContaining('Check the name and the password'),
    });
  });
});

test('the auth routes stand at the root of the gateway and give typed records', async () => {
  const { auth } = client();
  expect(await auth.whoami()).toEqual({
    user: 'ada',
    tenant: 'main',
    keyId: 'key-7',
    permissions: ['inference:all'],
    scopes: ['inference:all'],
  });
  expect(
    await auth.createKey({ name: 'ci', scopes: ['inference:all'], expiresInSeconds: 60, user: 'ada' }),
  ).toMatchObject({ key: gateway.key });
  expect(await auth.listKeys()).toMatchObject([{ id: 'key-7', user: 'ada', lastUsedAt: null, revokedAt: null }]);
  await auth.revokeKey('key-7');
  expect(await auth.listUsers()).toMatchObject([{ name: 'ada', roles: ['painters'], disabledAt: null }]);
  expect(await auth.putUser('ada', { password: 'pw', roles: ['painters'] })).toEqual({
    name: 'ada',
    roles: ['painters'],
  });
  await auth.deleteUser('ada');
  expect(gateway.calls()).toEqual([
    'GET /auth/whoami',
    'POST /auth/keys',
    'GET /auth/keys',
    'DELETE /auth/keys/key-7',
    'GET /auth/users',
    'PUT /auth/users/ada',
    'DELETE /auth/users/ada',
  ]);
  expect(JSON.parse(gateway.requests[1]?.body ?? '')).toEqual({
    name: 'ci',
    scopes: ['inference:all'],
    expiresInSeconds: 60,
    user: 'ada',
  });
});
