import { randomUUID } from 'node:crypto';
import { chmod, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { UsageError } from '../errors.js';
import { systemCode } from '../system-code.js';

const shape = z.object({
  /** Address of the gateway that made the key. */
  url: z.string(),
  apiKey: z.string(),
  user: z.string().optional(),
  keyId: z.string().optional(),
  expiresAt: z.string().nullish(),
});
/** What `infermesh login` leaves behind. The key belongs to `url` and is sent nowhere else. */
export type SavedLogin = Readonly<z.output<typeof shape>>;

export interface ConfigHome {
  /** `XDG_CONFIG_HOME`; relative paths are ignored, as its specification says. */
  readonly xdgConfigHome: string | undefined;
  readonly homeDirectory: string;
}

export function configPath({ xdgConfigHome, homeDirectory }: ConfigHome): string {
  const base = xdgConfigHome?.startsWith('/') === true ? xdgConfigHome : join(homeDirectory, '.config');
  return join(base, 'infermesh', 'config.json');
}

/**
 * Returns null when there is no file.
 *
 * @throws UsageError when the file cannot be read as a saved login; its contents are not repeated
 */
export async function findSavedLogin(path: string): Promise<SavedLogin | null> {
  try {
    return shape.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    if (isMissing(cause)) return null;
    throw new UsageError(`cannot read ${path}`, 'Remove the file and log in again: infermesh login', { cause });
  }
}

/** True when other users of this machine can read the key. */
export async function isExposed(path: string): Promise<boolean> {
  return ((await stat(path)).mode & 0o077) !== 0;
}

/** Replaces the file in one step; only its owner can read it, from its first byte on. */
export async function saveLogin(path: string, login: SavedLogin): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const partPath = `${path}.${randomUUID()}.part`;
  try {
    const file = await open(partPath, 'wx', 0o600);
    try {
      await file.writeFile(`${JSON.stringify(login, null, 2)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await chmod(partPath, 0o600);
    await rename(partPath, path);
  } catch (error) {
    await rm(partPath, { force: true });
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  const code = systemCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}
