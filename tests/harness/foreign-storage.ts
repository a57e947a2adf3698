import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ResourceStack, stopChild } from '@infermesh/lifecycle';
import type { ObjectStoreOptions } from '@infermesh/object-store';

/** An S3 server that nobody here wrote. `scripts/test-foreign.mjs` finds them and sets the variables. */
export interface ForeignServer {
  readonly name: string;
  /** Starts it on a folder of its own; a server that runs already is only named. */
  readonly start: () => Promise<ForeignStorage>;
}

export interface ForeignStorage extends AsyncDisposable {
  readonly options: ObjectStoreOptions;
}

const keys = { accessKeyId: 'foreign', secretAccessKey: 'a secret of the foreign suite' };
const startMs = 30_000;

/** Those that this run was given; none in a plain run of the tests. */
export function foreignServers(env: NodeJS.ProcessEnv): ForeignServer[] {
  const servers: ForeignServer[] = [];
  const { FOREIGN_S3_URL: url, FOREIGN_S3_VERSITYGW: versitygwPath } = env;
  if (url !== undefined) servers.push({ name: url, start: async () => await Promise.resolve(running(url, env)) });
  if (versitygwPath !== undefined)
    servers.push({ name: 'versitygw', start: async () => await startVersitygw(versitygwPath) });
  return servers;
}

/** With them the whole mesh keeps its objects there. */
export function storageVariables({ options }: ForeignStorage): Record<string, string> {
  const { endpoint, region, bucket, accessKeyId, secretAccessKey } = options;
  return {
    S3_ENDPOINT: endpoint,
    S3_REGION: region,
    S3_BUCKET: bucket,
    S3_ACCESS_KEY_ID: accessKeyId,
    S3_SECRET_ACCESS_KEY: secretAccessKey,
  };
}

function running(url: string, env: NodeJS.ProcessEnv): ForeignStorage {
  return {
    options: {
      endpoint: url,
      region: env['FOREIGN_S3_REGION'] ?? 'us-east-1',
      bucket: `suite-${String(Date.now())}`,
      accessKeyId: env['FOREIGN_S3_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: env['FOREIGN_S3_SECRET_ACCESS_KEY'] ?? '',
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** Objects are files, their metadata extended attributes: the temporary folder's file system must have them. */
async function startVersitygw(path: string): Promise<ForeignStorage> {
  await using opened = new ResourceStack();
  const folder = await mkdtemp(join(tmpdir(), 'foreign-s3-'));
  opened.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  const address = `127.0.0.1:${String(await aFreePort())}`;
  const objects = join(folder, 'objects');
  await mkdir(objects);
  const child = spawn(path, ['--port', address, '--quiet', 'posix', objects], {
    env: { ROOT_ACCESS_KEY_ID: keys.accessKeyId, ROOT_SECRET_ACCESS_KEY: keys.secretAccessKey },
    cwd: folder,
    stdio: 'ignore',
  });
  opened.defer(() => stopChild(child, 'SIGTERM', 5000));
  const endpoint = `http://${address}`;
  const giveUpAt = Date.now() + startMs;
  while (!(await answers(endpoint))) {
    if (child.exitCode !== null || Date.now() > giveUpAt) throw new Error(`${path} does not serve ${endpoint}`);
    await delay(50);
  }
  const kept = opened.move();
  return {
    options: { endpoint, region: 'us-east-1', bucket: 'suite', ...keys },
    [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose](),
  };
}

/** Any answer to an unsigned question will do. */
async function answers(endpoint: string): Promise<boolean> {
  return await fetch(endpoint, { signal: AbortSignal.timeout(2000) }).then(
    () => true,
    () => false,
  );
}

async function aFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return address !== null && typeof address === 'object' ? address.port : 0;
}
