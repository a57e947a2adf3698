import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface SocketFolder extends AsyncDisposable {
  readonly folder: string;
  readonly socketPath: string;
}

/** The kernel takes 107 bytes, macOS 103. */
const maxPathBytes = 100;

/**
 * A folder that only our user can enter, which stands in for a password: inside the database's own folder when the path
 * is short enough for a socket, else a temporary one, removed at the end.
 */
export async function createSocketFolder(databaseFolder: string): Promise<SocketFolder> {
  const inside = join(databaseFolder, 'socket');
  if (Buffer.byteLength(socketIn(inside)) < maxPathBytes) {
    await mkdir(inside, { recursive: true, mode: 0o700 });
    await chmod(inside, 0o700);
    return {
      folder: inside,
      socketPath: socketIn(inside),
      [Symbol.asyncDispose]: () => rm(socketIn(inside), { force: true }),
    };
  }
  const folder = await mkdtemp(join(tmpdir(), 'infermesh-db-'));
  return {
    folder,
    socketPath: socketIn(folder),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** The name that every Postgres client looks for in a folder given as host. */
function socketIn(folder: string): string {
  return join(folder, '.s.PGSQL.5432');
}
