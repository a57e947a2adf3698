import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { frameAt } from './street-frames.js';
import type { Subject } from './two-radars.js';

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
