import { mkdir } from 'node:fs/promises';
import { createEndpoint, endpointQueue, reportPool, workerDoor } from '@infermesh/contracts';
import type { Database } from '@infermesh/database';
import type { JobQueue } from '@infermesh/job-queue';
import { ResourceStack } from '@infermesh/lifecycle';
import { logLevels, type Logger, type LogLevel, type Metrics } from '@infermesh/telemetry';
import { endpointCalls } from './calls/endpoint-calls.js';
import type { Driver } from './driver.js';
import { EndpointUsers, sharedAccess, type EndpointAccess } from './endpoint-access.js';
import { EndpointRegistry } from './endpoint-registry.js';
import { EndpointTable } from './endpoint-table.js';
import { defaultInstanceTypes, type InstanceTypes } from './instance-types.js';
import { OwnerLease } from './owner-lease.js';
import { createPoolMetrics } from './pool-metrics.js';
import type { SendPoolReport } from './pool-report.js';
import { createProcessDriver } from './process-driver.js';
import { Succession } from './succession.js';
import { defaultTimings, type ManagerTimings } from './timings.js';

export interface EndpointManagerOptions {
  readonly jobQueue: JobQueue;
  readonly database: Database;
  /** May administer Redis users. Not used for that when `aclManaged` is false. */
  readonly redisAdminUrl: string;
  /** Where workers reach Redis; default `redisAdminUrl`. */
  readonly redisPublicUrl?: string | undefined;
  /** Each endpoint's workers get a Redis user of their own; default true. If false they get `redisPublicUrl` as it is. */
  readonly aclManaged?: boolean;
  /** The compiled entry of a worker, an absolute path. */
  readonly workerEntry: string;
  /** Root of the workers' scratch files and checkpoint cache; created when missing. */
  readonly workerFolder: string;
  /** Search path of workers; default that of a plain system. */
  readonly workerPath?: string | undefined;
  /** Absolute paths of modules that add runtimes to the workers; default none. */
  readonly runtimeModules?: readonly string[];
  /** For the workers' models, the preferred first, for example `cuda,cpu`; default: the worker's own, `cpu`. */
  readonly executionProviders?: string | undefined;
  /** Threads of one model process; default: the worker's own, 1. */
  readonly threads?: number | undefined;
  /** A model process over it is replaced; default: the worker's own, 2 GiB. */
  readonly memoryLimitBytes?: number | undefined;
  /** Of the checkpoints on a node, which its workers share; default: the worker's own, 64 GiB. */
  readonly checkpointCacheBytes?: number | undefined;
  /** `LD_LIBRARY_PATH` of the workers, for example for CUDA; default none. */
  readonly libraryPath?: string | undefined;
  /** Quotas by instance type; default `defaultInstanceTypes`. */
  readonly instanceTypes?: InstanceTypes;
  /** Container images that endpoints may ask for; default none. */
  readonly customImages?: readonly string[];
  /** What becomes of what workers print; default `inherit`. */
  readonly workerOutput?: 'inherit' | 'ignore';
  /** How long workers may take to end their jobs. */
  readonly stopGraceMs: number;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly timings?: Partial<ManagerTimings>;
  /** The caller knows that no other manager runs on this database: one that was killed is not waited for. Default false. */
  readonly isAlone?: boolean;
}

export interface EndpointManager extends AsyncDisposable {
  /** Resolves once this manager runs the endpoints: at once, or when the one before it is gone. */
  readonly active: Promise<void>;
}

const systemPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** A worker's own grace, as a share of ours: it must have ended by itself before it is killed. */
const workerGraceShare = 0.8;

const callConcurrency = 32;
const callGraceMs = 5_000;

/**
 * Starts the pools of all endpoints and answers calls about them. Disposing stops the workers, at most about
 * `stopGraceMs` later, and leaves the endpoints for the next start. One at a time does so on a database; any other waits
 * until the owner stops, or gives no sign of life for `leaseMs`.
 *
 * @throws MeshError DATABASE_UNAVAILABLE, QUEUE_UNAVAILABLE
 */
export async function startEndpointManager(options: EndpointManagerOptions): Promise<EndpointManager> {
  await using opened = new ResourceStack();
  const timings = { ...defaultTimings, ...options.timings };
  const lease = new OwnerLease({ database: options.database, name: 'endpoints', leaseMs: timings.leaseMs });
  if (options.isAlone === true) await lease.seize();
  const succession = opened.use(
    new Succession({
      lease,
      renewMs: timings.leaseMs / 3,
      retry: timings.retry,
      reign: () => manageEndpoints(options, timings),
      logger: options.logger,
    }),
  );
  await succession.start();
  const kept = opened.move();
  return { active: succession.begun, [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose]() };
}

async function manageEndpoints(options: EndpointManagerOptions, timings: ManagerTimings): Promise<AsyncDisposable> {
  await using opened = new ResourceStack();
  const { database, jobQueue, logger, metrics, stopGraceMs } = options;
  const driver = await openDriver(options);
  const registry = opened.use(
    new EndpointRegistry({
      table: new EndpointTable(database, driver.kind),
      driver,
      access: openAccess(options, timings, opened),
      sendReport: reportTo(jobQueue, timings.reportTimeoutMs),
      removeQueues: async (endpointId) => {
        await jobQueue.removeQueue(endpointQueue(endpointId));
        await jobQueue.removeQueue(workerDoor(endpointId));
      },
      metrics: createPoolMetrics(metrics),
      policy: {
        instanceTypes: options.instanceTypes ?? defaultInstanceTypes,
        customImages: options.customImages ?? [],
      },
      timings,
      stopGraceMs,
      logger,
    }),
  );
  await registry.load();
  const serving = { concurrency: callConcurrency, stopGraceMs: callGraceMs };
  opened.use(await jobQueue.serve(createEndpoint.queue, endpointCalls(registry), serving));
  return opened.move();
}

async function openDriver(options: EndpointManagerOptions): Promise<Driver> {
  const {
    workerEntry,
    workerFolder,
    workerPath = systemPath,
    workerOutput = 'inherit',
    runtimeModules = [],
    stopGraceMs,
  } = options;
  await mkdir(workerFolder, { recursive: true, mode: 0o700 });
  return createProcessDriver({
    workerEntry,
    workerFolder,
    path: workerPath,
    output: workerOutput,
    runtimeModules,
    executionProviders: options.executionProviders,
    threads: options.threads,
    memoryLimitBytes: options.memoryLimitBytes,
    checkpointCacheBytes: options.checkpointCacheBytes,
    libraryPath: options.libraryPath,
    logLevel: levelOf(options.logger),
    stopGraceMs: Math.ceil(stopGraceMs * workerGraceShare),
  });
}

function openAccess(options: EndpointManagerOptions, timings: ManagerTimings, opened: ResourceStack): EndpointAccess {
  const { redisAdminUrl: adminUrl, redisPublicUrl: workerUrl = adminUrl, aclManaged = true, logger } = options;
  if (!aclManaged) return sharedAccess(workerUrl);
  const { accessRefreshMs: refreshMs, retry } = timings;
  return opened.use(new EndpointUsers({ adminUrl, workerUrl, refreshMs, retry, logger }));
}

function reportTo(jobQueue: JobQueue, timeoutMs: number): SendPoolReport {
  return async (report) => {
    await jobQueue.call(reportPool, report, { deadlineAt: Date.now() + timeoutMs });
  };
}

/** Workers log at the level of their manager. */
function levelOf(logger: Logger): LogLevel {
  return logLevels.find((level) => level === logger.level) ?? 'info';
}
