import { randomBytes } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errnoOf } from './errno.js';

/** Marks a file whose writing was cut off: to be removed at the next start. */
export const unfinishedSuffix = '.tmp';

export function isMissing(error: unknown): boolean {
  return errnoOf(error) === 'ENOENT';
}

/** Opens a new file for writing; makes its folder where that is missing. */
export async function createFile(path: string): ReturnType<typeof open> {
  try {
    return await open(path, 'wx', 0o600);
  } catch (error) {
    if (!isMissing(error)) throw error;
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    return open(path, 'wx', 0o600);
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The file holds the old content or the new one, never a part of either. With `fsync` also after a power cut. */
export async function writeJsonAtomically(
  path: string,
  value: unknown,
  { fsync }: { readonly fsync: boolean },
): Promise<void> {
  const unfinished = `${path}.${randomBytes(6).toString('hex')}${unfinishedSuffix}`;
  const handle = await createFile(unfinished);
  try {
    try {
      await handle.writeFile(JSON.stringify(value));
      if (fsync) await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(unfinished, path);
    if (fsync) await syncFolder(dirname(path));
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}
