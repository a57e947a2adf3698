import { setImmediate as nextTurn } from 'node:timers/promises';
import { quantile } from '../statistics.js';
import { frameAt } from './street-frames.js';
import type { Subject } from './two-radars.js';

const sliceMs = 100;

/** How long a turn of an event loop took that does nothing else but count its turns. */
export interface LoopDelay {
  readonly p99Ms: number;
  readonly p9999Ms: number;
  /** Turns of more than 1 ms, in a second. */
  readonly over1MsPerSecond: number;
}

export interface LoopDelays {
  readonly baseline: LoopDelay;
  readonly withFrames: LoopDelay;
  /** How much longer the loop waits with frames under way: what the addon adds. */
  readonly addedP9999Ms: number;
}

/** Slices without and with frames in turn: what the machine does to both is not the addon's doing. */
export async function measureLoopDelays(subject: Subject, slices: number): Promise<LoopDelays> {
  const idle: number[] = [];
  const busy: number[] = [];
  for (let slice = 0; slice < slices; slice += 1) {
    idle.push(...(await turnsOf(sliceMs)));
    const stop = new AbortController();
    const frames = keepWorking(subject, stop.signal);
    busy.push(...(await turnsOf(sliceMs)));
    stop.abort();
    await frames;
  }
  const baseline = summary(idle);
  const withFrames = summary(busy);
  return { baseline, withFrames, addedP9999Ms: withFrames.p9999Ms - baseline.p9999Ms };
}

async function keepWorking({ radar, cubes }: Subject, signal: AbortSignal): Promise<void> {
  for (let number = 0; !signal.aborted; number += 1) await radar.processFrame(frameAt(cubes, number));
}

async function turnsOf(durationMs: number): Promise<number[]> {
  const turns: number[] = [];
  const endAt = performance.now() + durationMs;
  for (let now = performance.now(); now < endAt;) {
    await nextTurn();
    const then = performance.now();
    turns.push(then - now);
    now = then;
  }
  return turns;
}

function summary(turns: readonly number[]): LoopDelay {
  const seconds = turns.reduce((sum, turn) => sum + turn, 0) / 1000;
  return {
    p99Ms: quantile(turns, 0.99),
    p9999Ms: quantile(turns, 0.9999),
    over1MsPerSecond: turns.filter((turn) => turn > 1).length / seconds,
  };
}
