import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openDatabase } from '@infermesh/database';
import { connectRedis, whenReady } from '@infermesh/redis';
import { createLogger } from '@infermesh/telemetry';
import { exerciseJobs } from '../e2e/suites/exercise-jobs.js';
import { exerciseToys } from '../e2e/suites/exercise-toys.js';
import { findDescendants, listProcesses } from '../harness/processes.js';
import { splitSecrets, startSplitMesh, type SplitMesh } from '../harness/split-mesh.js';
import { temporaryFolder, type TemporaryFolder } from '../harness/temporary-folder.js';
import { testImage } from '../harness/test-image.js';

/** Secrets that are known beforehand, or met on the way, by name. */
const canaries = new Map<string, string>(Object.entries(splitSecrets));
const userPassword = 'canary-user-password-c2d4';
/** Everything the doors have said that may hold no secret. */
const said: string[] = [];
let logs: TemporaryFolder;
let bench: SplitMesh;

beforeAll(async () => {
  logs = await temporaryFolder();
  bench = await startSplitMesh({ logFolder: logs.path, toys: { workers: 1, slots: 2 } });
  canaries.set('administrator key', bench.adminKey);
  canaries.set('user password', userPassword);
  for (const [name, url] of Object.entries({ admin: bench.redis.url, ...bench.redisUrls })) {
    canaries.set(`redis password of ${name}`, new URL(url).password);
  }
  await useEverything();
}, 120_000);

afterAll(async () => {
  await bench[Symbol.asyncDispose]();
  await logs[Symbol.asyncDispose]();
});

/** Which canaries stand in a text. */
function found(text: string): string[] {
  return [...canaries].filter(([, secret]) => text.includes(secret)).map(([name]) => name);
}

async function ask(method: string, url: string, key: string, body?: unknown): Promise<string> {
  const answer = await fetch(url, {
    method,
    headers: { 'x-api-key': key },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return `${String(answer.status)} ${[...answer.headers].join(' ')} ${await answer.text()}`;
}

/** A day's calls, good and bad, each secret in every place where a caller might put it. */
async function useEverything(): Promise<void> {
  const { url, authUrl, adminKey, client } = bench;
  const note = async (...call: Parameters<typeof ask>): Promise<void> => void said.push(await ask(...call));
  await note('PUT', `${authUrl}/roles/plain`, adminKey, { permissions: ['inference:all'] });
  await note('PUT', `${authUrl}/users/mia`, adminKey, { password: userPassword, roles: ['plain'] });
  const login = await ask('POST', `${authUrl}/login`, '', { name: 'mia', password: userPassword });
  const key = /"key":"([^"]+)"/u.exec(login)?.[1] ?? '';
  expect(key).toMatch(/^im_/u);
  canaries.set('user key', key);
  const image = (await testImage()).toString('base64');
  expect((await client.run({ upscaler_1: 'Lanczos', image })).status).toBe('succeed');
  expect((await client.run('no JSON')).status).toBe('failed');
  for (const path of ['/whoami', '/keys', '/users', '/roles', '/openapi.json'])
    await note('GET', `${authUrl}${path}`, key);
  await note('GET', `${url}/api`, key);
  await note('GET', `${url}/inferences/${encodeURIComponent('no id')}`, key);
  await note('POST', `${authUrl}/login`, '', { name: 'mia', password: `${userPassword} wrong` });
  await note('POST', `${authUrl}/login`, '', { name: userPassword, passwort: userPassword });
  await note('POST', `${authUrl}/login`, '', `{"name":"mia","password":"${userPassword}"`);
  await note('PUT', `${authUrl}/users/mia`, key, { password: userPassword, roles: ['plain', 'IT Operator'] });
  await note('PUT', `${authUrl}/users/zoe`, key, { password: userPassword });
  await note('POST', `${url}/inferences`, `${key}x`, { task_type: 'rembg' });
  await note('POST', `${url}/inferences`, key, '{');
  const root = new URL(url).origin;
  for (const path of ['/metrics', '/readyz', '/healthz', '/nothing']) await note('GET', `${root}${path}`, key);
}

describe('the suites that exercise a mesh, so that there is something to search,', () => {
  exerciseJobs(() => bench);
  exerciseToys(() => bench);
});

describe('no secret stands', () => {
  it('in an answer, an error, the metrics or the health', () => {
    expect(said.length).toBeGreaterThan(15);
    expect(found(said.join('\n'))).toEqual([]);
  });

  it('in what the services, the workers and the model processes write', async () => {
    const texts = (await readdir(logs.path)).map((name) => readFile(join(logs.path, name), 'utf8'));
    const output = (await Promise.all(texts)).join('').replace(/administrator's key, shown this once: \S+/u, '');
    expect(output.length).toBeGreaterThan(1_000);
    expect(output).toContain('"service":"inference-worker"');
    expect(found(output)).toEqual([]);
  });

  it('in Redis: keys, values, users', async () => {
    const admin = connectRedis({ url: bench.redis.url, purpose: 'request', name: 'canary' });
    await whenReady(admin, 5_000);
    const dump: string[] = [];
    for (const key of await admin.keys('*')) {
      const bytes = await admin.dumpBuffer(key);
      dump.push(key, bytes.toString('latin1'));
    }
    dump.push(JSON.stringify(await admin.call('ACL', 'LIST')), JSON.stringify(await admin.call('CLIENT', 'LIST')));
    admin.disconnect();
    expect(dump.length).toBeGreaterThan(10);
    expect(found(dump.join('\n'))).toEqual([]);
  });

  it('in a table of the database', async () => {
    const logger = createLogger({ service: 'canary', level: 'silent' });
    await using database = openDatabase({ url: bench.postgres.url, maxConnections: 1, logger });
    const { rows: tables } = await database.query<{ name: string }>(
      `SELECT quote_ident(table_name) AS name FROM information_schema.tables WHERE table_schema = 'public'`,
    );
    const rows = await Promise.all(
      tables.map(({ name }) => database.query<{ text: string }>(`SELECT row_to_json(t)::text AS text FROM ${name} t`)),
    );
    const text = rows.flatMap((table) => table.rows.map((row) => row.text)).join('\n');
    expect(text).toContain('$argon2id$v=19$m=19456,t=2,p=1$');
    expect(found(text)).toEqual([]);
  });

  it('in a file: of Redis, its log and its append-only file, the objects, the workers', async () => {
    const entries = await readdir(bench.folder, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    expect(files.length).toBeGreaterThan(5);
    for (const file of files) {
      const text = await readFile(file, 'latin1').catch(() => '');
      expect([file, found(text)]).toEqual([file, []]);
    }
  });

  it('on a command line', async () => {
    const processes = await listProcesses();
    expect(found(processes.map(({ command }) => command).join('\n'))).toEqual([]);
  });

  it('in the environment of a process that has no business with it', async () => {
    const environmentOf = async (pid: number): Promise<string> =>
      readFile(`/proc/${String(pid)}/environ`, 'latin1').catch(() => '');
    const databaseAndS3 = ['s3Secret', 'databasePassword'];
    const allowed = {
      auth: ['pepper', 'databasePassword', 'redis password of auth'],
      dispatcher: ['pepper', ...databaseAndS3, 'redis password of dispatcher'],
      'checkpoint-store': [...databaseAndS3, 'redis password of checkpoint-store'],
      'endpoint-manager': ['databasePassword', 'redis password of endpoint-manager', 'redis password of admin'],
      'media-converter': ['s3Secret', 'redis password of media-converter'],
      'api-gateway': ['pepper', 'redis password of api-gateway'],
    };
    for (const [name, service] of bench.services) {
      const known = found(await environmentOf(service.pid));
      expect(known).toContain(`redis password of ${name}`); // or the search would be blind
      expect([name, known.filter((canary) => !allowed[name].includes(canary))]).toEqual([name, []]);
    }
    const manager = bench.services.get('endpoint-manager')?.pid ?? -1;
    const workers = await findDescendants(manager, 'node');
    expect(workers.length).toBeGreaterThanOrEqual(2);
    for (const { pid, command } of workers) expect([command, found(await environmentOf(pid))]).toEqual([command, []]);
  });
});

describe('a service that cannot start', () => {
  const entry = fileURLToPath(new URL('../../services/auth/dist/main.js', import.meta.url));
  const good = {
    AUTH_REDIS_URL: 'redis://127.0.0.1:1',
    AUTH_DATABASE_URL: 'postgres://127.0.0.1:1/x',
    AUTH_PEPPER: 'p'.repeat(32),
  };

  it.each([
    ['a database that does not answer', { AUTH_DATABASE_URL: 'postgres://svc:canary-start@127.0.0.1:1/x' }],
    ['a database URL that is none', { AUTH_DATABASE_URL: 'postgres://svc:canary-start@[x' }],
    ['a Redis URL that is none', { AUTH_REDIS_URL: 'canary-start' }],
    ['a pepper that is too short', { AUTH_PEPPER: 'canary-start' }],
    ['a number that is none', { AUTH_STOP_GRACE_MS: 'canary-start' }],
  ])('for %s does not print the secret', async (_name, wrong) => {
    const child = spawn(process.execPath, [entry], { env: { PATH: process.env['PATH'], ...good, ...wrong } });
    const output: string[] = [];
    const told = new Promise<void>((resolve) => {
      for (const stream of [child.stdout, child.stderr]) {
        stream.on('data', (chunk: Buffer) => {
          output.push(chunk.toString());
          resolve();
        });
      }
    });
    const ended = once(child, 'exit');
    await told;
    child.kill('SIGKILL');
    await ended;
    expect(output.join('')).not.toContain('canary-start');
  });
});
