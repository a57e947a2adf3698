import { setTimeout as delay } from 'node:timers/promises';
import { join } from 'node:path';
import { startGateway, type EsdVersion, type ExtraDialect, type Gateway } from '@infermesh/api-gateway';
import { bootstrapAuth, renewAdministratorKey, startAuth } from '@infermesh/auth';
import { startCheckpointStore } from '@infermesh/checkpoint-store';
import { createEndpoint, listEndpoints } from '@infermesh/contracts';
import { migrate, openDatabase, type Database } from '@infermesh/database';
import { startDispatcher, type DispatcherSettings } from '@infermesh/dispatcher';
import { loadInstanceTypes, startEndpointManager } from '@infermesh/endpoint-manager';
import { MeshError } from '@infermesh/errors';
import { createJobQueue, SharedProcess, type JobQueue } from '@infermesh/job-queue';
import { ResourceStack } from '@infermesh/lifecycle';
import { startMediaConverter } from '@infermesh/media-converter';
import { createObjectStore, type ObjectStoreOptions } from '@infermesh/object-store';
import { createOutbound, type Outbound } from '@infermesh/outbound';
import { Metrics, createLogger, type Logger } from '@infermesh/telemetry';
import type { MeshConfig } from './config.js';
import { checkAddresses } from './check-addresses.js';
import { layGround } from './embedded.js';
import { bundledManifest, workerEntry } from './neighbours.js';
import { openFolder } from './open-folder.js';
import { loadSecrets, type Secrets } from './secrets.js';
import { namingServer } from './naming-server.js';
import { shipEndpoints } from './ship-endpoints.js';
import { keepServiceUsers, type ServiceName } from './service-users.js';

export interface MeshOptions {
  readonly config: MeshConfig;
  /** Named after each step, with the milliseconds it took. */
  readonly onStep?: (step: string, ms: number) => void;
  /** Told of the administrator's key as soon as it exists, on the very first start and with `newAdminKey`: a later step may fail. */
  readonly onAdminKey?: (key: string) => void;
  /** Makes a further key for an administrator, beside its others or instead of them. */
  readonly newAdminKey?: 'beside' | 'instead' | undefined;
  /** Ends the start at its next step; what was opened is released. A mesh that has started is stopped by disposing of it. */
  readonly signal?: AbortSignal;
  readonly extraDialects?: readonly ExtraDialect[];
  readonly dispatcherSettings?: Partial<DispatcherSettings>;
}

/** The tenant that every installation has. */
export const firstTenant = 'default';

export interface Mesh extends AsyncDisposable {
  readonly addresses: Gateway['addresses'];
  /** The administrator's key, on the very first start and with `newAdminKey` only. */
  readonly adminKey: string | undefined;
  /** Calls to the services, for what starts the mesh. */
  readonly jobQueue: JobQueue;
  readonly redisAdminUrl: string;
  readonly databaseUrl: string;
}

/** The two endpoints every installation has: one that answers later, one that answers at once. */
const firstEndpoints = [
  { name: 'esd-async-local', kind: 'Async' },
  { name: 'esd-real-time-local', kind: 'Real-time' },
] as const;

const jobTypes = ['extra-single-image', 'extra-batch-images'];

/**
 * Every service in this process, on embedded or given servers. Resolves when it serves.
 *
 * @throws MeshError CONFLICT when another mesh uses the folder; CONFIG_INVALID, or an outage's code, naming the variable to
 * look at; the signal's reason
 */
export async function startMesh({
  config,
  onStep = () => undefined,
  onAdminKey = () => undefined,
  newAdminKey,
  signal = new AbortController().signal,
  extraDialects = [],
  dispatcherSettings = {},
}: MeshOptions): Promise<Mesh> {
  await using opened = new ResourceStack();
  const step = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    signal.throwIfAborted();
    const began = performance.now();
    const result = await work();
    onStep(name, performance.now() - began);
    return result;
  };
  const loggerOf = (service: string): Logger => createLogger({ service, level: config.logLevel });
  const outboundOf = (service: string): Outbound =>
    createOutbound({
      allowList: config.outboundAllow,
      allowListVariable: 'INFERMESH_OUTBOUND_ALLOW',
      logger: loggerOf(service),
    });
  const metrics = new Metrics();
  metrics.collectProcess();
  opened.use(await openFolder(config.folder));
  await checkAddresses(config.listen);
  await shipEndpoints(join(config.folder, 'endpoints'));
  const secrets = await loadSecrets(config.folder);

  const ground = await step('redis, database and object store', () =>
    layGround(config, secrets, opened, loggerOf('all-in-one')),
  );
  const database = opened.use(
    openDatabase({ url: ground.databaseUrl, maxConnections: 8, logger: loggerOf('database') }),
  );
  const objectStore = opened.use(createObjectStore(ground.objectStore));
  const { adminKey, redisUrls } = await step('schema, users and bucket', async () => {
    await namingServer('DATABASE_URL', config.databaseUrl, () => migrate(database));
    await namingServer('S3_ENDPOINT', config.s3.endpoint, () => objectStore.ensureBucket(AbortSignal.timeout(30_000)));
    const users = opened.use(
      await namingServer('REDIS_URL', config.redisUrl, () =>
        keepServiceUsers(ground.redisAdminUrl, { logger: loggerOf('all-in-one') }),
      ),
    );
    const made = await makeAdminKey(database, secrets, newAdminKey);
    if (made !== undefined) onAdminKey(made.key);
    return { adminKey: made?.key, redisUrls: users.urls };
  });
  const sharedProcess = new SharedProcess();
  const queueOf = (service: ServiceName): JobQueue =>
    opened.use(
      createJobQueue({ redisUrl: redisUrls[service], service, logger: loggerOf(service), metrics, sharedProcess }),
    );

  const jobQueue = queueOf('api-gateway');
  const gateway = await step('services', async () => {
    const media = opened.use(
      await startMediaConverter({
        ...config.media,
        jobQueue: queueOf('media-converter'),
        objectStore,
        storeOrigins: storeOrigins(ground.objectStore),
        scratchFolder: join(config.folder, 'media'),
        logger: loggerOf('media-converter'),
        metrics,
      }),
    );
    await opened.useAll([
      startAuth({ jobQueue: queueOf('auth'), database, pepper: secrets.pepper, logger: loggerOf('auth') }),
      startCheckpointStore({
        jobQueue: queueOf('checkpoint-store'),
        database,
        objectStore,
        outbound: outboundOf('checkpoint-store'),
        bundledManifest,
        settings: { maxBytes: config.maxCheckpointBytes },
        logger: loggerOf('checkpoint-store'),
      }),
      startDispatcher({
        jobQueue: queueOf('dispatcher'),
        db: database,
        objectStore,
        logger: loggerOf('dispatcher'),
        metrics,
        outbound: outboundOf('dispatcher'),
        pepper: secrets.pepper,
        settings: dispatcherSettings,
      }),
    ]);
    const endpointManager = opened.use(
      await startEndpointManager({
        jobQueue: queueOf('endpoint-manager'),
        database,
        redisAdminUrl: ground.redisAdminUrl,
        workerEntry,
        workerFolder: join(config.folder, 'workers'),
        runtimeModules: config.runtimeModules,
        ...config.models,
        instanceTypes: await loadInstanceTypes(config.instanceTypesPath),
        customImages: config.customImages,
        logger: loggerOf('endpoint-manager'),
        metrics,
        stopGraceMs: config.stopGraceMs,
        isAlone: config.databaseUrl === undefined, // the folder of the embedded database is claimed
      }),
    );
    await endpointManager.active;
    await Promise.all(firstEndpoints.map((endpoint) => ensureEndpoint(jobQueue, endpoint, config.workers)));
    return opened.use(
      await startGateway({
        config: {
          pepper: secrets.pepper,
          listen: config.listen,
          stopGraceMs: 10_000,
          admission: { requestsPerSecond: 1_000, burst: 5_000 },
          esd: esdSettings(config),
          aime: { ...config.aime, listen: config.listen.aime },
        },
        jobQueue,
        logger: loggerOf('api-gateway'),
        metrics,
        media: media.client,
        extraDialects,
      }),
    );
  });
  await step('workers', () => untilWorkersReady(jobQueue, signal));
  const kept = opened.move();
  return {
    addresses: gateway.addresses,
    adminKey,
    jobQueue,
    redisAdminUrl: ground.redisAdminUrl,
    databaseUrl: ground.databaseUrl,
    [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose](),
  };
}

function storeOrigins({ endpoint, publicEndpoint = endpoint }: ObjectStoreOptions): string[] {
  return [endpoint, publicEndpoint].map((url) => new URL(url).origin);
}

async function makeAdminKey(
  database: Database,
  { pepper }: Secrets,
  newAdminKey: MeshOptions['newAdminKey'],
): Promise<{ readonly key: string } | undefined> {
  const first = await bootstrapAuth(database, { pepper });
  if (first !== undefined || newAdminKey === undefined) return first;
  return renewAdministratorKey(database, { pepper, revokeOthers: newAdminKey === 'instead' });
}

function esdSettings({ s3, maxPayloadBytes, esdVersion }: MeshConfig): {
  version: EsdVersion;
  maxPayloadBytes: number;
  realTimeWaitMs: number;
  runTimeoutMs: number;
  bucket: string;
} {
  return { version: esdVersion, maxPayloadBytes, realTimeWaitMs: 40_000, runTimeoutMs: 3_600_000, bucket: s3.bucket };
}

async function ensureEndpoint(
  jobQueue: JobQueue,
  { name, kind }: { name: string; kind: string },
  workers: number,
): Promise<void> {
  await jobQueue.call(
    createEndpoint,
    { name, kind, tenantId: firstTenant, ownerRoles: ['*'], jobTypes, workers, ensure: true },
    { deadlineAt: Date.now() + 30_000 },
  );
}

const workersWithinMs = 60_000;
const lookEveryMs = 50;

/**
 * A mesh that says it is ready takes jobs at once, on the endpoints every installation has. Of any other endpoint nothing is
 * asked: what one tenant broke must not keep the rest from starting.
 *
 * @throws MeshError ENDPOINT_NOT_READY with what the manager knows
 */
async function untilWorkersReady(jobQueue: JobQueue, signal: AbortSignal): Promise<void> {
  const giveUpAt = Date.now() + workersWithinMs;
  for (;;) {
    const { endpoints } = await jobQueue.call(
      listEndpoints,
      { tenantId: firstTenant },
      { deadlineAt: Date.now() + 10_000 },
    );
    const waiting = endpoints.filter(
      ({ name, readyWorkers, desiredWorkers }) =>
        firstEndpoints.some((endpoint) => endpoint.name === name) && desiredWorkers > 0 && readyWorkers === 0,
    );
    const [first] = waiting;
    if (first === undefined) return;
    if (Date.now() > giveUpAt) {
      throw new MeshError(
        'ENDPOINT_NOT_READY',
        `the workers of endpoint ${first.name} do not start: ${first.error ?? 'see the log'}`,
      );
    }
    await delay(lookEveryMs, undefined, { signal });
  }
}
