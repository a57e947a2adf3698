import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createServiceUsers, type ServiceName } from '@infermesh/all-in-one';
import { createEndpoint, listEndpoints } from '@infermesh/contracts';
import { createJobQueue, type JobQueue } from '@infermesh/job-queue';
import { ResourceStack } from '@infermesh/lifecycle';
import { startLocalS3 } from '@infermesh/local-s3';
import { createObjectStore, type ObjectStore } from '@infermesh/object-store';
import { startEmbeddedRedis, type EmbeddedRedis } from '@infermesh/redis';
import { createLogger } from '@infermesh/telemetry';
import { startPostgresServer, type PostgresServer } from '../../packages/database/tests/postgres-server.js';
import { EsdClient } from './esd-client.js';
import { eventually } from './processes.js';
import { ServiceProcess } from './service-process.js';
import { startSplitNetwork, type SplitNetwork } from './split-network.js';
import { temporaryFolder } from './temporary-folder.js';
import { ToyClient } from './toy-client.js';

const fromRoot = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

export interface SplitMeshOptions {
  /** Adds the toy dialect, the toy runtime and an endpoint named `toys`; and a clock that can be stepped. */
  readonly toys?: { readonly workers: number; readonly slots: number };
  /** Where Redis, objects and workers keep their files; default a temporary folder. */
  readonly folder?: string;
  /** Where each service writes its log; default nowhere. */
  readonly logFolder?: string | undefined;
}

export interface SplitMesh extends AsyncDisposable {
  readonly client: EsdClient;
  /** Without the toys option it reaches nothing. */
  readonly toys: ToyClient;
  readonly adminKey: string;
  /** Of the gateway, with the prefix `/auth`. */
  readonly authUrl: string;
  /** Of the gateway, with the prefix `/prod`. */
  readonly url: string;
  /** Each service's own user of Redis. */
  readonly redisUrls: Readonly<Record<ServiceName, string>>;
  readonly folder: string;
  /** Milliseconds in it step the clocks of services and workers. */
  readonly clockFile: string;
  /** The process of each service. */
  readonly services: ReadonlyMap<ServiceName, ServiceProcess>;
  readonly network: SplitNetwork;
  /** Calls as the gateway makes them. */
  readonly jobQueue: JobQueue;
  readonly redis: EmbeddedRedis;
  readonly postgres: PostgresServer;
  readonly objectStore: ObjectStore;
  /** Kills a service and starts it anew; the gateway keeps its address. */
  restart(name: ServiceName): Promise<void>;
}

/** What nobody may find where it does not belong. The tests' PostgreSQL believes any password. */
export const splitSecrets = {
  pepper: 'canary-pepper-5e0c1a7f93b24d68a1',
  s3Secret: 'canary-s3-secret-77d19be2',
  databasePassword: 'canary-database-password-0b6f',
} as const;

const { pepper } = splitSecrets;
const s3Keys = { accessKeyId: 'tests', secretAccessKey: splitSecrets.s3Secret };

/** One process per service, on a PostgreSQL, a Redis and an S3 server of their own: how a cluster runs it. */
export async function startSplitMesh(options: SplitMeshOptions = {}): Promise<SplitMesh> {
  await using opened = new ResourceStack();
  const logger = createLogger({ service: 'split', level: 'silent' });
  const folder = options.folder ?? opened.use(await temporaryFolder()).path;
  const redis = opened.use(await startEmbeddedRedis({ folder: join(folder, 'redis'), logger }));
  const postgres = opened.use(await startPostgresServer());
  const s3 = opened.use(await startLocalS3({ folder: join(folder, 'objects'), credentials: [s3Keys], logger }));
  const objectStore = opened.use(
    createObjectStore({ endpoint: s3.url, region: 'us-east-1', bucket: 'infermesh', ...s3Keys }),
  );
  await objectStore.ensureBucket(AbortSignal.timeout(10_000));
  const redisUrls = await createServiceUsers(redis.url);
  const network = opened.use(await startSplitNetwork({ redisPort: redis.port, postgres, s3Port: s3.port }));
  const workerFolder = join(folder, 'workers');
  await mkdir(workerFolder, { recursive: true });
  const clockFile = join(workerFolder, 'clock-step');

  const environments = serviceEnvironments({
    options,
    network,
    redisUrls,
    adminUrl: redis.url,
    workerFolder,
    mediaFolder: join(folder, 'media'),
  });
  const services = new Map<ServiceName, ServiceProcess>();
  for (const name of Object.keys(environments) as ServiceName[]) {
    const service = new ServiceProcess({
      name,
      args: entryOf(name, options),
      env: { ...environments[name], ...(options.toys === undefined ? {} : clockVariables(clockFile)) },
      logPath: options.logFolder === undefined ? undefined : join(options.logFolder, `${name}.log`),
    });
    services.set(name, opened.use(service));
    service.start();
  }
  const gateway = serviceOf(services, 'api-gateway');
  const [adminKey, url] = await Promise.all([
    serviceOf(services, 'auth').line(/shown this once: (\S+)/u),
    gateway.line(addressLine),
  ]);
  network.gateway.target = { host: '127.0.0.1', port: Number(new URL(url).port) };
  const restart = async (name: ServiceName): Promise<void> => {
    const service = serviceOf(services, name);
    await service.kill();
    service.start();
    if (name !== 'api-gateway') return;
    network.gateway.target = { host: '127.0.0.1', port: Number(new URL(await service.line(addressLine)).port) };
  };

  const jobQueue = opened.use(createJobQueue({ redisUrl: redisUrls['api-gateway'], service: 'api-gateway', logger }));
  await createEndpoints(jobQueue, options);
  const gatewayUrl = `http://127.0.0.1:${network.gateway.port}`;
  const kept = opened.move();
  return {
    client: new EsdClient(`${gatewayUrl}/prod`, adminKey),
    toys: new ToyClient(`${gatewayUrl}/toy`, adminKey),
    adminKey,
    url: `${gatewayUrl}/prod`,
    authUrl: `${gatewayUrl}/auth`,
    redisUrls,
    folder,
    clockFile,
    services,
    network,
    jobQueue,
    redis,
    postgres,
    objectStore,
    restart,
    [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose](),
  };
}

const startWithinMs = 60_000;
const addressLine = /"address":"([^"]*\/prod)"/u;

function serviceOf(services: ReadonlyMap<ServiceName, ServiceProcess>, name: ServiceName): ServiceProcess {
  const service = services.get(name);
  if (service === undefined) throw new Error(`no service ${name}`);
  return service;
}

function entryOf(name: ServiceName, { toys }: SplitMeshOptions): string[] {
  if (name !== 'api-gateway' || toys === undefined) return [fromRoot(`services/${name}/dist/main.js`)];
  return ['--import', fromRoot('scripts/typescript-loader.mjs'), fromRoot('tests/harness/toy-gateway.ts')];
}

function clockVariables(clockFile: string): Record<string, string> {
  return {
    NODE_OPTIONS: `--import ${new URL('./clock-step.mjs', import.meta.url).href}`,
    CLOCK_STEP_FILE: clockFile,
  };
}

interface Surroundings {
  readonly options: SplitMeshOptions;
  readonly network: SplitNetwork;
  readonly redisUrls: Readonly<Record<ServiceName, string>>;
  readonly adminUrl: string;
  readonly workerFolder: string;
  readonly mediaFolder: string;
}

function serviceEnvironments({
  options,
  network,
  redisUrls,
  adminUrl,
  workerFolder,
  mediaFolder,
}: Surroundings): Record<ServiceName, Record<string, string>> {
  const s3Variables = (prefix: string): Record<string, string> => ({
    [`${prefix}_S3_ENDPOINT`]: `http://127.0.0.1:${network.s3.port}`,
    [`${prefix}_S3_ACCESS_KEY_ID`]: s3Keys.accessKeyId,
    [`${prefix}_S3_SECRET_ACCESS_KEY`]: s3Keys.secretAccessKey,
  });
  const redisUrl = (name: ServiceName): string => network.redis[name].urlFor(redisUrls[name]);
  const databaseUrl = (name: keyof SplitNetwork['database']): string =>
    `postgres://postgres:${splitSecrets.databasePassword}@127.0.0.1:${network.database[name].port}/postgres`;
  const level = options.toys === undefined || options.logFolder !== undefined ? 'info' : 'warn';
  const logLevel = (prefix: string): Record<string, string> => ({ [`${prefix}_LOG_LEVEL`]: level });
  return {
    auth: {
      AUTH_REDIS_URL: redisUrl('auth'),
      AUTH_DATABASE_URL: databaseUrl('auth'),
      AUTH_PEPPER: pepper,
      ...logLevel('AUTH'),
    },
    dispatcher: {
      DISPATCHER_REDIS_URL: redisUrl('dispatcher'),
      DISPATCHER_DATABASE_URL: databaseUrl('dispatcher'),
      DISPATCHER_PEPPER: pepper,
      ...s3Variables('DISPATCHER'),
      ...logLevel('DISPATCHER'),
    },
    'checkpoint-store': {
      CHECKPOINT_STORE_REDIS_URL: redisUrl('checkpoint-store'),
      CHECKPOINT_STORE_DATABASE_URL: databaseUrl('checkpoint-store'),
      CHECKPOINT_STORE_BUNDLED_MANIFEST: fromRoot('models/bundled.json'),
      ...s3Variables('CHECKPOINT_STORE'),
      CHECKPOINT_STORE_OUTBOUND_ALLOW: '127.0.0.1',
      ...logLevel('CHECKPOINT_STORE'),
    },
    'endpoint-manager': {
      ENDPOINT_MANAGER_REDIS_URL: redisUrl('endpoint-manager'),
      ENDPOINT_MANAGER_REDIS_ADMIN_URL: network.redis['endpoint-manager'].urlFor(adminUrl),
      ENDPOINT_MANAGER_REDIS_PUBLIC_URL: `redis://127.0.0.1:${network.redis.workers.port}`,
      ENDPOINT_MANAGER_DATABASE_URL: databaseUrl('endpoint-manager'),
      ENDPOINT_MANAGER_WORKER_ENTRY: fromRoot('services/inference-worker/dist/main.js'),
      ENDPOINT_MANAGER_WORKER_FOLDER: workerFolder,
      ENDPOINT_MANAGER_STOP_GRACE_MS: '5000',
      ...(options.toys === undefined
        ? {}
        : { ENDPOINT_MANAGER_RUNTIME_MODULES: fromRoot('tests/harness/toy-runtime/module.mjs') }),
      ...logLevel('ENDPOINT_MANAGER'),
    },
    'media-converter': {
      MEDIA_CONVERTER_REDIS_URL: redisUrl('media-converter'),
      MEDIA_CONVERTER_FOLDER: mediaFolder,
      ...s3Variables('MEDIA_CONVERTER'),
      ...logLevel('MEDIA_CONVERTER'),
    },
    'api-gateway': {
      GATEWAY_REDIS_URL: redisUrl('api-gateway'),
      GATEWAY_PEPPER: pepper,
      LISTEN_ESD: '127.0.0.1:0/prod',
      LISTEN_AUTH: '127.0.0.1:0/auth',
      LISTEN_TOY: '127.0.0.1:0/toy',
      ...logLevel('GATEWAY'),
    },
  };
}

async function createEndpoints(jobQueue: JobQueue, { toys }: SplitMeshOptions): Promise<void> {
  const esd = { tenantId: 'default', jobTypes: ['extra-single-image'], workers: 1 };
  const endpoints = [
    { ...esd, name: 'esd-async-split', kind: 'Async' },
    { ...esd, name: 'esd-real-time-split', kind: 'Real-time' },
    ...(toys === undefined
      ? []
      : [
          {
            name: 'toys',
            kind: 'toy',
            tenantId: 'default',
            jobTypes: ['toy-echo', 'toy-sleep', 'toy-file'],
            workers: toys.workers,
            slotsPerWorker: toys.slots,
          },
        ]),
  ];
  for (const endpoint of endpoints) {
    await jobQueue.call(createEndpoint, endpoint, { deadlineAt: Date.now() + 20_000 });
  }
  await eventually(
    'the workers being ready',
    async () => {
      const answer = await jobQueue.call(listEndpoints, {}, { deadlineAt: Date.now() + 10_000 });
      const isReady = answer.endpoints.every(({ readyWorkers, desiredWorkers }) => readyWorkers === desiredWorkers);
      return answer.endpoints.length === endpoints.length && isReady ? true : undefined;
    },
    startWithinMs,
  );
}
