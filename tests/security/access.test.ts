import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createKey, endpointQueue, listEndpoints, workerDoor, type Principal } from '@infermesh/contracts';
import { Seal } from '@infermesh/credentials';
import { openDatabase } from '@infermesh/database';
import type { OpenApiDocument } from '@infermesh/http';
import { connectRedis, whenReady, type RedisClient } from '@infermesh/redis';
import { createLogger } from '@infermesh/telemetry';
import { startEmbeddedMesh, type EmbeddedMesh } from '../harness/embedded-mesh.js';
import { eventually } from '../harness/processes.js';
import { operationsOf, type Operation } from './fuzz/request-maker.js';
import { SeededRandom } from './fuzz/seeded-random.js';
import { ValueMaker } from './fuzz/values.js';
import { readPepper } from './read-pepper.js';

let bench: EmbeddedMesh;

beforeAll(async () => {
  bench = await startEmbeddedMesh();
}, 60_000);

afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});

interface Answer {
  readonly status: number;
  readonly text: string;
}

async function ask(method: string, url: string, headers: Record<string, string>, body?: unknown): Promise<Answer> {
  const answer = await fetch(url, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  return { status: answer.status, text: await answer.text() };
}

const admin = (): Record<string, string> => ({ 'x-api-key': bench.adminKey });

/** A key made past the API, for whoever it may be. */
async function keyOf(actor: Partial<Principal>, scopes: string[] = []): Promise<string> {
  const principal = {
    tenantId: 'default',
    userId: 'x',
    subject: 'admin',
    keyId: 'x',
    roles: [],
    permissions: scopes,
    scopes: [],
    weight: 1,
    ...actor,
  };
  const made = await bench.mesh.jobQueue.call(
    createKey,
    { actor: principal, name: 'test', scopes },
    { deadlineAt: Date.now() + 10_000 },
  );
  return new Seal(await readPepper(bench.folder)).open(made.sealedKey);
}

/**
 * Routes on purpose without a key, routes where any key will do, and routes of ESD that judge the user they act for, after the
 * body. Whatever else there is needs its permission.
 */
const openTo = {
  everybody: ['auth Login', 'auth GetOpenApi'],
  anyKey: [
    ...['Ping', 'GetApiOAS'].map((name) => `esd ${name}`),
    ...['WhoAmI', 'ListKeys', 'CreateKey', 'RevokeKey', 'ListUsers', 'PutUser'].map((name) => `auth ${name}`),
  ],
  judged: [
    ...['ListRoles', 'CreateRole', 'ListUsers', 'CreateUser', 'ListEndpoints', 'CreateEndpoint', 'DeleteEndpoints'],
    ...['ListCheckpoints', 'CreateCheckpoint', 'ListDatasets', 'CreateDataset', 'GetDataset', 'UpdateDataset'],
    ...['DeleteDatasets', 'ListTrainings', 'CreateTraining'],
  ].map((name) => `esd ${name}`),
};

/** Without the characters that are refused wherever they stand. */
function cleaned(body: unknown): unknown {
  const text = JSON.stringify(body, (_key, value: unknown) =>
    typeof value === 'string' ? value.replace(/\0|\p{Surrogate}/gu, 'x') : value,
  );
  return JSON.parse(text) as unknown;
}

/** What the judging routes say to who may nothing, whatever else is wrong with the request. */
const nothingDone = expect.stringMatching(
  /"statusCode":(?:400|403),|no permission|not have permission|may not act for|"(?:roles|endpoints|checkpoints)":\[\]|limited to other things/u,
) as unknown;

describe('every operation of every dialect', () => {
  /** Each with a request that its schemas accept. */
  async function operations(): Promise<
    { name: string; operation: Operation; call: (headers: Record<string, string>) => Promise<Answer> }[]
  > {
    const documents: [string, string, OpenApiDocument][] = [];
    for (const [dialect, url] of [
      ['esd', `${bench.url}/api`],
      ['auth', `${bench.authUrl}/openapi.json`],
    ] as const) {
      const document = JSON.parse((await ask('GET', url, admin())).text) as OpenApiDocument;
      documents.push([dialect, url.replace(/\/[^/]*$/u, ''), document]);
    }
    return documents.flatMap(([dialect, base, document]) => {
      const values = new ValueMaker(new SeededRandom(1), document.components.schemas, () => [
        'inference:list',
        'somebody',
      ]);
      return operationsOf(document).map((operation) => {
        const schema = operation.operation.requestBody?.content['application/json']?.schema;
        const body = schema === undefined ? undefined : cleaned(values.valid(schema));
        const needed = operation.operation.parameters?.filter((field) => field.in === 'query' && field.required) ?? [];
        const query = new URLSearchParams(Object.fromEntries(needed.map(({ name }) => [name, 'somebody'])));
        const url = `${base}${operation.path.replace(/\{\w+\}/gu, 'somebody')}?${query.toString()}`;
        return {
          name: `${dialect} ${operation.operation.operationId}`,
          operation,
          call: (headers: Record<string, string>) => ask(operation.method, url, headers, body),
        };
      });
    });
  }

  it('says who may call it, and few are open', async () => {
    const all = await operations();
    const namesOf = (description: string | undefined): string[] =>
      all.filter(({ operation }) => operation.operation.description === description).map(({ name }) => name);
    expect(namesOf(undefined)).toEqual(openTo.everybody);
    expect(namesOf('Permission: any key.').toSorted()).toEqual([...openTo.anyKey, ...openTo.judged].toSorted());
    expect(all.length).toBeGreaterThan(14);
  });

  it.each([
    ['no key', {}],
    ['an empty key', { 'x-api-key': '' }],
    ['a wrong key', { 'x-api-key': `im_AAAAAAAA_${'A'.repeat(43)}` }],
    ['a key in another header', { authorization: 'Basic YWRtaW46YWRtaW4=', cookie: 'x-api-key=im' }],
    ['the name of a user alone', { authorization: 'Bearer 61646D696E', username: 'admin' }],
  ])('refuses %s', async (_name, headers) => {
    for (const { name, call } of await operations()) {
      if (openTo.everybody.includes(name)) continue;
      const { status, text } = await call(headers);
      expect([name, [401, 403].includes(status)]).toEqual([name, true]);
      expect(text).toMatch(/UNAUTHENTICATED|"Forbidden"|"Unauthorized"/u);
    }
  });

  it('refuses a key in the query', async () => {
    expect(
      (await ask('GET', `${bench.url}/ping?x-api-key=${bench.adminKey}&api_key=${bench.adminKey}`, {})).status,
    ).toBe(403);
  });

  it('refuses a key without its permission, before anything is done', async () => {
    const powerless = await keyOf({}, ['nothing:at-all']);
    for (const { name, call } of await operations()) {
      if ([...openTo.everybody, ...openTo.anyKey].includes(name)) continue;
      const { status, text } = await call({ 'x-api-key': powerless, authorization: 'Bearer 61646D696E' });
      if (openTo.judged.includes(name)) expect([name, text]).toEqual([name, nothingDone]);
      else expect([name, status, text]).toEqual([name, 403, expect.stringContaining('no permission') as unknown]);
    }
  });

  it('gives a narrow key neither the list nor the end of its owner’s other keys', async () => {
    const narrow = { 'x-api-key': await keyOf({}, ['inference:list']) };
    const { id } = JSON.parse((await ask('POST', `${bench.authUrl}/keys`, admin(), { name: 'victim' })).text) as {
      id: string;
    };
    const listed = JSON.parse((await ask('GET', `${bench.authUrl}/keys`, narrow)).text) as { keys: unknown[] };
    expect(listed.keys).toHaveLength(1);
    expect((await ask('DELETE', `${bench.authUrl}/keys/${id}`, narrow)).status).toBe(404);
    expect((await ask('GET', `${bench.authUrl}/keys`, admin())).text).toMatch(
      new RegExp(`"${id}"[^}]*"revokedAt":null`, 'u'),
    );
    expect((await ask('POST', `${bench.authUrl}/keys`, narrow, { name: 'wider' })).status).toBe(403);
    expect((await ask('PUT', `${bench.authUrl}/users/admin`, narrow, { password: 'a new password' })).status).toBe(403);
  });
});

describe('another tenant', () => {
  let eve: Record<string, string>;
  let jobId: string;
  let keyId: string;
  const eveId = randomUUID();

  beforeAll(async () => {
    const logger = createLogger({ service: 'test', level: 'silent' });
    await using database = openDatabase({ url: bench.mesh.databaseUrl, maxConnections: 1, logger });
    await database.query(`INSERT INTO tenant (id, name) VALUES ('other', 'other')`);
    await database.query(`INSERT INTO app_user (id, tenant_id, name, creator) VALUES ($1, 'other', 'eve', 'test')`, [
      eveId,
    ]);
    const permissions = ['user:all', 'role:all', 'key:all', 'inference:all', 'user:act-as', 'sagemaker_endpoint:all'];
    await database.query(
      `INSERT INTO role (name, tenant_id, creator, permissions) VALUES ('queen', 'other', 'test', $1)`,
      [permissions],
    );
    await database.query(`INSERT INTO user_role (user_id, role_name) VALUES ($1, 'queen')`, [eveId]);
    eve = { 'x-api-key': await keyOf({ tenantId: 'other', subject: 'eve', permissions }) };
    expect(JSON.parse((await ask('GET', `${bench.authUrl}/whoami`, eve)).text)).toMatchObject({ tenant: 'other' });
    jobId = await bench.client.prepare('{}');
    ({ id: keyId } = JSON.parse((await ask('POST', `${bench.authUrl}/keys`, admin(), { name: 'k' })).text) as {
      id: string;
    });
  });

  it('finds no job, not even that there is one', async () => {
    const missing = await ask('GET', `${bench.url}/inferences/1b671a64-40d5-491e-99b0-da01ff1f3341`, eve);
    const foreign = await ask('GET', `${bench.url}/inferences/${jobId}`, eve);
    expect([missing.status, foreign.status]).toEqual([404, 404]);
    expect(foreign.text.replace(jobId, '')).toBe(missing.text.replace('1b671a64-40d5-491e-99b0-da01ff1f3341', ''));
    expect((await ask('PUT', `${bench.url}/inferences/${jobId}/start`, eve)).status).toBe(404);
    expect((await bench.client.get(jobId)).body.data?.status).toBe('created');
  });

  it('gets no job into the endpoints of others, acting as their user or not', async () => {
    const wish = { task_type: 'extra-single-image', inference_type: 'Async', models: {} };
    for (const more of [{}, { sagemaker_endpoint_name: 'esd-async-local' }, { user_id: 'admin' }]) {
      const { status, text } = await ask('POST', `${bench.url}/inferences`, eve, { ...wish, ...more });
      expect([status, text]).toEqual([400, expect.stringMatching(/no (available|endpoint)|not exist/u) as unknown]);
    }
  });

  it('sees and changes no key, user or role', async () => {
    for (const path of ['/keys', '/users', '/roles']) {
      const { status, text } = await ask('GET', `${bench.authUrl}${path}`, eve);
      expect([status, /admin|IT Operator/u.test(text)]).toEqual([200, false]);
    }
    expect((await ask('DELETE', `${bench.authUrl}/keys/${keyId}`, eve)).status).toBe(404);
    expect((await ask('POST', `${bench.authUrl}/keys`, eve, { name: 'x', user: 'admin' })).status).toBe(404);
    expect((await ask('PUT', `${bench.authUrl}/users/admin`, eve, { password: 'mine, all mine' })).status).toBe(409);
    expect((await ask('PUT', `${bench.authUrl}/roles/IT%20Operator`, eve, { permissions: ['user:all'] })).status).toBe(
      409,
    );
    expect((await ask('PUT', `${bench.authUrl}/users/eva`, eve, { roles: ['IT Operator'] })).status).toBe(404);
    await ask('DELETE', `${bench.authUrl}/users/admin`, eve);
    await ask('DELETE', `${bench.authUrl}/roles/IT%20Operator`, eve);
    expect((await ask('GET', `${bench.authUrl}/whoami`, admin())).text).toMatch(/"IT Operator".*user:act-as/u);
  });
});

describe('a key', () => {
  it('is of no use from the moment it expires, however well the gateway remembers it', async () => {
    const { text } = await ask('POST', `${bench.authUrl}/keys`, admin(), { name: 'short', expiresInSeconds: 1 });
    const { key, expiresAt } = JSON.parse(text) as { key: string; expiresAt: string };
    await ask('GET', `${bench.authUrl}/whoami`, { 'x-api-key': key });
    await eventually('the moment', () => Promise.resolve(Date.now() > Date.parse(expiresAt) || undefined));
    expect((await ask('GET', `${bench.authUrl}/whoami`, { 'x-api-key': key })).status).toBe(401);
  });
});

describe('the users of Redis', () => {
  let redis: RedisClient;

  beforeAll(async () => {
    redis = connectRedis({ url: bench.mesh.redisAdminUrl, purpose: 'request', name: 'acl' });
    await whenReady(redis, 5_000);
  });
  afterAll(() => {
    redis.disconnect();
  });

  type Right = 'all' | 'ask' | 'none';

  /** What each may do with each queue: serve it, put requests into it, or nothing. Written from the design, not from the code. */
  const rights: Record<string, Record<string, Right>> = {
    'svc-auth': { auth: 'all' },
    'svc-dispatcher': { dispatcher: 'all', jobs1: 'all', jobs2: 'all', ep1: 'all', ep2: 'all' },
    'svc-checkpoint-store': { checkpoints: 'all' },
    'svc-media-converter': { media: 'all' },
    // it removes what an endpoint that is deleted leaves in Redis
    'svc-endpoint-manager': { endpoints: 'all', dispatcher: 'ask', ep1: 'all', ep2: 'all', jobs1: 'all', jobs2: 'all' },
    'svc-api-gateway': {
      auth: 'ask',
      dispatcher: 'ask',
      endpoints: 'ask',
      checkpoints: 'ask',
      media: 'ask',
      ep1: 'ask',
      ep2: 'ask',
    },
    worker1: { ep1: 'all', jobs1: 'ask' },
    worker2: { ep2: 'all', jobs2: 'ask' },
  };
  const places = [
    'auth',
    'dispatcher',
    'checkpoints',
    'endpoints',
    'media',
    'ep1',
    'ep2',
    'jobs1',
    'jobs2',
    'of-nobody',
  ];

  async function names(): Promise<Record<string, string>> {
    const { endpoints } = await bench.mesh.jobQueue.call(listEndpoints, {}, { deadlineAt: Date.now() + 10_000 });
    const [first, second] = endpoints.map(({ id }) => id);
    if (first === undefined || second === undefined) throw new Error('a mesh has two endpoints');
    return {
      ep1: endpointQueue(first),
      ep2: endpointQueue(second),
      jobs1: workerDoor(first),
      jobs2: workerDoor(second),
      worker1: `ep-${first}`,
      worker2: `ep-${second}`,
    };
  }

  /** What Redis would say: it judges without running the command. */
  async function may(user: string, ...command: string[]): Promise<boolean> {
    return (await redis.call('ACL', 'DRYRUN', user, ...command)) === 'OK';
  }

  it('are those of the table', async () => {
    const named = await names();
    const users = (await redis.call('ACL', 'USERS')) as string[];
    const expected = Object.keys(rights).map((user) => named[user] ?? user);
    expect(users.filter((user) => user !== 'default').toSorted()).toEqual(expected.toSorted());
  });

  it.each(Object.keys(rights))('%s reaches its own queues and nothing else', async (role) => {
    const named = await names();
    const user = named[role] ?? role;
    const judged: Record<string, Right | 'mixed'> = {};
    for (const place of places) {
      const queue = named[place] ?? place;
      const key = (part: string): string => `{bull-${queue}}:${queue}:${part}`;
      const reads = [
        await may(user, 'HGETALL', key('some.request')),
        await may(user, 'HGET', key('some.request'), 'data'),
        await may(user, 'GET', key('other')),
        await may(user, 'LINDEX', key('asks'), '0'),
        await may(user, 'BLMPOP', '1', '1', key('asks'), 'LEFT'),
        await may(user, 'EVAL', "return redis.call('hgetall', KEYS[1])", '1', key('some.request')),
      ];
      const writes = [
        await may(user, 'HSET', key('some.request'), 'data', 'x'),
        await may(user, 'LPUSH', key('wait'), 'x'),
        await may(user, 'RPUSH', key('asks'), 'x'),
        await may(user, 'LREM', key('asks'), '-1', 'x'),
        await may(user, 'DEL', key('some.request')),
      ];
      const all = [...reads, ...writes];
      if (all.every(Boolean)) judged[place] = 'all';
      else if (!all.some(Boolean)) judged[place] = 'none';
      else judged[place] = reads.every((allowed) => !allowed) && writes.every(Boolean) ? 'ask' : 'mixed';
    }
    const wanted = Object.fromEntries(places.map((place) => [place, rights[role]?.[place] ?? 'none']));
    expect(judged).toEqual(wanted);
  });

  it('read the answers of nobody else, and administer nothing', async () => {
    const named = await names();
    const serviceOf = (role: string): string => (named[role] ?? role).replace(/^svc-/u, '');
    for (const role of Object.keys(rights)) {
      const user = named[role] ?? role;
      const own = `{reply-${serviceOf(role)}.x}`;
      expect([own, await may(user, 'XRANGE', own, '-', '+')]).toEqual([own, true]);
      const others = Object.keys(rights).filter((other) => other !== role);
      for (const stream of others.map((other) => `{reply-${serviceOf(other)}.x}`)) {
        expect([user, stream, await may(user, 'XRANGE', stream, '-', '+')]).toEqual([user, stream, false]);
        expect(await may(user, 'DEL', stream)).toBe(false);
      }
      for (const command of [
        ['KEYS', '*'],
        ['SCAN', '0'],
        ['CONFIG', 'GET', '*'],
        ['ACL', 'LIST'],
        ['FLUSHALL'],
        ['SHUTDOWN'],
        ['DEBUG', 'SLEEP', '1'],
        ['MONITOR'],
        ['REPLICAOF', '127.0.0.1', '1'],
        ['MODULE', 'LIST'],
        ['SCRIPT', 'FLUSH'],
        ['SELECT', '1'],
        ['CLIENT', 'KILL', 'ID', '1'],
        ['SWAPDB', '0', '1'],
        ['MIGRATE', '127.0.0.1', '1', 'k', '0', '1'],
        ['SORT', '{bull-auth}:auth:wait', 'GET', '*'],
      ])
        expect([user, command[0], await may(user, ...command)]).toEqual([user, command[0], false]);
    }
  });

  it('that are workers touch no event of a job', async () => {
    const named = await names();
    for (const worker of [named['worker1'] ?? '', named['worker2'] ?? '']) {
      expect(await may(worker, 'XADD', '{events-auth}', '*', 't', 'x')).toBe(false);
      expect(await may(worker, 'XRANGE', '{events-auth}', '-', '+')).toBe(false);
      expect(await may(worker, 'PUBLISH', 'job.auth', 'x')).toBe(false);
      expect(await may(worker, 'SUBSCRIBE', 'job.1')).toBe(false);
    }
  });
});
