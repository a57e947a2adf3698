import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createServiceUsers, type ServiceName } from '@infermesh/all-in-one';
import { createEndpoint, listEndpoints } from '@infermesh/contracts';
import { createJobQueue } from '@infermesh/job-queue';
import { ResourceStack, stopChild } from '@infermesh/lifecycle';
import { startLocalS3 } from '@infermesh/local-s3';
import { startEmbeddedRedis } from '@infermesh/redis';
import { createLogger } from '@infermesh/telemetry';
import { createObjectStore } from '@infermesh/object-store';
import { startPostgresServer } from '../../packages/database/tests/postgres-server.js';
import { EsdClient } from './esd-client.js';
import { eventually } from './processes.js';
import { temporaryFolder } from './temporary-folder.js';

const fromRoot = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

export interface SplitMesh extends AsyncDisposable {
  readonly client: EsdClient;
  /** The process of each service. */
  readonly services: ReadonlyMap<ServiceName, ChildProcess>;
}

const pepper = 'a pepper of the tests, 32 characters or more';
const s3Keys = { accessKeyId: 'tests', secretAccessKey: 'a secret of the tests' };

/** One process per service, on a PostgreSQL, a Redis and an S3 server of their own: how a cluster runs it. */
export async function startSplitMesh(): Promise<SplitMesh> {
  await using opened = new ResourceStack();
  const logger = createLogger({ service: 'split', level: 'silent' });
  const folder = opened.use(await temporaryFolder());
  const redis = opened.use(await startEmbeddedRedis({ folder: join(folder.path, 'redis'), logger }));
  const postgres = opened.use(await startPostgresServer());
  const s3 = opened.use(await startLocalS3({ folder: join(folder.path, 'objects'), credentials: [s3Keys], logger }));
  const store = { endpoint: s3.url, region: 'us-east-1', bucket: 'infermesh', ...s3Keys };
  const objectStore = opened.use(createObjectStore(store));
  await objectStore.ensureBucket(AbortSignal.timeout(10_000));
  const redisUrls = await createServiceUsers(redis.url);

  const s3Variables = (prefix: string): Record<string, string> => ({
    [`${prefix}_S3_ENDPOINT`]: s3.url,
    [`${prefix}_S3_ACCESS_KEY_ID`]: s3Keys.accessKeyId,
    [`${prefix}_S3_SECRET_ACCESS_KEY`]: s3Keys.secretAccessKey,
  });
  const environments: Record<ServiceName, Record<string, string>> = {
    auth: { AUTH_REDIS_URL: redisUrls.auth, AUTH_DATABASE_URL: postgres.url, AUTH_PEPPER: pepper },
    dispatcher: {
      DISPATCHER_REDIS_URL: redisUrls.dispatcher,
      DISPATCHER_DATABASE_URL: postgres.url,
      ...s3Variables('DISPATCHER'),
    },
    'checkpoint-store': {
      CHECKPOINT_STORE_REDIS_URL: redisUrls['checkpoint-store'],
      CHECKPOINT_STORE_DATABASE_URL: postgres.url,
      CHECKPOINT_STORE_BUNDLED_MANIFEST: fromRoot('models/bundled.json'),
      ...s3Variables('CHECKPOINT_STORE'),
    },
    'endpoint-manager': {
      ENDPOINT_MANAGER_REDIS_URL: redisUrls['endpoint-manager'],
      ENDPOINT_MANAGER_REDIS_ADMIN_URL: redis.url,
      ENDPOINT_MANAGER_DATABASE_URL: postgres.url,
      ENDPOINT_MANAGER_WORKER_ENTRY: fromRoot('services/inference-worker/dist/main.js'),
      ENDPOINT_MANAGER_WORKER_FOLDER: join(folder.path, 'workers'),
      ENDPOINT_MANAGER_STOP_GRACE_MS: '5000',
    },
    'api-gateway': {
      GATEWAY_REDIS_URL: redisUrls['api-gateway'],
      GATEWAY_PEPPER: pepper,
      LISTEN_ESD: '127.0.0.1:0/prod',
      LISTEN_AUTH: '127.0.0.1:0/auth',
    },
  };
  const services = new Map<ServiceName, ChildProcess>();
  for (const name of Object.keys(environments) as ServiceName[])
    services.set(name, startService(name, environments[name], opened));
  const [adminKey, url] = await Promise.all([
    lineOf(services.get('auth'), /shown this once: (\S+)/u),
    lineOf(services.get('api-gateway'), /"address":"([^"]*\/prod)"/u),
  ]);
  const jobQueue = opened.use(createJobQueue({ redisUrl: redisUrls['api-gateway'], service: 'api-gateway', logger }));
  for (const [name, kind] of [
    ['esd-async-split', 'Async'],
    ['esd-real-time-split', 'Real-time'],
  ] as const) {
    await jobQueue.call(
      createEndpoint,
      { name, kind, tenantId: 'default', jobTypes: ['extra-single-image'], workers: 1 },
      { deadlineAt: Date.now() + 20_000 },
    );
  }
  await eventually('the workers being ready', async () => {
    const { endpoints } = await jobQueue.call(listEndpoints, {}, { deadlineAt: Date.now() + 10_000 });
    return endpoints.length === 2 && endpoints.every(({ readyWorkers }) => readyWorkers > 0) ? true : undefined;
  });
  const kept = opened.move();
  return { client: new EsdClient(url, adminKey), services, [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose]() };
}

function startService(name: ServiceName, env: Record<string, string>, opened: ResourceStack): ChildProcess {
  const child = spawn(process.execPath, [fromRoot(`services/${name}/dist/main.js`)], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  opened.defer(() => stopChild(child, 'SIGTERM', 20_000));
  return child;
}

/** Waits for a line on either output of a service; its first group is the answer. The outputs flow on afterwards. */
async function lineOf(child: ChildProcess | undefined, wanted: RegExp): Promise<string> {
  if (child?.stdout === null || child?.stderr === null || child === undefined)
    throw new Error('the service has no output');
  const { stdout, stderr } = child;
  return new Promise((resolve, reject) => {
    const said: string[] = [];
    for (const output of [stdout, stderr]) {
      createInterface({ input: output }).on('line', (line) => {
        said.push(line);
        const answer = wanted.exec(line)?.[1];
        if (answer !== undefined) resolve(answer);
      });
    }
    child.once('exit', () => {
      reject(new Error(`a service ended before it served: ${said.slice(-5).join('\n')}`));
    });
  });
}
