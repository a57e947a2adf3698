import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cluster, type Redis } from 'ioredis';
import type { RedisClient } from '../../src/index.js';

/** What a suite needs to know of the Redis that it runs on. */
export interface RedisDeployment extends AsyncDisposable {
  readonly name: string;
  /** As administrator. */
  readonly url: string;
  /**
   * Kills the master that has the key; resolves when the key is served again. First it waits until what was answered is
   * safe, in the replica or in the append-only file: while a sync of the disk runs, Redis answers before it writes.
   */
  killMasterOf(key: string): Promise<void>;
  /** Stops the master that has the key without killing it; the returned function lets it go on. */
  freezeMasterOf(key: string): Promise<() => void>;
  /** As this user. */
  urlFor(username: string, password: string): string;
}

/** Stops a process; the returned function lets it go on, if it still is. */
export function freeze(pid: number): () => void {
  process.kill(pid, 'SIGSTOP');
  return () => {
    process.kill(pid, 'SIGCONT');
  };
}

/** Resolves when the server has handed to the system all that it has answered. */
export async function untilWritten(server: Redis): Promise<void> {
  await untilSo(async () => (await server.info('persistence')).includes('aof_buffer_length:0\r'));
}

/** The server, or every master of a cluster: a client forgets one that it lost, until it looks again. */
export async function mastersOf(redis: RedisClient): Promise<readonly Redis[]> {
  if (!(redis instanceof Cluster)) return [redis];
  await untilSo(async () => {
    await new Promise<void>((resolve) => {
      redis.refreshSlotsCache(() => {
        resolve();
      });
    });
    const owners = new Set((await redis.cluster('SLOTS')).map((range) => range[2]?.[1]));
    return redis.nodes('master').length === owners.size;
  });
  return redis.nodes('master');
}

export const adminPassword = 'of-the-tests';

export async function aRedisFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'infermesh-redis-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 5 }) };
}

/** Looks until it is so. The test's own time limit ends a wait in vain. */
export async function untilSo(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 20));
}
