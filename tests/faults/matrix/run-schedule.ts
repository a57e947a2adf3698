import { startBench, type Bench, type BenchOptions } from './bench.js';
import { makePicture, type Picture } from './job-kinds.js';
import { runFaults, type RunReport } from './run-faults.js';
import type { Run } from './schedule.js';

export interface ScheduleWatcher {
  readonly onBegin: (run: Run, index: number) => void;
  readonly onEnd: (report: RunReport) => void;
}

interface Standing {
  readonly bench: Bench;
  readonly picture: Picture;
}

/** Runs one after the other, on one mesh for as long as it stays sound: what broke an invariant must not excuse the next run. */
export async function runSchedule(
  runs: readonly Run[],
  options: BenchOptions,
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
      const report = await runFaults(standing.bench, run, standing.picture);
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
