import { readFileSync } from 'node:fs';
import type { Radar } from '@infermesh/radar';
import { median, quantile } from '../statistics.js';
import { frameAt } from './street-frames.js';

export interface FrameTimes {
  readonly medianMs: number;
  /** The fastest twentieth is faster. */
  readonly bestMs: number;
  readonly p99Ms: number;
  /** Processor time, all threads together. */
  readonly cpuMs: number;
  /** Of it what the event loop's thread used; NaN where the system does not tell. */
  readonly loopCpuMs: number;
  /** The longest synchronous part of a call, but for one in a thousand. */
  readonly longestCallMs: number;
}

/** One frame after the other. */
export async function timeFrames(radar: Radar, cubes: readonly Float32Array[], count: number): Promise<FrameTimes> {
  const times: number[] = [];
  const calls: number[] = [];
  const cpu = process.cpuUsage();
  const loopCpu = mainThreadCpuMs();
  for (let number = 0; number < count; number += 1) {
    const startedAt = performance.now();
    const result = radar.processFrame(frameAt(cubes, number));
    calls.push(performance.now() - startedAt);
    await result;
    times.push(performance.now() - startedAt);
  }
  const { user, system } = process.cpuUsage(cpu);
  return {
    medianMs: median(times),
    bestMs: quantile(times, 0.05),
    p99Ms: quantile(times, 0.99),
    cpuMs: (user + system) / 1000 / count,
    loopCpuMs: (mainThreadCpuMs() - loopCpu) / count,
    longestCallMs: quantile(calls, 0.999),
  };
}

/** The main thread's first number in /proc is its nanoseconds on a processor. */
function mainThreadCpuMs(): number {
  try {
    return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ', 1)[0]) / 1e6;
  } catch {
    return NaN;
  }
}
