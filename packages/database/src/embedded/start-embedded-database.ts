import { fork, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { MeshError } from '@infermesh/errors';
import { ResourceStack, backoffMs, childEntry, stopChild } from '@infermesh/lifecycle';
import type { Logger } from '@infermesh/telemetry';
import type { ChildMessage, InitChildOptions, ServerChildOptions } from './child-options.js';
import { claimFolder } from './folder-claim.js';
import { createSocketFolder } from './socket-folder.js';

export interface EmbeddedDatabaseOptions {
  /** Holds everything; made when missing. One process at a time may use it. */
  readonly folder: string;
  readonly logger: Logger;
  /** A transaction in which nothing happens for so long is rolled back; default 60 s. */
  readonly idleInTransactionMs?: number;
  /** A server that does not answer for so long (a statement that never ends) is killed and restarted; default 120 s. */
  readonly hangTimeoutMs?: number;
  /** Time between two looks whether a table needs cleaning (VACUUM, ANALYZE); default 60 s. */
  readonly careIntervalMs?: number;
  /** A first start, or a start, that takes longer is given up; default 180 s each. */
  readonly startTimeoutMs?: number;
}

export interface EmbeddedDatabase extends AsyncDisposable {
  /** For `openDatabase`; stays the same over restarts. */
  readonly url: string;
  /** The server process of the moment. */
  readonly pid: number;
}

const restartBackoff = { firstMs: 100, maxMs: 10_000 };
/** After running so long, the next crash counts as the first. */
const steadyMs = 60_000;
const stopGraceMs = 10_000;

/**
 * Starts Postgres compiled to WebAssembly (PGlite) in a child process, keeps it running, and ends it with this process.
 *
 * @throws MeshError CONFIG_INVALID when another process uses the folder; DATABASE_UNAVAILABLE when the server does not start
 */
export async function startEmbeddedDatabase(options: EmbeddedDatabaseOptions): Promise<EmbeddedDatabase> {
  const { logger, idleInTransactionMs = 60_000, hangTimeoutMs = 120_000, startTimeoutMs = 180_000 } = options;
  const { careIntervalMs = 60_000 } = options;
  const folder = resolve(options.folder);
  await using resources = new ResourceStack();
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const claim = resources.use(await claimFolder(folder));
  const socket = resources.use(await createSocketFolder(folder));
  const dataFolder = join(folder, 'data');
  if (!existsSync(dataFolder)) {
    await initialise({ folder, dataFolder, partner: claim.owner }, startTimeoutMs, logger);
  }

  const { socketPath } = socket;
  const child = { folder, dataFolder, socketPath, idleInTransactionMs, careIntervalMs, partner: claim.owner };
  const supervisor = resources.use(new Supervisor({ child, logger, hangTimeoutMs, startTimeoutMs }));
  await supervisor.start();
  const kept = resources.move();
  return {
    url: `postgres://postgres@localhost/postgres?host=${encodeURIComponent(socket.folder)}`,
    get pid() {
      return supervisor.pid;
    },
    [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose](),
  };
}

async function initialise(options: InitChildOptions, timeoutMs: number, logger: Logger): Promise<void> {
  const child = forkEntry('./init-main.js', options, ['--liftoff-only']);
  const lastWords = collectErrors(child, logger);
  const code = await killWhenLate(child, timeoutMs, exitOf(child));
  if (code !== 0)
    throw new MeshError('DATABASE_UNAVAILABLE', `the embedded database could not be initialised: ${lastWords()}`);
}

interface SupervisorOptions {
  readonly child: ServerChildOptions;
  readonly logger: Logger;
  readonly hangTimeoutMs: number;
  readonly startTimeoutMs: number;
}

class Supervisor implements AsyncDisposable {
  readonly #options: SupervisorOptions;
  readonly #stopping = new AbortController();
  #child: ChildProcess | undefined;
  #startedAt = 0;
  #crashes = 0;
  #restart: NodeJS.Timeout | undefined;

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Resolves once the server accepts connections. */
  async start(): Promise<void> {
    const { logger, hangTimeoutMs, startTimeoutMs } = this.#options;
    const child = forkEntry('./server-main.js', this.#options.child, []);
    this.#child = child;
    this.#startedAt = performance.now();
    const lastWords = collectErrors(child, logger);
    await killWhenLate(child, startTimeoutMs, untilReady(child, lastWords));
    child.once('exit', (code, signal) => {
      this.#onExit(code, signal);
    });
    killWhenHung(child, hangTimeoutMs, logger);
  }

  #onExit(code: number | null, signal: NodeJS.Signals | null): void {
    if (this.#stopping.signal.aborted) return;
    if (performance.now() - this.#startedAt > steadyMs) this.#crashes = 0;
    this.#options.logger.error({ code, signal }, 'the embedded database ended; it is started again');
    this.#scheduleRestart();
  }

  #scheduleRestart(): void {
    this.#crashes += 1;
    this.#restart = setTimeout(
      () => {
        this.start().catch((error: unknown) => {
          if (this.#stopping.signal.aborted) return;
          this.#options.logger.error({ err: error }, 'the embedded database did not start; it is tried again');
          this.#scheduleRestart();
        });
      },
      backoffMs(restartBackoff, this.#crashes),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    clearTimeout(this.#restart);
    if (this.#child !== undefined) await stopChild(this.#child, 'SIGTERM', stopGraceMs);
  }
}

function forkEntry(entry: string, options: ServerChildOptions | InitChildOptions, execArgv: string[]): ChildProcess {
  const path = childEntry(import.meta.url, entry);
  // an empty environment: PGlite reads PG* variables, and a child needs no secrets
  return fork(path, [JSON.stringify(options)], { execArgv, env: {}, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
}

/** Logs what the child writes to standard error; the function returned gives its last lines. */
function collectErrors(child: ChildProcess, logger: Logger): () => string {
  const lines: string[] = [];
  if (child.stderr !== null) {
    createInterface({ input: child.stderr }).on('line', (line) => {
      lines.push(line);
      if (lines.length > 20) lines.shift();
      logger.debug({ line }, 'embedded database');
    });
  }
  return () => lines.join(' ').slice(0, 1000) || 'it said nothing';
}

/** A child that gets nowhere would be waited for without end. Its exit ends the wait with its last words. */
async function killWhenLate<T>(child: ChildProcess, timeoutMs: number, work: Promise<T>): Promise<T> {
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
  try {
    return await work;
  } finally {
    clearTimeout(timer);
  }
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
}

function untilReady(child: ChildProcess, lastWords: () => string): Promise<void> {
  return new Promise((resolve, reject) => {
    const onExit = (): void => {
      reject(new MeshError('DATABASE_UNAVAILABLE', `the embedded database did not start: ${lastWords()}`));
    };
    child
      .once('error', reject)
      .once('close', onExit)
      .once('message', () => {
        child.off('close', onExit);
        resolve();
      });
  });
}

/** The engine runs statements on its only thread: one without an end can be stopped in no other way. */
function killWhenHung(child: ChildProcess, hangTimeoutMs: number, logger: Logger): void {
  let heardAt = performance.now();
  child.on('message', (_: ChildMessage) => {
    heardAt = performance.now();
  });
  const timer = setInterval(() => {
    if (performance.now() - heardAt > hangTimeoutMs) {
      logger.error({ pid: child.pid }, 'the embedded database does not answer; it is killed');
      child.kill('SIGKILL');
    } else if (child.connected) child.send({ type: 'ping' }, () => undefined);
  }, hangTimeoutMs / 4);
  timer.unref();
  child.once('exit', () => {
    clearInterval(timer);
  });
}
