import { setTimeout as delay } from 'node:timers/promises';
import { defineCall } from '@infermesh/contracts';
import { ResourceStack } from '@infermesh/lifecycle';
import { connectRedis, whenReady, type Redis, type RedisClient } from '@infermesh/redis';
import { createLogger } from '@infermesh/telemetry';
import { z } from 'zod';
import { startOneRedisServer } from '../../redis/tests/deployments/one-redis-server.js';
import { mastersOf, type RedisDeployment } from '../../redis/tests/deployments/redis-deployment.js';
import { createJobQueue, type JobQueue, type JobQueueOptions } from '../src/index.js';

export const logger = createLogger({ service: 'test', level: 'silent' });

/** Answers with what it was asked. Tests give it handlers of all kinds. */
export const echo = defineCall({
  name: 'test.echo',
  queue: 'test',
  version: 1,
  request: z.object({ text: z.string() }),
  response: z.object({ text: z.string() }),
});

type StartRedis = () => Promise<RedisDeployment>;

let startRedis: StartRedis = startOneRedisServer;

/** All benches of this file run on such a Redis; otherwise each has one server of its own. */
export function useRedis(start: StartRedis): void {
  startRedis = start;
}

export class Bench implements AsyncDisposable {
  readonly #stack = new ResourceStack();
  readonly redis: RedisDeployment;
  readonly admin: RedisClient;

  private constructor(redis: RedisDeployment, admin: RedisClient) {
    this.redis = redis;
    this.admin = admin;
  }

  static async start(): Promise<Bench> {
    const redis = await startRedis();
    const admin = connectRedis({ url: redis.url, purpose: 'blocking', name: 'admin' });
    await whenReady(admin, 5000);
    const bench = new Bench(redis, admin);
    bench.#stack.use(redis);
    bench.#stack.defer(() => {
      admin.disconnect();
    });
    return bench;
  }

  async keys(pattern = '*'): Promise<string[]> {
    return (await this.#onMasters((master) => master.keys(pattern))).flat();
  }

  /** Removes everything. */
  async flush(): Promise<void> {
    await this.#onMasters((master) => master.flushall());
  }

  /** How often the servers were given this command. */
  async countCommands(name: string): Promise<number> {
    const stats = await this.#onMasters((master) => master.info('commandstats'));
    const form = new RegExp(`cmdstat_${name}:calls=(\\d+)`, 'u');
    return stats.reduce((sum, text) => sum + Number(form.exec(text)?.[1] ?? 0), 0);
  }

  async countSubscribers(channel: string): Promise<number> {
    const counts = await this.#onMasters((master) => master.pubsub('NUMSUB', channel));
    return counts.reduce((sum, [, count]) => sum + Number(count), 0);
  }

  /** A rule such as `-info` for a user that is known. */
  async addRule(user: string, rule: string): Promise<void> {
    await this.#onMasters((master) => master.call('ACL', 'SETUSER', user, rule));
  }

  async cutConnections(): Promise<void> {
    await this.#onMasters(async (master) => {
      await master.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
      await master.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    });
  }

  async #onMasters<T>(run: (master: Redis) => Promise<T>): Promise<T[]> {
    return await Promise.all((await mastersOf(this.admin)).map(run));
  }

  /** A job queue that ends with the bench. */
  queue(options: Partial<JobQueueOptions> = {}): JobQueue {
    return this.#stack.use(createJobQueue({ redisUrl: this.redis.url, service: 'test', logger, ...options }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack[Symbol.asyncDispose]();
  }
}

export function inMs(ms: number): number {
  return Date.now() + ms;
}

/** Looks until it is so. The test's own time limit ends a wait in vain. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await delay(10);
}

/** A promise with its handles: what a test waits for, and what it holds back. */
export function aGate<T = void>(): { opened: Promise<T>; open: (value: T) => void } {
  let open: (value: T) => void = () => undefined;
  const opened = new Promise<T>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** Resolves with the reason when the signal aborts. */
export async function aborted(signal: AbortSignal): Promise<unknown> {
  if (!signal.aborted) {
    await new Promise((resolve) => {
      signal.addEventListener('abort', resolve, { once: true });
    });
  }
  return signal.reason;
}
