import { describe, expect, it } from '@jest/globals';
import { MeshError } from '@infermesh/errors';
import { z } from 'zod';
import { jsonAnswer, type HttpAnswer, type KeyRoute, type Route } from '../src/index.js';
import { aDialect, echo, startToy, toyKey, type ToyCaller } from './toy-dialect.js';

const say = (method: Route['method'], path: string, text = path): Route<ToyCaller> => ({
  method,
  path,
  access: 'public',
  operationId: `${method} ${path}`,
  answers: {},
  handler: ({ params, search }): Promise<HttpAnswer> =>
    Promise.resolve(jsonAnswer(200, { text, params, query: Object.fromEntries(search) })),
});

async function get(url: string, init?: RequestInit): Promise<{ status: number; body: unknown; headers: Headers }> {
  const response = await fetch(url, init);
  const text = await response.text();
  return {
    status: response.status,
    body: text === '' ? undefined : (JSON.parse(text) as unknown),
    headers: response.headers,
  };
}

describe('routes', () => {
  it('decodes parameters, reads the query, and prefers literals', async () => {
    const dialect = aDialect('toy', [say('GET', '/jobs/:id'), say('GET', '/jobs/batch'), say('GET', '/files/*path')]);
    await using toy = await startToy([[dialect]]);
    expect(await get(`${toy.url}/jobs/a%2Fb?x=1&x=2`)).toMatchObject({
      body: { text: '/jobs/:id', params: { id: 'a/b' }, query: { x: '2' } },
    });
    expect(await get(`${toy.url}/jobs/batch/`)).toMatchObject({ body: { text: '/jobs/batch' } });
    expect(await get(`${toy.url}/files/a/b.png`)).toMatchObject({ body: { params: { path: 'a/b.png' } } });
  });

  it('refuses a NUL in the path, in the shape of the dialect', async () => {
    await using toy = await startToy([[aDialect('toy', [say('GET', '/jobs/:id')])]]);
    for (const path of ['/jobs/a%00b', '/nothing%00']) {
      expect(await get(`${toy.url}${path}`)).toMatchObject({
        status: 400,
        body: { speaker: 'toy', code: 'BAD_REQUEST' },
      });
    }
    expect(await get(`${toy.url}/jobs/a%2500`)).toMatchObject({ status: 200, body: { params: { id: 'a%00' } } });
  });

  it('serves one dialect under two prefixes of one address', async () => {
    const dialect = aDialect('toy', [say('GET', '/'), say('GET', '/roles')]);
    await using toy = await startToy([[dialect, '/prod'], [dialect]]);
    const [prod, root] = toy.server.addresses.map(({ url }) => url);
    for (const path of [`${String(prod)}/roles`, `${String(prod)}/`, String(prod), `${String(root)}/roles`]) {
      expect(await get(path)).toMatchObject({ status: 200 });
    }
  });

  it('lets the dialect of the longest prefix speak for unknown paths', async () => {
    const mounts = [
      [aDialect('rest', [])],
      [aDialect('esd', []), '/prod'],
      [aDialect('opea', [say('GET', '/v1/models')], { speaksFor: ['/v1'] })],
    ] as const;
    await using toy = await startToy(mounts);
    expect(await get(`${toy.url}/x`)).toMatchObject({ status: 404, body: { speaker: 'rest', missing: '/x' } });
    expect(await get(`${toy.url}/prod/x`)).toMatchObject({ body: { speaker: 'esd', missing: '/x' } });
    expect(await get(`${toy.url}/v1/x`)).toMatchObject({ body: { speaker: 'opea', missing: '/v1/x' } });
    expect(await get(`${toy.url}/v12`)).toMatchObject({ body: { speaker: 'rest' } });
    expect(await get(`${toy.url}/prod/%zz`)).toMatchObject({ status: 404, body: { speaker: 'esd' } });
  });

  it('answers a path of nobody itself', async () => {
    await using toy = await startToy([[aDialect('esd', []), '/prod']]);
    expect(await get(new URL('/x', toy.url).href)).toMatchObject({
      status: 404,
      body: { error: { code: 'NOT_FOUND' } },
    });
  });

  it('answers a badly encoded parameter in the voice of its dialect', async () => {
    await using toy = await startToy([[aDialect('esd', [say('GET', '/jobs/:id')]), '/prod']]);
    expect(await get(`${toy.url}/jobs/%zz`)).toMatchObject({
      status: 400,
      body: { speaker: 'esd', code: 'BAD_REQUEST' },
    });
  });

  it('names the allowed methods of a known path', async () => {
    const gateway = aDialect('gateway', [say('POST', '/roles')], {
      methodNotAllowed: () => jsonAnswer(403, { message: 'Missing Authentication Token' }),
    });
    await using toy = await startToy([
      [aDialect('toy', [say('GET', '/jobs/:id'), say('PUT', '/jobs/batch')]), '/a'],
      [gateway, '/b'],
    ]);
    const wrong = await get(`${toy.url}/jobs/batch`, { method: 'DELETE' });
    expect(wrong).toMatchObject({ status: 405, body: { speaker: 'toy', code: 'METHOD_NOT_ALLOWED' } });
    expect(wrong.headers.get('allow')).toBe('GET, HEAD, OPTIONS, PUT');
    expect(await get(`${toy.url}/jobs/batch`)).toMatchObject({ status: 200, body: { text: '/jobs/:id' } });
    expect(await get(new URL('/b/roles', toy.url).href)).toMatchObject({ status: 403 });
  });

  it('answers HEAD through GET, without a body', async () => {
    await using toy = await startToy([[aDialect('toy', [say('GET', '/a')])]]);
    const head = await get(`${toy.url}/a`, { method: 'HEAD' });
    expect(head).toMatchObject({ status: 200, body: undefined });
    expect(Number(head.headers.get('content-length'))).toBeGreaterThan(0);
  });

  it.each([
    [
      'two dialects on one path',
      [aDialect('a', [say('GET', '/x')]), aDialect('b', [say('GET', '/x')])],
      /a with GET \/x, and b with GET \/x/u,
    ],
    [
      'a literal inside a parameter of another',
      [aDialect('a', [say('GET', '/x/:id')]), aDialect('b', [say('GET', '/x/y')])],
      /a with.*b with/u,
    ],
    [
      'two files of one dialect',
      [
        aDialect('a', [
          { ...say('GET', '/x'), owner: 'one.toml' },
          { ...say('GET', '/x/'), owner: 'two.toml' },
        ]),
      ],
      /one\.toml \(a\).*two\.toml \(a\)/u,
    ],
    ['a reserved name', [aDialect('a', [say('GET', '/readyz')])], /a declares \/readyz/u],
    [
      'an operation declared twice',
      [aDialect('a', [say('GET', '/x'), { ...say('GET', '/y'), operationId: 'GET /x' }])],
      /two operations GET \/x/u,
    ],
    [
      'a route that says not who may call it',
      [aDialect('a', [{ ...say('GET', '/x'), access: 'key' } as unknown as Route<ToyCaller>])],
      /a: \/x says neither/u,
    ],
    [
      'a permission that is none',
      [aDialect('a', [{ ...say('GET', '/x'), access: 'key', permission: '' } as unknown as Route<ToyCaller>])],
      /a: \/x says neither/u,
    ],
    [
      'an access that is none',
      [aDialect('a', [{ ...say('GET', '/x'), access: 'open', permission: 'a:b' } as unknown as Route<ToyCaller>])],
      /a: \/x says neither/u,
    ],
    ['a path that is no template', [aDialect('a', [say('GET', '/x{y}')])], /a: \/x\{y\}/u],
  ])('refuses %s when loaded', async (_, dialects, message) => {
    const starting = startToy(dialects.map((dialect) => [dialect] as const));
    await expect(starting).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(message) as unknown,
    });
  });

  it('lets two dialects share a path by method, and one address refuse nothing of another', async () => {
    await using toy = await startToy([
      [aDialect('a', [say('GET', '/x', 'a')])],
      [aDialect('b', [say('POST', '/x', 'b')])],
    ]);
    expect(await get(`${toy.url}/x`)).toMatchObject({ body: { text: 'a' } });
    expect(await get(`${toy.url}/x`, { method: 'POST', body: '{}' })).toMatchObject({ body: { text: 'b' } });
  });

  it('refuses an address that is taken', async () => {
    await using toy = await startToy([[aDialect('toy', [])]]);
    const port = Number(new URL(toy.url).port);
    const mounts = [{ dialect: aDialect('late', []), address: { host: '127.0.0.1', port, prefix: '' } }];
    await expect(startToy([], { mounts })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: `cannot listen on 127.0.0.1:${String(port)} (EADDRINUSE): free the address, or choose another`,
    });
  });
});

describe('access', () => {
  const whoAmI: KeyRoute<ToyCaller> = {
    method: 'POST',
    path: '/me',
    access: 'key',
    permission: 'any key',
    operationId: 'whoAmI',
    body: z.looseObject({}),
    answers: {},
    handler: ({ caller }) => Promise.resolve(jsonAnswer(200, { name: caller.name })),
  };

  it('asks for the key before it looks at the body', async () => {
    await using toy = await startToy([[aDialect('toy', [whoAmI])]]);
    expect(await get(`${toy.url}/me`, { method: 'POST', body: 'not json' })).toMatchObject({
      status: 401,
      body: { speaker: 'toy' },
    });
    const known = { method: 'POST', headers: { 'x-key': toyKey } };
    expect(await get(`${toy.url}/me`, { ...known, body: 'not json' })).toMatchObject({ status: 400 });
    expect(await get(`${toy.url}/me`, { ...known, body: '{}' })).toMatchObject({ status: 200, body: { name: 'ada' } });
    expect(toy.lines.at(-1)).toMatchObject({ keyId: 'key-1', route: '/me', status: 200 });
  });

  it('asks for the permission of the route after the body is checked', async () => {
    const route: Route<ToyCaller> = { ...whoAmI, permission: 'toy:play' };
    const dialect = aDialect('toy', [route], {
      authorise: ({ name }, permission) => {
        throw new MeshError('FORBIDDEN', `${name} has no ${permission}`);
      },
    });
    await using toy = await startToy([[dialect]]);
    const known = { method: 'POST', headers: { 'x-key': toyKey } };
    expect(await get(`${toy.url}/me`, { ...known, body: '[]' })).toMatchObject({ status: 400 });
    expect(await get(`${toy.url}/me`, { ...known, body: '{}' })).toMatchObject({
      status: 403,
      body: { message: 'ada has no toy:play' },
    });
  });

  it('hands the body to the check where the key is in it', async () => {
    const dialect = aDialect('toy', [{ ...whoAmI, access: 'key-in-body' }], {
      authenticate: (_, body) => Promise.resolve({ keyId: 'key-2', name: (body as { user: string }).user }),
    });
    await using toy = await startToy([[dialect]]);
    expect(await get(`${toy.url}/me`, { method: 'POST', body: '{"user":"grace"}' })).toMatchObject({
      body: { name: 'grace' },
    });
  });
});

describe('headers', () => {
  it('echoes a harmless request id and replaces any other', async () => {
    await using toy = await startToy([[aDialect('toy', [echo])]]);
    const idOf = async (id?: string): Promise<string | null> => {
      const answer = await get(`${toy.url}/x`, id === undefined ? {} : { headers: { 'x-request-id': id } });
      return answer.headers.get('x-request-id');
    };
    const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/u;
    expect(await idOf('a.B_c-1')).toBe('a.B_c-1');
    expect(await idOf()).toMatch(uuid);
    expect(await idOf('x'.repeat(65))).toMatch(uuid);
    expect(await idOf('<script>')).toMatch(uuid);
    expect(toy.lines[0]).toMatchObject({ requestId: 'a.B_c-1', dialect: 'toy', route: 'not-found', status: 404 });
  });

  it('sends nosniff, the headers of the dialect, no ETag and no name of the software', async () => {
    await using toy = await startToy([[aDialect('toy', [echo], { headers: { 'x-api-version': '1.5.0' } })]]);
    const { headers } = await get(`${toy.url}/echo`, { method: 'POST', body: '1' });
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-api-version')).toBe('1.5.0');
    expect(headers.get('content-type')).toBe('application/json');
    expect([headers.get('etag'), headers.get('x-powered-by'), headers.get('server')]).toEqual([null, null, null]);
  });

  it('answers preflights without a key, for known and unknown paths', async () => {
    const dialect = aDialect('toy', [{ ...echo, access: 'key', permission: 'any key' } as Route<ToyCaller>], {
      cors: { origins: '*', requestHeaders: ['X-Key'] },
    });
    await using toy = await startToy([[dialect]]);
    for (const path of ['/echo', '/unknown']) {
      const preflight = await get(`${toy.url}${path}`, { method: 'OPTIONS', headers: { origin: 'https://a.example' } });
      expect(preflight.status).toBe(204);
      expect(preflight.headers.get('access-control-allow-origin')).toBe('*');
      expect(preflight.headers.get('access-control-allow-headers')).toBe('X-Key');
    }
  });

  it('names an origin only when it is listed', async () => {
    const dialect = aDialect('toy', [echo], { cors: { origins: ['https://a.example'], credentials: true } });
    await using toy = await startToy([[dialect]]);
    const originOf = async (origin: string): Promise<string | null> => {
      const { headers } = await get(`${toy.url}/echo`, { method: 'POST', body: '1', headers: { origin } });
      expect(headers.get('vary')).toBe('origin');
      return headers.get('access-control-allow-origin');
    };
    expect(await originOf('https://a.example')).toBe('https://a.example');
    expect(await originOf('https://b.example')).toBeNull();
  });
});
