import { once } from 'node:events';
import { startBench, type Bench, type BenchOptions } from './bench.js';
import { makePicture, type Picture } from './job-kinds.js';
import { runFaults, type RunReport } from './run-faults.js';
import type { Run } from './schedule.js';
import { Tally } from './tally.js';

export interface ScheduleWatcher {
  readonly onBegin: (run: Run, index: number) => void;
  readonly onEnd: (report: RunReport) => void;
}

export interface ScheduleRunOptions extends BenchOptions {
  /** Ends the run there is, stops its mesh and starts no other. */
  readonly signal: AbortSignal;
}

interface Standing {
  readonly bench: Bench;
  readonly picture: Picture;
}

/** Runs one after the other, on one mesh for as long as it stays sound: what broke an invariant must not excuse the next run. */
export async function runSchedule(
  runs: readonly Run[],
  options: ScheduleRunOptions,
  { onBegin, onEnd }: ScheduleWatcher,
): Promise<RunReport[]> {
  const reports: RunReport[] = [];
  let standing: Standing | undefined;
  try {
    for (const [index, run] of runs.entries()) {
      onBegin(run, index);
      if (standing !== undefined && standing.bench.topology !== run.topology) {
        await standing.bench[Symbol.asyncDispose]();
        standing = undefined;
      }
      standing ??= await stand(run, options);
      const work = runFaults(standing.bench, run, standing.picture).catch((error: unknown) => failedRun(run, error));
      const report = await untilAborted(work, options.signal);
      if (report === undefined) return reports;
      reports.push(report);
      onEnd(report);
      if (report.violations.length === 0) continue;
      await standing.bench[Symbol.asyncDispose]();
      standing = undefined;
    }
  } finally {
    await standing?.bench[Symbol.asyncDispose]();
  }
  return reports;
}

async function stand({ topology }: Run, options: BenchOptions): Promise<Standing> {
  const bench = await startBench(topology, options);
  try {
    return { bench, picture: await makePicture(bench) };
  } catch (error) {
    await bench[Symbol.asyncDispose]();
    throw error;
  }
}

/** A mesh that cannot even be asked any more. */
function failedRun(run: Run, error: unknown): RunReport {
  const violations = [{ invariant: 'recovered' as const, detail: String(error) }];
  return { run, detail: '', tally: new Tally(), outcomes: [], reruns: 0, recoveryMs: 0, tookMs: 0, violations };
}

/** Undefined when the signal came first; the work is left to fail by itself. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  if (signal.aborted) return undefined;
  const ended = new AbortController();
  const aborted = once(signal, 'abort', { signal: ended.signal }).then(
    () => undefined,
    () => undefined,
  );
  try {
    return await Promise.race([work, aborted]);
  } finally {
    ended.abort();
    work.catch(() => undefined);
  }
}
