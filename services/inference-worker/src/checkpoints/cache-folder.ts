import { readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { isLocked } from './folder-lock.js';

const digest = /^[0-9a-f]{64}$/u;

/** Something half-done: a download, or a folder that is being laid out or taken away. */
export const partEnding = '.part';

export function lockPath(entry: string): string {
  return join(entry, 'download.lock');
}

interface Entry {
  readonly path: string;
  readonly sizeBytes: number;
  readonly usedAtMs: number;
}

/** Says that the entry is in use now. */
export async function touchEntry(entry: string): Promise<void> {
  const now = new Date();
  await utimes(entry, now, now).catch(() => undefined);
}

async function sizeOf(path: string): Promise<number> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return 0;
  if (!found.isDirectory()) return found.size;
  const names = await readdir(path).catch(() => []);
  const sizes = await Promise.all(names.map((name) => sizeOf(join(path, name))));
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function entriesOf(folder: string): Promise<Entry[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => digest.test(name));
  const entries = names.map(async (name) => {
    const path = join(folder, name);
    const found = await stat(path).catch(() => undefined);
    return found === undefined ? [] : [{ path, sizeBytes: await sizeOf(path), usedAtMs: found.mtimeMs }];
  });
  return (await Promise.all(entries)).flat();
}

export interface RoomWish {
  readonly neededBytes: number;
  readonly maxBytes: number;
  /** What was used within this time stays: a job may be about to open it. */
  readonly keepMs: number;
}

/** Removes what was not used for longest, until what is to come fits. @returns whether it does */
export async function makeRoom(folder: string, { neededBytes, maxBytes, keepMs }: RoomWish): Promise<boolean> {
  const entries = await entriesOf(folder);
  let totalBytes = entries.reduce((sum, { sizeBytes }) => sum + sizeBytes, neededBytes);
  const oldestFirst = entries.toSorted((a, b) => a.usedAtMs - b.usedAtMs);
  for (const { path, sizeBytes, usedAtMs } of oldestFirst) {
    if (totalBytes <= maxBytes) return true;
    if (Date.now() - usedAtMs < keepMs || (await isLocked(lockPath(path)))) continue;
    await removeWhole(path);
    totalBytes -= sizeBytes;
  }
  return totalBytes <= maxBytes;
}

/** Nobody sees half of it. */
async function removeWhole(path: string): Promise<void> {
  const leaving = `${path}.${randomUUID()}${partEnding}`;
  await rename(path, leaving).catch(() => undefined);
  await rm(leaving, { recursive: true, force: true });
}

/** Removes what killed processes left half-done. What a living one works on is locked. */
export async function sweepParts(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name);
    if (name.endsWith(partEnding)) await rm(path, { recursive: true, force: true });
    if (!digest.test(name) || (await isLocked(lockPath(path)))) continue;
    for (const inner of await readdir(path).catch(() => []))
      if (inner.endsWith(partEnding)) await rm(join(path, inner), { recursive: true, force: true });
  }
}
