import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { setTimeout as delay } from 'node:timers/promises';
import { stopChild } from '@infermesh/lifecycle';

const startAttempts = 50;
const startPauseMs = 200;

export interface PostgresServer extends AsyncDisposable {
  /** Of the database `postgres`, over a unix socket; the user is a superuser. */
  readonly url: string;
  readonly socketPath: string;
  /** Another one after a restart. */
  readonly pid: number;
  /** Ends it with SIGINT (connections are cut, data is kept) or SIGKILL (it recovers from its log), and starts it again. */
  restart(signal: 'SIGINT' | 'SIGKILL'): Promise<void>;
}

/**
 * Starts a real PostgreSQL for tests, on a folder of its own under the system's temporary folder, and removes both at
 * the end. It listens on a unix socket only and does not fsync. When the tests run as root it runs as `postgres` or
 * `nobody`, because PostgreSQL refuses root.
 *
 * @example
 * await using server = await startPostgresServer();
 * await using database = openDatabase({ url: server.url, maxConnections: 4, logger });
 *
 * @throws Error when no PostgreSQL is installed
 */
export async function startPostgresServer(): Promise<PostgresServer> {
  const bin = findBinaries();
  const identity = findIdentity();
  const folder = await mkdtemp(join(tmpdir(), 'mesh-pg-'));
  try {
    if (identity !== undefined) await chown(folder, identity.uid, identity.gid);
    const options = { ...identity, cwd: folder };
    const initArguments = [
      '--pgdata=data',
      '--username=postgres',
      '--auth=trust',
      '--encoding=UTF8',
      '--locale=C',
      '--no-sync',
    ];
    await promisify(execFile)(join(bin, 'initdb'), initArguments, options);
    const settings = [
      'listen_addresses=',
      `unix_socket_directories=${folder}`,
      'fsync=off',
      'shared_buffers=16MB',
      'max_connections=50',
    ];
    const start = async (): Promise<ChildProcess> => {
      const child = spawn(join(bin, 'postgres'), ['-D', 'data', ...settings.flatMap((setting) => ['-c', setting])], {
        ...options,
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      await untilReady(child);
      return child;
    };
    let server = await start();
    return {
      url: `postgres://postgres@localhost/postgres?host=${encodeURIComponent(folder)}`,
      socketPath: join(folder, '.s.PGSQL.5432'),
      get pid() {
        return server.pid ?? 0;
      },
      async restart(signal) {
        await stopChild(server, signal, 10_000);
        server = await startPatiently(start);
      },
      async [Symbol.asyncDispose]() {
        await stopChild(server, 'SIGQUIT', 5_000);
        await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** After SIGKILL the old server's children hold its shared memory for a moment, and no new one starts beside them. */
async function startPatiently(start: () => Promise<ChildProcess>): Promise<ChildProcess> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start();
    } catch (error) {
      if (attempt === startAttempts) throw error;
      await delay(startPauseMs);
    }
  }
}

/** The folder with `initdb` and `postgres`: the newest that Debian installed, else from PATH. */
function findBinaries(): string {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const fromPath = (process.env['PATH'] ?? '').split(':');
  const found = [...versions.map((version) => join(debian, version, 'bin')), ...fromPath].find((folder) =>
    ['initdb', 'postgres'].every((program) => existsSync(join(folder, program))),
  );
  if (found === undefined)
    throw new Error('no PostgreSQL is installed: initdb and postgres are neither in /usr/lib/postgresql nor in PATH');
  return found;
}

function findIdentity(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const accounts = readFileSync('/etc/passwd', 'utf8').split('\n');
  const account = ['postgres:', 'nobody:']
    .map((name) => accounts.find((line) => line.startsWith(name)))
    .find((line) => line !== undefined);
  const [, , uid = '65534', gid = '65534'] = account?.split(':') ?? [];
  return { uid: Number(uid), gid: Number(gid) };
}

function untilReady(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    const lines: string[] = [];
    server.once('error', reject).once('exit', () => {
      reject(new Error(`PostgreSQL did not start: ${lines.join('\n')}`));
    });
    if (server.stderr === null) return;
    createInterface({ input: server.stderr }).on('line', (line) => {
      lines.push(line);
      if (lines.length > 50) lines.shift();
      if (line.includes('ready to accept connections')) resolve();
    });
  });
}
