import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { frameAt } from './street-frames.js';
import type { Subject } from './two-radars.js';

const run = promisify(execFile);
const room = fileURLToPath(new URL('../../packages/radar', import.meta.url));

export interface Growth {
  readonly frames: number;
  readonly residentBytes: number;
  readonly heapBytes: number;
  /** Memory that the engine counts outside its heap: the addon's, and that of arrays. */
  readonly externalBytes: number;
}

/** What many frames leave behind, everything collected that nobody holds. */
export async function measureGrowth({ radar, cubes }: Subject, frames: number): Promise<Growth> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const work = async (count: number): Promise<void> => {
    for (let number = 0; number < count; number += 1) await radar.processFrame(frameAt(cubes, number));
    collect();
  };
  await work(Math.ceil(frames / 4));
  const before = process.memoryUsage();
  await work(frames);
  const after = process.memoryUsage();
  return {
    frames,
    residentBytes: after.rss - before.rss,
    heapBytes: after.heapUsed - before.heapUsed,
    externalBytes: after.external - before.external,
  };
}

/** The library's calls of malloc and its kin, counted by a program that replaces them, and the pages that it grew by. */
export async function countAllocations(
  frames: number,
): Promise<{ readonly frames: number; readonly allocations: number; readonly pages: number }> {
  await run(process.execPath, ['build-native.mjs', 'programs'], { cwd: room });
  const { stdout } = await run('build/allocation_test', [String(frames)], { cwd: room });
  const counts = /(\d+) frames, (\d+) allocations, (-?\d+) pages/u.exec(stdout);
  if (counts === null) throw new Error(`allocation_test printed ${stdout}`);
  return { frames: Number(counts[1]), allocations: Number(counts[2]), pages: Number(counts[3]) };
}
