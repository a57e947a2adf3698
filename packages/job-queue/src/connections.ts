import { connectRedis, whenReady, type Redis, type RedisClient, type RedisPurpose } from '@infermesh/redis';
import type { Logger } from '@infermesh/telemetry';
import { Queue } from 'bullmq';
import { checkQueueName, queueKeys, queuePrefix } from './queue-keys.js';

export interface ConnectionSettings {
  readonly redisUrl: string;
  readonly name: string;
  readonly logger: Logger;
  readonly connectGraceMs: number;
  readonly commandTimeoutMs: number;
}

/** The connections of one job queue, each opened at its first use, and one Queue object a name. */
export class Connections implements AsyncDisposable {
  readonly #settings: ConnectionSettings;
  readonly #opened: RedisClient[] = [];
  readonly #queues = new Map<string, Queue>();
  #request: RedisClient | undefined;
  #work: RedisClient | undefined;
  #lostAt = 0;
  #isClosed = false;

  constructor(settings: ConnectionSettings) {
    this.#settings = settings;
  }

  /** For whoever waits: fails fast, sends nothing twice. */
  get request(): RedisClient {
    this.#request ??= this.#openRequest();
    return this.#request;
  }

  /** For consumers: waits for Redis to come back. */
  get work(): RedisClient {
    this.#work ??= this.open('blocking', 'work');
    return this.#work;
  }

  open(purpose: 'subscriber', role: string): Redis;
  open(purpose: RedisPurpose, role: string): RedisClient;
  open(purpose: RedisPurpose, role: string): RedisClient {
    const { redisUrl, name, logger, commandTimeoutMs } = this.#settings;
    const redis = connectRedis({ url: redisUrl, purpose, name: `${name}.${role}`, logger, commandTimeoutMs });
    redis.setMaxListeners(Infinity); // BullMQ adds a few for each queue
    this.#opened.push(redis);
    return redis;
  }

  /** Ends a connection before all others. */
  close(redis: RedisClient): void {
    const index = this.#opened.indexOf(redis);
    if (index !== -1) this.#opened.splice(index, 1);
    redis.disconnect();
  }

  #openRequest(): RedisClient {
    const redis = this.open('request', 'request');
    this.#lostAt = performance.now(); // the grace of a connection begins when it is opened
    redis.on('close', () => {
      if (this.#lostAt === 0) this.#lostAt = performance.now();
    });
    redis.on('ready', () => {
      this.#lostAt = 0;
    });
    return redis;
  }

  /** Waits out a short break of the request connection; a longer one fails at once. @throws MeshError QUEUE_UNAVAILABLE */
  async requestReady(): Promise<void> {
    if (this.request.status === 'ready') return;
    const remainingMs = this.#lostAt + this.#settings.connectGraceMs - performance.now();
    await whenReady(this.request, Math.max(0, remainingMs));
  }

  queue(name: string): Queue {
    const known = this.#queues.get(name);
    if (known !== undefined) return known;
    checkQueueName(name);
    const queue = new Queue(name, {
      connection: this.request,
      prefix: queuePrefix(name),
      streams: { events: { maxLen: 100 } }, // nobody reads them
      skipVersionCheck: true, // its INFO would be one more command that can fail
    });
    queue.on('error', (error) => {
      this.#settings.logger.debug({ err: error, queue: name }, 'queue connection failed');
    });
    this.#queues.set(name, queue);
    // BullMQ begins once: a Queue that could not would refuse every call for ever
    queue.waitUntilReady().catch(() => {
      if (this.#queues.get(name) === queue) this.#queues.delete(name);
    });
    return queue;
  }

  /** Takes a queue and all that is in it out of Redis. Twice is harmless. Nobody may serve it any more. */
  async removeQueue(name: string): Promise<void> {
    const queue = this.queue(name);
    await queue.waitUntilReady();
    await queue.obliterate({ force: true });
    await this.request.del(...queueKeys(name));
    this.#queues.delete(name);
    await queue.close();
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled(
      [...this.#queues.values()].map(async (queue) => {
        await queue.close();
      }),
    );
    for (const redis of this.#opened) redis.disconnect();
  }
}
