import { describe, expect, it } from '@jest/globals';
import type { EsdBench } from '../esd-bench.js';

/** Transport, keys and the order of checks: dossier 1 and 2. */
export function exerciseFrame(bench: () => EsdBench): void {
  const forbidden = { status: 403, body: { message: 'Forbidden' } };
  const wrongKey = 'im_AAAAAAAA_wrong';

  describe('every answer', () => {
    it.each([
      ['v14', '1.4.0'],
      ['v15', '1.5.0'],
      ['v17', '1.7.0'],
    ] as const)('of %s has its version, open CORS and JSON', async (client, version) => {
      const { headers, body } = await bench()[client].get('/ping');
      expect(Object.fromEntries(headers)).toMatchObject({
        'content-type': 'application/json',
        'x-api-version': version,
        'access-control-allow-origin': '*',
        'access-control-allow-headers': '*',
        'access-control-allow-methods': '*',
        'access-control-allow-credentials': 'true',
      });
      expect(body).toMatchObject({ message: 'pong', statusCode: 200 });
    });

    it('of 1.4 and 1.5 holds nothing more than the envelope', async () => {
      for (const client of [bench().v14, bench().v15])
        expect((await client.get('/ping')).body).toEqual({ message: 'pong', statusCode: 200 });
    });

    it('of 1.7 tells where to look', async () => {
      const { body } = await bench().v17.get('/ping');
      for (const url of ['function_url', 'log_url', 'trace_url'])
        expect(URL.canParse(body.debug?.[url] ?? '')).toBe(true);
      expect((await bench().v17.get('/ping', { key: wrongKey })).body).toEqual({
        message: 'Forbidden',
        requestId: expect.any(String) as unknown,
      });
      expect((await bench().v17.post('/roles', {}, { username: 'admin' })).body).toMatchObject({
        statusCode: 400,
        requestId: expect.any(String) as unknown,
      });
    });
  });

  it.each(['/ping', '/roles', '/nothing'])('answers the preflight of %s without a key', async (path) => {
    const { status, headers } = await bench().v14.request('OPTIONS', path, {
      key: undefined,
      headers: { origin: 'https://a.example', 'access-control-request-method': 'GET' },
    });
    expect([status, headers.get('access-control-allow-origin')]).toEqual([204, '*']);
    expect(headers.get('access-control-allow-headers')).toMatch(
      /^Content-Type, X-Amz-Date, Authorization, X-Api-Key, X-Amz-Security-Token, X-Amz-User-Agent/u,
    );
  });

  it.each([
    ['GET', '/nothing'],
    ['PATCH', '/roles'],
    ['GET', '/'],
  ])('says of %s %s that it is not there', async (method, path) => {
    expect(await bench().v14.request(method, path)).toMatchObject({
      status: 403,
      body: { message: 'Missing Authentication Token' },
    });
  });

  it('has a root from 1.6 on', async () => {
    expect(await bench().v17.get('/')).toMatchObject({ status: 200, body: { statusCode: 200, message: 'OK' } });
  });

  describe('1.4 checks', () => {
    const routes = [
      ['GET', '/roles'],
      ['GET', '/users'],
      ['POST', '/users'],
      ['DELETE', '/users'],
    ] as const;

    it.each(routes)('the Authorization of %s %s first, even without a key', async (method, path) => {
      for (const key of [undefined, wrongKey, bench().adminKey]) {
        const answer = await bench().v14.request(method, path, { key });
        expect(answer).toMatchObject({ status: 401 });
        expect(answer.body).toEqual({ message: 'Unauthorized' });
      }
    });

    it.each(routes)('then the key of %s %s, before the body', async (method, path) => {
      const body = method === 'GET' ? {} : { body: 'not json' };
      for (const key of [undefined, '', wrongKey])
        expect(await bench().v14.request(method, path, { key, as: 'admin', ...body })).toMatchObject(forbidden);
    });

    it.each([
      ['lower-case digits', `Bearer ${Buffer.from('jo').toString('hex')}`],
      ['another scheme', 'Basic YWRtaW46YWRtaW4='],
      ['half a byte', 'Bearer 6'],
      ['bytes that are no text', 'Bearer FF'],
      ['a user that is not there', `Bearer ${Buffer.from('ghost').toString('hex').toUpperCase()}`],
    ])('Authorization for %s', async (_name, authorization) => {
      expect(await bench().v14.get('/roles', { headers: { authorization } })).toMatchObject({
        status: 401,
        body: { message: 'Unauthorized' },
      });
    });

    it('Authorization without the word Bearer as well', async () => {
      expect((await bench().v14.get('/roles', { headers: { authorization: '61646D696E' } })).status).toBe(200);
    });
  });

  describe('1.5 checks', () => {
    const unauthorized = { status: 401, body: { statusCode: 401, message: 'Unauthorized' } };

    it('the key, then the body, then the user, then its permissions', async () => {
      const { v15 } = bench();
      const role = { role_name: 'x', permissions: ['train:all'] };
      expect(await v15.get('/roles', { key: undefined })).toMatchObject(forbidden);
      expect(await v15.post('/roles', {})).toMatchObject({ status: 400 });
      expect(await v15.post('/roles', role)).toMatchObject(unauthorized);
      expect(await v15.post('/roles', role, { username: 'ghost' })).toMatchObject(unauthorized);
      await bench().createUser('nobody15', []);
      expect(await v15.post('/roles', role, { username: 'nobody15' })).toMatchObject({
        status: 403,
        body: { statusCode: 403, message: "User nobody15 has no permissions: ['role:all', 'role:create']" },
      });
    });

    it('either form of the user', async () => {
      expect((await bench().v15.get('/roles', { username: 'admin' })).status).toBe(200);
      expect((await bench().v15.get('/roles', { as: 'admin' })).status).toBe(200);
    });
  });

  describe('a key', () => {
    it('acts for another user with user:act-as alone, whatever headers and bodies say', async () => {
      const key = await bench().createUser('plain', ['role:all', 'user:all', 'inference:all']);
      for (const answer of [
        await bench().v14.get('/roles', { key, as: 'admin' }),
        await bench().v15.get('/roles', { key, username: 'admin' }),
        await bench().v14.post('/roles', { role_name: 'x', creator: 'admin', permissions: ['train:all'] }, { key }),
      ]) {
        expect(answer).toMatchObject({
          status: 403,
          body: { statusCode: 403, message: expect.stringContaining('may not act for user "admin"') as unknown },
        });
      }
    });

    it('that acts for another may do what both may', async () => {
      const { v14 } = bench();
      await bench().createUser('reader', ['role:list']);
      expect((await v14.get('/roles', { as: 'reader' })).body.data.roles).toEqual([
        { role_name: 'reader-role', creator: 'admin', permissions: ['role:list'] },
      ]);
      const servant = await bench().createUser('servant', ['user:act-as', 'role:list']);
      const wanted = { role_name: 'x', creator: 'admin', permissions: ['role:list'] };
      expect(await v14.post('/roles', wanted, { key: servant })).toMatchObject({
        status: 400,
        body: { message: 'creator admin not have permission to create role' },
      });
    });
  });

  it.each([
    ['nothing', undefined],
    ['no JSON', 'hello'],
    ['half of it', '{"role_name":'],
  ])('refuses %s as a body', async (_name, body) => {
    expect(await bench().v14.request('POST', '/roles', { body })).toMatchObject({
      status: 400,
      body: { statusCode: 400, message: 'Unknown error parsing request body' },
    });
  });
}
