import type { Radar } from '@infermesh/radar';
import { median, quantile } from '../statistics.js';
import { frameAt } from './street-frames.js';

export interface Subject {
  readonly radar: Radar;
  readonly cubes: readonly Float32Array[];
}

/** About a millisecond: less than a busy machine leaves a thread on its core. */
const framesPerTurn = 4;

export interface Speedup {
  readonly oneFramesPerSecond: number;
  readonly twoFramesPerSecond: number;
  readonly ratio: number;
  /** Twice the processor time of a frame alone over that of one beside another: 2 when they cost each other nothing. */
  readonly cpuRatio: number;
}

/**
 * Frames of two radars at once over those of one, turn by turn. The best twentieth of either counts: on a busy machine only
 * there have two threads had two cores.
 */
export async function compareTwoRadars(one: Subject, other: Subject, turns: number): Promise<Speedup> {
  const alone: Turn[] = [];
  const together: Turn[] = [];
  for (let turn = 0; turn < turns; turn += 1) {
    alone.push(await runTurn([one]));
    together.push(await runTurn([one, other]));
  }
  const best = (all: readonly Turn[]): number =>
    quantile(
      all.map(({ framesPerSecond }) => framesPerSecond),
      0.95,
    );
  const cpuMs = (all: readonly Turn[]): number => median(all.map(({ cpuMsPerFrame }) => cpuMsPerFrame));
  return {
    oneFramesPerSecond: best(alone),
    twoFramesPerSecond: best(together),
    ratio: best(together) / best(alone),
    cpuRatio: (2 * cpuMs(alone)) / cpuMs(together),
  };
}

interface Turn {
  readonly framesPerSecond: number;
  readonly cpuMsPerFrame: number;
}

async function runTurn(subjects: readonly Subject[]): Promise<Turn> {
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  await Promise.all(
    subjects.map(async ({ radar, cubes }) => {
      for (let number = 0; number < framesPerTurn; number += 1) await radar.processFrame(frameAt(cubes, number));
    }),
  );
  const elapsedMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpu);
  const frames = framesPerTurn * subjects.length;
  return { framesPerSecond: (1000 * frames) / elapsedMs, cpuMsPerFrame: (user + system) / 1000 / frames };
}
