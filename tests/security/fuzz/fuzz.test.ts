import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createKey, type Principal } from '@infermesh/contracts';
import { Seal } from '@infermesh/credentials';
import type { OpenApiDocument } from '@infermesh/http';
import { startEmbeddedMesh, type EmbeddedMesh } from '../../harness/embedded-mesh.js';
import { temporaryFolder, type TemporaryFolder } from '../../harness/temporary-folder.js';
import { testImage } from '../../harness/test-image.js';
import { readPepper } from '../read-pepper.js';
import { runFuzz } from './run-fuzz.js';

/** Short by default; `npm run test:fuzz -- --seed N --requests N` sets both. */
const seed = Number(process.env['FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const requests = Number(process.env['FUZZ_REQUESTS'] ?? 300);
const timeoutMs = 60_000 + requests * 100;

let folder: TemporaryFolder;
let bench: EmbeddedMesh;
let principal: Principal;

/** How ESD names a user. */
const bearer = (user: string): string => `Bearer ${Buffer.from(user).toString('hex').toUpperCase()}`;

beforeAll(async () => {
  folder = await temporaryFolder();
  const table = join(folder.path, 'instance-types.json');
  await writeFile(table, JSON.stringify({ local: { quota: 2 }, fuzzed: { quota: 2 } }));
  bench = await startEmbeddedMesh({ env: { INFERMESH_INSTANCE_TYPES: table } });
  principal = await adminOf(bench);
  const fuzzer = { username: 'fuzzer', creator: 'admin', roles: ['IT Operator'] };
  const made = await fetch(`${bench.url}/users`, {
    method: 'POST',
    headers: { 'x-api-key': bench.adminKey, authorization: bearer('admin') },
    body: JSON.stringify(fuzzer),
  });
  expect(made.status).toBe(201);
}, 60_000);

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

describe(`requests made of the OpenAPI document, seed ${String(seed)}`, () => {
  it.each([
    ['esd', () => bench.url, '/api'],
    ['auth', () => bench.authUrl, '/openapi.json'],
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
        hints: ['extra-single-image', 'inference:list', 'fuzzer', 'fuzzed', 'byoc', '1'],
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
