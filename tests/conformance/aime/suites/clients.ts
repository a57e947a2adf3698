import { describe, expect, it } from '@jest/globals';
import { keyOf, workerKeyOf, type AimeBench } from '../aime-bench.js';
import type { Json } from '../wire.js';

const json = { 'content-type': 'application/json' };

/** Section 7.5 of the dossier: 13 to 15, and what section 1 says of each route. */
export function exerciseClients(bench: () => AimeBench): void {
  describe('13. the client in Python', () => {
    it.each(['sync', 'async', 'progress'])('%s', async (mode) => {
      await using _worker = bench().pythonWorker('talk', 'single');
      await using client = bench().pythonClient('talk', mode, 'hello');
      expect(await client.told('valid')).toMatchObject({ answer: { success: true, error: null } });
      expect((await client.told('endpoints'))['answer']).toMatchObject({
        endpoints: expect.arrayContaining(['talk', 'paint']),
      });
      expect(await client.told('description')).toMatchObject({ name: 'talk' });
      expect(await client.told('result')).toMatchObject({ result: { success: true, text: 'HELLO' } });
      expect(await client.end()).toBe(0);
    });

    it('generator', async () => {
      await using _worker = bench().pythonWorker('talk', 'batch');
      await using client = bench().pythonClient('talk', 'generator', 'hello');
      const { states } = await client.told('states');
      expect((states as string[]).at(-1)).toBe('done');
    });

    it('is refused in the words that it looks for', async () => {
      await using client = bench().pythonClient('talk', 'sync', 'hello', 'no such key');
      await client.told('refused');
      expect(await client.end()).toBe(3);
      const { status, body } = await bench().clientOf(null).submit('talk', { text: 'x' }, { wait: false });
      expect(status).toBe(401);
      expect(body['error']).toContain('Client session authentication key not registered in API Server');
    });
  });

  describe('14. the client of a browser', () => {
    it('logs in by POST with a JSON type and no body', async () => {
      const query = new URLSearchParams({
        user: 'ada',
        key: keyOf('ada'),
        version: 'JavaScript AIME API Client 0.8.5',
      });
      const { status, body } = await bench()
        .clientOf('ada')
        .send(`/talk/login?${query.toString()}`, { method: 'POST', headers: json });
      expect([status, body]).toEqual([
        200,
        { success: true, ep_version: 3, client_session_auth_key: expect.any(String), key: keyOf('ada') },
      ]);
    });

    it('is told of a wrong key with 200', async () => {
      const { status, body } = await bench()
        .clientOf('ada')
        .send('/talk/login?key=null', { method: 'POST', headers: json });
      expect([status, body]).toEqual([200, expect.objectContaining({ success: false, error: expect.any(String) })]);
    });

    it('asks about its key with the body `false`', async () => {
      const client = bench().clientOf('ada');
      const ask = (key: string): Promise<Json> =>
        client
          .send(`/api/validate_key?key=${key}`, { method: 'POST', headers: json, body: 'false' })
          .then(({ body }) => body);
      expect(await ask(keyOf('ada'))).toEqual({ success: true, error: null });
      expect(await ask('other')).toEqual({ success: false, error: expect.any(String) });
    });

    it('goes on by its session alone, and polls with a key that is a word', async () => {
      const client = bench().clientOf('ada');
      await client.login('talk');
      const browser = client.sessionOnly();
      await using _worker = bench().serve('talk', () => ({ text: 'by session' }));
      const id = await browser.start('talk', { text: 'x' });
      expect((await browser.untilDone('talk', id)).result).toMatchObject({ text: 'by session' });
    });

    it('may come from any page', async () => {
      const headers = {
        origin: 'https://elsewhere.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type',
      };
      const { status, headers: answered } = await bench()
        .clientOf('ada')
        .exchange('/talk', { method: 'OPTIONS', headers });
      expect([status, answered['access-control-allow-origin']]).toEqual([204, '*']);
      expect(String(answered['access-control-allow-headers']).toLowerCase()).toMatch(/\*|content-type/u);
    });
  });

  describe('15. a session of a browser', () => {
    it('keeps a variable by its cookie, apart from those of others', async () => {
      await using _worker = bench().serve('counter', (job) => ({ count: Number(job['count']) + 1 }));
      const client = bench().clientOf('ada');
      const other = bench().clientOf('ada');
      expect(client.cookie).toBeUndefined();
      expect(await client.ask('counter', {})).toMatchObject({ count: 1 });
      expect(client.cookie).toEqual(expect.stringMatching(/^\w+=/u));
      expect(await client.ask('counter', {})).toMatchObject({ count: 2 });
      expect(await client.ask('counter', {})).toMatchObject({ count: 3 });
      expect(await other.ask('counter', {})).toMatchObject({ count: 1 });
    });

    it('takes no value from a client', async () => {
      const { status } = await bench().clientOf('ada').submit('counter', { count: 99 }, { wait: false });
      expect(status).toBe(400);
    });
  });

  describe('keys', () => {
    it('open the endpoints that name them', async () => {
      const endpointsOf = async (query: string): Promise<unknown> =>
        (await bench().clientOf(null).send(`/api/endpoints${query}`, { method: 'GET' })).body['endpoints'];
      expect(await endpointsOf('')).toEqual(expect.arrayContaining(['talk', 'talk_beside', 'paint']));
      expect(await endpointsOf(`?key=${keyOf('eve')}`)).toEqual(['talk_beside']);
      const { status, body } = await bench().clientOf(null).send('/api/endpoints?key=wrong', { method: 'GET' });
      expect([status, body]).toEqual([401, { error: expect.any(String) }]);
    });

    it.each([
      ['wrong', 401],
      [keyOf('eve'), 402],
    ])('that are %s are refused with %i, in an array', async (key, status) => {
      const answer = await bench().clientWith(key).submit('talk', { text: 'x' }, { wait: false });
      expect(answer.status).toBe(status);
      expect(answer.body).toMatchObject({ success: false, error: [expect.any(String)], ep_version: 3 });
    });

    it('open no job of another', async () => {
      const id = await bench().clientOf('ada').start('talk', { text: 'mine' });
      const { status } = await bench().clientOf('bob').cancel('talk', id);
      expect(status).toBeGreaterThanOrEqual(400);
      await using _worker = bench().serve('talk', () => ({ text: 'x' }));
      await bench().clientOf('ada').untilDone('talk', id);
    });
  });

  describe('routes', () => {
    it.each(['/talk/login/', '/api/endpoints/', '/api/endpoints/talk/', '/api/talk/', '/api/talk'])(
      '%s answers, with a slash at its end or without',
      async (path) => {
        expect((await bench().clientOf(null).send(path, { method: 'GET' })).status).toBe(200);
      },
    );

    it('describe an endpoint and its workers', async () => {
      await using _worker = bench().serve('talk', () => ({ text: 'x' }));
      await bench().clientOf('ada').ask('talk', { text: 'x' });
      const { body } = await bench().clientOf(null).send('/api/endpoints/talk', { method: 'GET' });
      expect(body).toMatchObject({
        name: 'talk',
        title: 'Talk',
        description: 'Says it again',
        http_methods: ['GET', 'POST'],
        version: 3,
        category: 'text',
        max_queue_length: 1000,
        workers: expect.arrayContaining([
          expect.objectContaining({ state: expect.any(String), gpu_name: 'Fake GPU', num_gpus: 1 }),
        ]),
        parameter_description: {
          input: expect.objectContaining({ text: { type: 'string', required: true, max_length: 1000 } }),
          output: { text: { type: 'string' }, seed: { type: 'integer' } },
          progress: { OUTPUTS: { status: { type: 'string' } } },
        },
      });
    });

    it.each([
      ['/no_such_endpoint', 'POST', 404],
      ['/no/such/path', 'GET', 404],
      ['/talk/progress?job_id=unknown', 'GET', 402],
      ['/talk/progress', 'GET', 402],
    ] as const)('%s by %s is refused with %i, as JSON', async (path, method, status) => {
      expect((await bench().clientOf(null).send(path, { method })).status).toBe(status);
    });

    it.each([
      ['no JSON', '{"text":'],
      ['no object', '[1]'],
      ['nothing', ''],
      ['a form', 'text=hello'],
    ])('take no body that is %s', async (_name, body) => {
      const { status, body: answer } = await bench()
        .clientOf('ada')
        .send('/talk', { method: 'POST', headers: json, body });
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
      expect(answer).toHaveProperty('error');
    });

    it('take a job by GET as by POST', async () => {
      await using _worker = bench().serve('talk', (job) => ({ text: String(job['text']).toUpperCase() }));
      const query = new URLSearchParams({ key: keyOf('ada'), text: 'by query' });
      const { body } = await bench().clientOf('ada').send(`/talk?${query.toString()}`, { method: 'GET' });
      expect(body).toMatchObject({ success: true, text: 'BY QUERY' });
    });
  });

  describe('a full queue', () => {
    it('refuses with 429 and when to come back', async () => {
      const client = bench().clientOf('ada');
      const ids = [await client.start('narrow', {}), await client.start('narrow', {})];
      const { status, body, retryAfter } = await client.submit('narrow', {}, { wait: false });
      expect([status, body]).toEqual([429, expect.objectContaining({ success: false, error: expect.any(String) })]);
      expect(Number(retryAfter)).toBeGreaterThan(0);
      await using _worker = bench().serve('narrow', () => ({ text: 'x' }));
      for (const id of ids) await client.untilDone('narrow', id);
      const after = await client.submit('narrow', {}, { wait: true });
      expect(after.status).toBe(200);
    });
  });

  describe('17. secrets', () => {
    it('of workers are in nothing that a client was shown, nor those of clients in anything that a worker was', async () => {
      // Whatever order the tests have: a job with everything there is to tell.
      const client = bench().clientOf('ada');
      await client.login('talk');
      const worker = bench().workerOf('talk');
      const id = await client.start('talk', { text: 'tell all' });
      const job = await worker.takeJob();
      await worker.report(job.job_id, 10, { status: 'on' });
      await client.poll('talk', id);
      await worker.finish(job.job_id, { text: 'all told' });
      await client.untilDone('talk', id);
      const toClients = bench().shownToClients.join('\n');
      const toWorkers = bench().shownToWorkers.join('\n');
      expect(toClients).toContain('all told');
      expect(toWorkers).toContain('tell all');
      for (const jobType of ['talk', 'paint', 'checks', 'counter', 'brittle', 'narrow']) {
        expect(toClients).not.toContain(workerKeyOf(jobType));
      }
      for (const user of ['ada', 'bob', 'eve'] as const) expect(toWorkers).not.toContain(keyOf(user));
      for (const name of ['client_session_auth_key', 'auth_key']) expect(toWorkers).not.toContain(`"${name}"`);
      expect(toClients).not.toContain('"auth_key"');
    });
  });
}
