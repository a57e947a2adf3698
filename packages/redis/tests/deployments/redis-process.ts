import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { stopChild } from '@infermesh/lifecycle';

const program = 'redis-server';

/** None outlives a test run that ends before its time. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** One redis-server, or one sentinel, as a process that a test may kill and start again on its folder. */
export class RedisProcess implements AsyncDisposable {
  readonly port: number;
  readonly #folder: string;
  readonly #isSentinel: boolean;
  #child: ChildProcess | undefined;
  #isDisposed = false;

  private constructor(port: number, folder: string, isSentinel: boolean) {
    this.port = port;
    this.#folder = folder;
    this.#isSentinel = isSentinel;
  }

  /** @param config lines of its redis.conf beside address, port and folder; kept when it is started again */
  static async start(
    parent: string,
    port: number,
    config: readonly string[],
    { isSentinel = false }: { isSentinel?: boolean } = {},
  ): Promise<RedisProcess> {
    const folder = join(parent, String(port));
    await mkdir(folder, { recursive: true });
    const lines = ['bind 127.0.0.1', `port ${String(port)}`, `dir ${folder}`, 'logfile redis.log', ...config];
    await writeFile(join(folder, 'redis.conf'), `${lines.join('\n')}\n`, { mode: 0o600 });
    const server = new RedisProcess(port, folder, isSentinel);
    await server.start();
    return server;
  }

  /** Resolves when it answers, be it with an error. */
  async start(): Promise<void> {
    if (this.#isDisposed) throw new Error('the deployment has ended'); // a test that timed out still goes on
    const child = spawn(program, [join(this.#folder, 'redis.conf'), ...(this.#isSentinel ? ['--sentinel'] : [])], {
      stdio: 'ignore',
    });
    this.#child = child;
    running.add(child);
    child.once('exit', () => running.delete(child));
    const probe = new Redis({ port: this.port, host: '127.0.0.1', lazyConnect: true, retryStrategy: () => 20 });
    probe.on('error', () => undefined);
    try {
      for (;;) {
        if (child.exitCode !== null) throw new Error(`redis-server on port ${String(this.port)} ended`);
        const answer = await Promise.race([probe.ping().catch((error: unknown) => String(error)), delay(200, '')]);
        if (/^PONG|NOAUTH/u.test(answer)) return;
        await delay(20);
      }
    } finally {
      probe.disconnect();
    }
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  get isRunning(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  async kill(): Promise<void> {
    if (this.#child !== undefined) await stopChild(this.#child, 'SIGKILL', 5000);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true;
    await this.kill();
  }
}
