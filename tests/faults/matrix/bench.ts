import { openDatabase, type Database } from '@infermesh/database';
import type { JobQueue } from '@infermesh/job-queue';
import { ResourceStack } from '@infermesh/lifecycle';
import { connectRedis, whenReady, type RedisClient } from '@infermesh/redis';
import { createLogger } from '@infermesh/telemetry';
import type { EsdClient } from '../../harness/esd-client.js';
import { eventually, findDescendants, type ProcessInfo } from '../../harness/processes.js';
import { startSplitMesh, type SplitMesh } from '../../harness/split-mesh.js';
import { temporaryFolder } from '../../harness/temporary-folder.js';
import type { ToyClient } from '../../harness/toy-client.js';
import { startToyMesh } from '../../harness/toy-mesh.js';
import { installAudit } from './audit.js';
import { mountSmallDisk } from './small-disk.js';

export type Topology = 'split' | 'embedded';

/** What faults, load and checks need of a mesh, however it is put together. */
export interface Bench extends AsyncDisposable {
  readonly topology: Topology;
  readonly toys: ToyClient;
  readonly client: EsdClient;
  readonly jobQueue: JobQueue;
  /** As administrator, past every proxy. */
  readonly redis: RedisClient;
  readonly database: Database;
  /** Data of Redis, objects and workers. */
  readonly folder: string;
  /** True when `folder` is a disk of its own, small enough to be filled. */
  readonly isSmallDisk: boolean;
  /** The process whose descendants the mesh's children are. */
  readonly rootPid: () => number;
  /** @throws Error in the embedded topology */
  readonly split: SplitMesh;
  readonly unexpectedExits: () => readonly string[];
  readonly workers: () => Promise<readonly ProcessInfo[]>;
  readonly modelProcesses: () => Promise<readonly ProcessInfo[]>;
  readonly redisServer: () => Promise<ProcessInfo>;
}

export interface BenchOptions {
  readonly logFolder?: string | undefined;
}

const toyWorkers = 2;
const toySlots = 4;
/** Two endpoints of ESD with one worker each, and the toys. */
export const allWorkers = toyWorkers + 2;

const startBenches = {
  split: startSplitBench,
  embedded: startEmbeddedBench,
} as const satisfies Record<Topology, (options: BenchOptions) => Promise<Bench>>;

/** Starts a mesh of this topology and sees to it that whatever ends a job is written down. */
export function startBench(topology: Topology, options: BenchOptions = {}): Promise<Bench> {
  return startBenches[topology](options);
}

async function startSplitBench({ logFolder }: BenchOptions): Promise<Bench> {
  await using opened = new ResourceStack();
  const folder = opened.use(await temporaryFolder()).path;
  const disk = await mountSmallDisk(folder);
  if (disk !== undefined) opened.use(disk);
  const mesh = opened.use(await startSplitMesh({ folder, logFolder, toys: { workers: toyWorkers, slots: toySlots } }));
  const observers = await openObservers(opened, mesh.postgres.url, mesh.redis.url);
  const kept = opened.move();
  return {
    ...processesOf(() => process.pid),
    ...observers,
    topology: 'split',
    toys: mesh.toys,
    client: mesh.client,
    jobQueue: mesh.jobQueue,
    folder,
    isSmallDisk: disk !== undefined,
    split: mesh,
    unexpectedExits: () => [...mesh.services.values()].flatMap((service) => service.unexpectedExits.splice(0)),
    [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose](),
  };
}

async function startEmbeddedBench(): Promise<Bench> {
  await using opened = new ResourceStack();
  const bench = opened.use(await startToyMesh({ workers: toyWorkers, slots: toySlots }));
  const observers = await openObservers(opened, bench.mesh.databaseUrl, bench.mesh.redisAdminUrl);
  const kept = opened.move();
  return {
    ...processesOf(() => process.pid),
    ...observers,
    topology: 'embedded',
    toys: bench.toys,
    client: bench.client,
    jobQueue: bench.mesh.jobQueue,
    folder: bench.folder,
    isSmallDisk: false,
    get split(): SplitMesh {
      throw new Error('this fault needs a process per service');
    },
    unexpectedExits: () => [],
    [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose](),
  };
}

async function openObservers(
  opened: ResourceStack,
  databaseUrl: string,
  redisUrl: string,
): Promise<Pick<Bench, 'database' | 'redis'>> {
  const logger = createLogger({ service: 'faults', level: 'silent' });
  const database = opened.use(openDatabase({ url: databaseUrl, maxConnections: 2, logger }));
  await installAudit(database);
  const redis = connectRedis({ url: redisUrl, purpose: 'blocking', name: 'faults' });
  opened.defer(() => {
    redis.disconnect();
  });
  await whenReady(redis, 5_000);
  return { database, redis };
}

function processesOf(rootPid: () => number): Pick<Bench, 'rootPid' | 'workers' | 'modelProcesses' | 'redisServer'> {
  const find = (text: string) => (): Promise<ProcessInfo[]> => findDescendants(rootPid(), text);
  return {
    rootPid,
    workers: find('inference-worker/dist/main.js'),
    modelProcesses: find('model-process'),
    redisServer: () => eventually('redis-server', async () => (await find('redis-server 127.0.0.1')())[0]),
  };
}
