import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

const prefix = 'media-';

/** A folder for the files of one conversion; it goes with it. */
export interface Scratch extends AsyncDisposable {
  readonly path: string;
}

export async function openScratch(folder: string): Promise<Scratch> {
  const path = await mkdtemp(join(folder, prefix));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 3 }) };
}

/** Makes the folder, and removes what a process that was killed left in it. It must be one process's own. */
export async function prepareScratchFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const left = (await readdir(folder)).filter((name) => name.startsWith(prefix));
  await Promise.all(left.map((name) => rm(join(folder, name), { recursive: true, force: true })));
}
