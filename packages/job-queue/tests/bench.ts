import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { defineCall } from '@infermesh/contracts';
import { ResourceStack } from '@infermesh/lifecycle';
import { connectRedis, startEmbeddedRedis, whenReady, type EmbeddedRedis, type Redis } from '@infermesh/redis';
import { createLogger } from '@infermesh/telemetry';
import { z } from 'zod';
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

export class Bench implements AsyncDisposable {
  readonly #stack = new ResourceStack();
  readonly server: EmbeddedRedis;
  readonly admin: Redis;

  private constructor(server: EmbeddedRedis, admin: Redis) {
    this.server = server;
    this.admin = admin;
  }

  static async start(): Promise<Bench> {
    const folder = await mkdtemp(join(tmpdir(), 'infermesh-queue-'));
    const server = await startEmbeddedRedis({ folder, logger });
    const admin = connectRedis({ url: server.url, purpose: 'blocking', name: 'admin' });
    await whenReady(admin, 5000);
    const bench = new Bench(server, admin);
    bench.#stack.defer(async () => {
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    });
    bench.#stack.use(server);
    bench.#stack.defer(() => {
      admin.disconnect();
    });
    return bench;
  }

  /** A job queue that ends with the bench. */
  queue(options: Partial<JobQueueOptions> = {}): JobQueue {
    return this.#stack.use(createJobQueue({ redisUrl: this.server.url, service: 'test', logger, ...options }));
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
