import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Removes what killed predecessors in the same place of the pool left: worker ids are `<endpoint>.<place>.<random>`, and a place
 * has one worker at a time.
 */
export async function sweepScratch(folder: string, workerId: string): Promise<void> {
  const place = workerId.slice(0, workerId.lastIndexOf('.') + 1);
  if (place === '') return;
  const names = await readdir(folder).catch(() => []);
  const left = names.filter((name) => name.startsWith(place) && name !== workerId);
  await Promise.all(left.map((name) => rm(join(folder, name), { recursive: true, force: true })));
}
