import { fork, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { MeshError } from '@infermesh/errors';
import { backoffMs, childEntry, stopChild } from '@infermesh/lifecycle';
import type { Logger } from '@infermesh/telemetry';
import { createPassword } from '../acl.js';
import { connectRedis } from '../connect-redis.js';
import { whenReady } from '../when-ready.js';
import { freePort } from './free-port.js';
import type { ServerSettings } from './server-files.js';
import { isSupervisorMessage, type SupervisorOrder } from './supervisor-messages.js';

export interface EmbeddedRedisOptions {
  /** Where the data, the users and the configuration live; created when missing, mode 0700. One server a folder. */
  readonly folder: string;
  /** Default `redis-server` from the PATH of this process. */
  readonly binary?: string;
  /** Writes beyond it are refused, nothing is evicted; default 512. */
  readonly maxMemoryMb?: number;
  readonly logger: Logger;
}

export interface EmbeddedRedis extends AsyncDisposable {
  /** The administrator's URL, password included: it opens everything. */
  readonly url: string;
  readonly port: number;
  /** The server's process id; another one after a restart, 0 while there is none. */
  readonly pid: number;
}

const startTimeoutMs = 20_000;
const stopGraceMs = 3000;
const portTries = 4;

class StartFailed extends Error {}

/** Keeps one supervisor process alive, and knows the server it runs. */
class SupervisedServer implements EmbeddedRedis {
  readonly url: string;
  readonly port: number;
  readonly #order: SupervisorOrder;
  readonly #logger: Logger;
  readonly #stopping = new AbortController();
  #supervisor: ChildProcess;
  #pid = 0;
  #lastExit: string | undefined;
  #ownerPid: number | undefined;

  constructor(binary: string, settings: ServerSettings, logger: Logger) {
    this.url = `redis://default:${settings.password}@127.0.0.1:${String(settings.port)}`;
    this.port = settings.port;
    this.#order = { binary, settings };
    this.#logger = logger;
    this.#supervisor = this.#startSupervisor(1);
  }

  get pid(): number {
    return this.#pid;
  }

  /** Resolves when the server answers. @throws StartFailed when it ended instead, MeshError CONFLICT for a folder in use */
  async answers(): Promise<void> {
    const redis = connectRedis({ url: this.url, purpose: 'blocking', name: 'embedded-start' });
    const giveUpAt = Date.now() + startTimeoutMs;
    try {
      while (Date.now() < giveUpAt) {
        if (this.#ownerPid !== undefined) {
          throw new MeshError(
            'CONFLICT',
            `${this.#order.settings.folder} is in use by process ${String(this.#ownerPid)}`,
          );
        }
        if (this.#lastExit !== undefined) throw new StartFailed(`redis-server ended (${this.#lastExit})`);
        const isReady = await whenReady(redis, 100).then(
          () => true,
          () => false,
        );
        if (isReady && this.#pid !== 0) return;
      }
      throw new StartFailed('redis-server does not answer');
    } finally {
      redis.disconnect();
    }
  }

  #startSupervisor(attempt: number): ChildProcess {
    const entry = childEntry(import.meta.url, './redis-supervisor.js');
    const supervisor = fork(entry, [this.#order.settings.folder], {
      detached: true, // a Ctrl-C reaches the services first, which still need Redis to stop well
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      execArgv: [],
    });
    supervisor.on('message', (message) => {
      this.#onMessage(message);
    });
    supervisor.on('error', (error) => {
      this.#logger.error({ err: error }, 'the supervisor of redis-server failed');
    });
    supervisor.once('exit', () => void this.#onSupervisorExit(attempt));
    supervisor.send(this.#order);
    return supervisor;
  }

  #onMessage(message: unknown): void {
    if (!isSupervisorMessage(message)) return;
    switch (message.type) {
      case 'started':
        this.#pid = message.pid;
        break;
      case 'exited':
        this.#pid = 0;
        this.#lastExit = message.reason;
        this.#logger.error({ reason: message.reason }, 'redis-server ended and is started again');
        break;
      case 'refused':
        this.#ownerPid = message.ownerPid;
        break;
    }
  }

  async #onSupervisorExit(attempt: number): Promise<void> {
    if (this.#isStopping() || this.#ownerPid !== undefined) return;
    this.#logger.error('the supervisor of redis-server ended and is started again');
    await delay(backoffMs({ firstMs: 100, maxMs: 5000 }, attempt), undefined, { signal: this.#stopping.signal }).catch(
      () => undefined,
    );
    if (!this.#isStopping()) this.#supervisor = this.#startSupervisor(attempt + 1);
  }

  #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await stopChild(this.#supervisor, 'SIGTERM', stopGraceMs);
    this.#pid = 0;
  }
}

function lastLogLines(folder: string): string {
  const path = join(folder, 'redis.log');
  return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n').slice(-3).join('; ') : 'it wrote no log';
}

/**
 * Starts a private redis-server on a free port of 127.0.0.1, with a random password, an append-only file and the access
 * rules of the last run. It is started again with its data when it dies, and ends with this process, however that ends.
 *
 * @throws MeshError CONFIG_INVALID when the server cannot be started; CONFLICT when another process owns the folder
 */
export async function startEmbeddedRedis(options: EmbeddedRedisOptions): Promise<EmbeddedRedis> {
  const { binary = 'redis-server', maxMemoryMb = 512, logger } = options;
  mkdirSync(options.folder, { recursive: true, mode: 0o700 });
  const folder = realpathSync(options.folder);
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const password = createPassword();
    const server = new SupervisedServer(binary, { folder, port, maxMemoryMb, password }, logger);
    try {
      await server.answers();
      return server;
    } catch (error) {
      await server[Symbol.asyncDispose]();
      if (!(error instanceof StartFailed)) throw error;
      if (attempt < portTries && lastLogLines(folder).includes('in use')) continue;
      throw new MeshError('CONFIG_INVALID', `${error.message}: ${lastLogLines(folder)}`, { cause: error });
    }
  }
}
