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

/** What every master holds: one of them, or those of a cluster. */
export function mastersOf(redis: RedisClient): readonly Redis[] {
  return redis instanceof Cluster ? redis.nodes('master') : [redis];
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
