import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ResourceStack } from '@infermesh/lifecycle';
import { startEmbeddedRedis } from '@infermesh/redis';
import { createLogger } from '@infermesh/telemetry';
import { Queue, QueueEvents } from 'bullmq';
import { Pool } from 'undici';
import { startPostgresServer } from '../../packages/database/tests/postgres-server.js';
import { startChild } from '../child.js';
import { startOwnWorker } from './own-worker.js';

export type DatabaseKind = 'pglite' | 'postgres';

export interface Subjects extends AsyncDisposable {
  /** What is measured, by name: one request each, resolved when it is answered. */
  readonly requests: Readonly<
    Record<'bullmq' | 'express' | 'attached' | 'durable' | 'submit' | 'claim', () => Promise<unknown>>
  >;
  readonly meshPid: number;
  readonly meshRedisUrl: string;
}

interface MeshFacts {
  readonly url: string;
  readonly key: string;
  readonly redisUrl: string;
  readonly pool: string;
  readonly still: string;
}

/** Stands bare BullMQ, a bare Express server and the mesh side by side, each on a Redis of the same settings. */
export async function startSubjects(kind: DatabaseKind, profileFolder?: string): Promise<Subjects> {
  await using opened = new ResourceStack();
  const folder = await mkdtemp(join(tmpdir(), 'mesh-bench-'));
  opened.defer(() => rm(folder, { recursive: true, force: true }));
  const logger = createLogger({ service: 'benchmark', level: 'warn' });
  const redis = opened.use(await startEmbeddedRedis({ folder: join(folder, 'redis'), logger }));
  const { hostname, port, username, password } = new URL(redis.url);
  const connection = { host: hostname, port: Number(port), username, password, maxRetriesPerRequest: null };
  const bareArgs = [hostname, port, username, password];
  opened.use(await startChild(new URL('./bare-worker-process.ts', import.meta.url), bareArgs));
  const bareServer = opened.use(
    await startChild<{ url: string }>(new URL('./bare-server-process.ts', import.meta.url), bareArgs),
  );
  const queue = new Queue('bare', { connection });
  queue.setMaxListeners(0);
  opened.defer(() => queue.close());
  const events = new QueueEvents('bare', { connection });
  events.setMaxListeners(0);
  opened.defer(() => events.close());
  await events.waitUntilReady();

  const databaseUrl = kind === 'postgres' ? opened.use(await startPostgresServer()).url : '';
  const profiling = profileFolder === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', profileFolder];
  const mesh = opened.use(
    await startChild<MeshFacts>(
      new URL('./mesh-process.ts', import.meta.url),
      [join(folder, 'mesh'), databaseUrl],
      profiling,
    ),
  );
  const { key, pool, still } = mesh.facts;
  const toBare = opened.use(poster(bareServer.facts.url, {}));
  const toMesh = opened.use(poster(mesh.facts.url, { authorization: `Bearer ${key}` }));
  const worker = opened.use(await startOwnWorker(mesh.facts.redisUrl));
  const kept = opened.move();
  return {
    requests: {
      bullmq: async () => {
        const job = await queue.add('noop', {}, { removeOnComplete: 1000 });
        await job.waitUntilFinished(events, 10_000);
      },
      express: () => toBare.post('/perform'),
      attached: () => toMesh.post(`/perform/${pool}`),
      durable: () => toMesh.post(`/run/${pool}`),
      claim: () => worker.claimAndCommit(),
      submit: () => toMesh.post(`/submit/${still}`),
    },
    meshPid: mesh.pid,
    meshRedisUrl: mesh.facts.redisUrl,
    [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose](),
  };
}

interface Poster extends AsyncDisposable {
  post(path: string): Promise<void>;
}

/** Posts `{}` over kept-alive connections. */
function poster(url: string, headers: Record<string, string>): Poster {
  const { origin, pathname } = new URL(url);
  const prefix = pathname === '/' ? '' : pathname;
  const pool = new Pool(origin, { connections: 64 });
  return {
    async post(path) {
      const { statusCode, body } = await pool.request({
        method: 'POST',
        path: `${prefix}${path}`,
        headers: { 'content-type': 'application/json', ...headers },
        body: '{}',
      });
      const text = await body.text();
      if (statusCode >= 300) throw new Error(`${path} answered ${statusCode}: ${text}`);
    },
    [Symbol.asyncDispose]: () => pool.close(),
  };
}
