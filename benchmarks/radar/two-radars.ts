import type { Radar } from '@infermesh/radar';
import { quantile } from '../statistics.js';
import { frameAt } from './street-frames.js';

export interface Subject {
  readonly radar: Radar;
  readonly cubes: readonly Float32Array[];
}

const framesPerTurn = 10;

export interface Speedup {
  readonly oneFramesPerSecond: number;
  readonly twoFramesPerSecond: number;
  readonly ratio: number;
}

/**
 * Frames of two radars at once over those of one, in short turns by turns. The best twentieth of either counts: on a busy
 * machine only there have two threads had two cores.
 */
export async function compareTwoRadars(one: Subject, other: Subject, turns: number): Promise<Speedup> {
  const alone: number[] = [];
  const together: number[] = [];
  for (let turn = 0; turn < turns; turn += 1) {
    alone.push(await framesPerSecond([one]));
    together.push(await framesPerSecond([one, other]));
  }
  const [oneFramesPerSecond, twoFramesPerSecond] = [quantile(alone, 0.95), quantile(together, 0.95)];
  return { oneFramesPerSecond, twoFramesPerSecond, ratio: twoFramesPerSecond / oneFramesPerSecond };
}

async function framesPerSecond(subjects: readonly Subject[]): Promise<number> {
  const startedAt = performance.now();
  await Promise.all(
    subjects.map(async ({ radar, cubes }) => {
      for (let number = 0; number < framesPerTurn; number += 1) await radar.processFrame(frameAt(cubes, number));
    }),
  );
  return (1000 * framesPerTurn * subjects.length) / (performance.now() - startedAt);
}
