import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createKey, type Principal } from '@infermesh/contracts';
import { Seal } from '@infermesh/credentials';
import type { OpenApiDocument } from '@infermesh/http';
import { addressOf, startEmbeddedMesh, type EmbeddedMesh } from '../../harness/embedded-mesh.js';
import { eventually } from '../../harness/processes.js';
import { temporaryFolder, type TemporaryFolder } from '../../harness/temporary-folder.js';
import { testImage } from '../../harness/test-image.js';
import { readPepper } from '../read-pepper.js';
import { runFuzz } from './run-fuzz.js';

/** Short by default; `npm run test:fuzz -- --seed N --requests N` sets both. */
const seed = Number(process.env['FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const requests = Number(process.env['FUZZ_REQUESTS'] ?? 300);
const timeoutMs = 60_000 + requests * 100;

/** An endpoint with inputs of many types, for which nobody works. */
const aimeFile = `
[ENDPOINT]
name = "fuzzed"
max_time_in_queue = 1
[WORKER]
job_type = "fuzzed"
[CLIENTS]
authorization_keys = { fuzzer = "fuzzed-key" }
[INPUTS]
text = { type = "string", max_length = 100 }
count = { type = "integer", min = 1, max = 10 }
ratio = { type = "float", auto_convert = true, max = 1 }
flag = { type = "boolean", auto_convert = true }
kind = { type = "selection", supported = ["a", "b"], default = "a" }
extra = { type = "json" }
[OUTPUTS]
text = { type = "string" }
`;

let folder: TemporaryFolder;
let bench: EmbeddedMesh;
let principal: Principal;

/** How ESD names a user. */
const bearer = (user: string): string => `Bearer ${Buffer.from(user).toString('hex').toUpperCase()}`;

beforeAll(async () => {
  folder = await temporaryFolder();
  const table = join(folder.path, 'instance-types.json');
  await writeFile(table, JSON.stringify({ local: { quota: 2 }, fuzzed: { quota: 2 } }));
  const serverFile = join(folder.path, 'aime_api_server.cfg');
  await writeFile(serverFile, '[SANIC]\nresponse_timeout = 1\n');
  await writeFile(join(folder.path, 'fuzzed.toml'), aimeFile);
  bench = await startEmbeddedMesh({
    env: { INFERMESH_INSTANCE_TYPES: table, AIME_ENDPOINTS_FOLDER: folder.path, AIME_SERVER_FILE: serverFile },
  });
  principal = await adminOf(bench);
  const fuzzer = { username: 'fuzzer', creator: 'admin', roles: ['IT Operator'] };
  const made = await fetch(`${bench.url}/users`, {
    method: 'POST',
    headers: { 'x-api-key': bench.adminKey, authorization: bearer('admin') },
    body: JSON.stringify(fuzzer),
  });
  expect(made.status).toBe(201);
}, 180_000);

afterAll(async () => {
  await bench[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

async function adminOf({ authUrl, adminKey }: EmbeddedMesh): Promise<Principal> {
  const answer = await fetch(`${authUrl}/whoami`, { headers: { 'x-api-key': adminKey } });
  const { user, tenant, keyId, roles, permissions } = (await answer.json()) as {
    user: string;
    tenant: string;
    keyId: string;
    roles: string[];
    permissions: string[];
  };
  return { tenantId: tenant, userId: 'admin', subject: user, keyId, roles, permissions, scopes: [], weight: 1 };
}

const own = new Set<string>();

/** A new key of the administrator, made past the API: a run may revoke whatever it meets. */
async function freshKey(): Promise<string> {
  const pepper = await readPepper(bench.folder);
  const made = await bench.mesh.jobQueue.call(
    createKey,
    { actor: principal, name: 'fuzz' },
    { deadlineAt: Date.now() + 10_000 },
  );
  own.add(made.key.id);
  return new Seal(pepper).open(made.sealedKey);
}

/** @returns a key of the user */
async function createUser(name: string, permissions: readonly string[]): Promise<string> {
  const ask = async (method: string, path: string, body: object): Promise<string> => {
    const headers = { 'x-api-key': bench.adminKey };
    const answer = await fetch(`${bench.authUrl}${path}`, { method, headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${method} ${path} answered ${String(answer.status)}: ${await answer.text()}`);
    return answer.text();
  };
  await ask('PUT', `/roles/${name}-role`, { permissions });
  await ask('PUT', `/users/${name}`, { roles: [`${name}-role`] });
  return (JSON.parse(await ask('POST', '/keys', { name: 'fuzz', user: name })) as { key: string }).key;
}

interface Traces {
  readonly inference: string;
  readonly checkpoint: string;
  readonly endpoint: string;
  readonly endpointPath: string;
}

/** What a user may leave with the mesh, and others may want. @returns how it is called */
async function leaveTraces(key: string): Promise<Traces> {
  const ask = async (path: string, body: object): Promise<unknown> => {
    const headers = { 'x-api-key': key, authorization: bearer('victim') };
    const answer = await fetch(`${bench.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${path} answered ${String(answer.status)}: ${await answer.text()}`);
    return ((await answer.json()) as { data: unknown }).data;
  };
  const job = { user_id: 'victim', task_type: 'extra-single-image', inference_type: 'Async', models: {} };
  const { inference } = (await ask('/inferences', job)) as { inference: { id: string } };
  const file = { filenames: [{ filename: 'precious.pt', parts_number: 1 }], params: { creator: 'victim' } };
  const { checkpoint } = (await ask('/checkpoints', { checkpoint_type: 'Lora', ...file })) as {
    checkpoint: { id: string };
  };
  const made = (await ask('/endpoints', {
    endpoint_name: 'precious',
    endpoint_type: 'Async',
    instance_type: 'fuzzed',
    initial_instance_count: 1,
    autoscaling_enabled: false,
    assign_to_roles: ['victim-role'],
    creator: 'victim',
  })) as { endpoint_name: string; EndpointDeploymentJobId: string };
  const endpointPath = `/endpoints?username=victim&endpointDeploymentJobId=${made.EndpointDeploymentJobId}`;
  await eventually(
    'the endpoint in service',
    async () => (await shownTo(key, endpointPath)).includes('"endpoint_status":"InService"') || undefined,
    60_000,
  );
  return { inference: inference.id, checkpoint: checkpoint.id, endpoint: made.endpoint_name, endpointPath };
}

async function tracesOf(key: string, { inference, endpointPath }: Traces): Promise<readonly string[]> {
  const paths = ['/checkpoints', endpointPath, `/inferences/${inference}`, '/inferences', '/users'];
  return Promise.all([
    ...paths.map((path) => shownTo(key, path)),
    shownTo(bench.adminKey, '/roles?role=victim-role', 'admin'),
  ]);
}

/** The answer, without what is signed anew for each. */
async function shownTo(key: string, path: string, user = 'victim'): Promise<string> {
  const headers = { 'x-api-key': key, authorization: bearer(user) };
  const answer = await fetch(`${bench.url}${path}`, { headers });
  expect([path, answer.status]).toEqual([path, 200]);
  return (await answer.text()).replaceAll(/"http[^"]*"/gu, '"…"');
}

describe(`requests made of the OpenAPI document, seed ${String(seed)}`, () => {
  it(
    'of one user change nothing of another',
    async () => {
      const victim = await createUser('victim', [
        'inference:all',
        'checkpoint:create',
        'sagemaker_endpoint:create',
        'sagemaker_endpoint:list',
      ]);
      const permissions = [
        'inference:all',
        'checkpoint:create',
        'role:create',
        'user:create',
        'user:list',
        'role:list',
      ];
      const attacker = await createUser('attacker', [...permissions, 'sagemaker_endpoint:create']);
      const ids = await leaveTraces(victim);
      const before = await tracesOf(victim, ids);
      const answer = await fetch(`${bench.url}/api`, { headers: { 'x-api-key': attacker } });
      const report = await runFuzz({
        document: (await answer.json()) as OpenApiDocument,
        url: bench.url,
        seed,
        requests,
        hints: [
          ids.inference,
          ids.checkpoint,
          ids.endpoint,
          'victim',
          'victim-role',
          'admin',
          'extra-single-image',
          'Active',
          'Disabled',
        ],
        headers: { authorization: bearer('attacker') },
        key: () => Promise.resolve(attacker),
        untouchable: () => [],
      });
      expect(report.faults.slice(0, 10)).toEqual([]);
      expect(await tracesOf(victim, ids)).toEqual(before);
    },
    timeoutMs,
  );

  it.each([
    ['esd', () => bench.url, '/api'],
    ['auth', () => bench.authUrl, '/openapi.json'],
    ['an endpoint of aime', () => addressOf(bench.mesh, 'aime'), '/api/endpoints/fuzzed/openapi.json'],
  ])(
    'of %s are answered as documented, with no 5xx but 503 and 504',
    async (_name, urlOf, path) => {
      const url = urlOf();
      const answer = await fetch(`${url}${path}`, { headers: { 'x-api-key': bench.adminKey } });
      const document = (await answer.json()) as OpenApiDocument;
      const report = await runFuzz({
        document,
        url,
        seed,
        requests,
        // no endpoint's name: the run would delete it
        hints: ['extra-single-image', 'inference:list', 'fuzzer', 'fuzzed', 'fuzzed-key', 'byoc', '1'],
        headers: { authorization: bearer('admin') },
        key: freshKey,
        untouchable: () => [principal.subject, principal.keyId, ...principal.roles, ...own],
      });
      if (process.env['FUZZ_SEED'] !== undefined) console.table(report.counts);
      expect(report.faults.slice(0, 10)).toEqual([]);
      expect(Object.keys(report.counts).length).toBeGreaterThan(Object.keys(document.paths).length);
    },
    timeoutMs,
  );

  it('leave the mesh alive and its jobs running', async () => {
    const job = await bench.client.run({ upscaler_1: 'Lanczos', image: (await testImage()).toString('base64') });
    expect(job.status).toBe('succeed');
    const health = await fetch(new URL('/readyz', bench.url));
    expect(health.status).toBe(200);
  });
});
