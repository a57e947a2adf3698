import { open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { soonMs, type Fault } from '../fault.js';

const pieceBytes = 1024 * 1024;

/** The disk of Redis, objects and workers has no byte left. Needs the right to mount one. */
export const diskFull: Fault = {
  name: 'disk-full',
  topologies: ['split'],
  holdMs: 8_000,
  recoverWithinMs: soonMs,
  inject: async ({ folder, isSmallDisk }) => {
    if (!isSmallDisk) throw new Error('there is no disk to fill: mounting a tmpfs needs root');
    const ballast = join(folder, 'ballast');
    await fill(ballast);
    return { detail: 'Redis, objects, workers', heal: () => rm(ballast) };
  },
};

async function fill(path: string): Promise<void> {
  await writeFile(path, '');
  await using file = await open(path, 'a');
  for (let sizeBytes = pieceBytes; sizeBytes >= 1;) {
    try {
      await file.appendFile(Buffer.alloc(sizeBytes));
    } catch {
      sizeBytes = Math.floor(sizeBytes / 16); // down to the last byte
    }
  }
}
