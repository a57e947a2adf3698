import type { Topology } from './bench.js';
import { faults } from './catalogue.js';
import type { Fault } from './fault.js';
import { Random } from './random.js';

/** A fault and when it begins, counted from the first one of its run. */
export interface Planned {
  readonly fault: Fault;
  readonly afterMs: number;
  /** Decides what the fault hits. */
  readonly seed: number;
}

export interface Run {
  readonly name: string;
  readonly topology: Topology;
  readonly jobs: number;
  readonly planned: readonly Planned[];
  /** Decides the jobs. */
  readonly loadSeed: number;
}

export interface ScheduleOptions {
  readonly seed: number;
  /** Over the whole matrix. */
  readonly jobs: number;
  /** Only runs of this name: a fault's, or `mix`. */
  readonly fault?: string | undefined;
}

const mixes = 3;
const faultsInMix = 3;
const mixSpreadMs = 8_000;

/**
 * Every fault alone on every topology it has, then several at once; in an order, with targets and jobs that the seed decides.
 * Choosing one fault leaves all of this as it is in the whole schedule, so that a run that failed can be repeated by itself.
 */
export function makeSchedule({ seed, jobs, fault }: ScheduleOptions): Run[] {
  const random = new Random(seed);
  const single = faults.flatMap((each) => each.topologies.map((topology) => ({ fault: each, topology })));
  const alone = random.shuffle(single).map(({ fault: each, topology }): Omit<Run, 'jobs'> => ({
    name: each.name,
    topology,
    planned: [{ fault: each, afterMs: 0, seed: random.seed() }],
    loadSeed: random.seed(),
  }));
  const mixed = Array.from({ length: mixes }, (): Omit<Run, 'jobs'> => {
    const chosen = random
      .shuffle(faults.filter(({ topologies }) => topologies.includes('split')))
      .slice(0, faultsInMix);
    const planned = chosen.map((each, index) => ({
      fault: each,
      afterMs: index === 0 ? 0 : random.between(0, mixSpreadMs),
      seed: random.seed(),
    }));
    return { name: 'mix', topology: 'split', planned, loadSeed: random.seed() };
  });
  const whole = [...alone, ...mixed];
  const jobsOfRun = Math.max(1, Math.ceil(jobs / whole.length));
  const runs = whole.filter(({ name }) => fault === undefined || name === fault);
  // one mesh after the other: a start costs seconds
  return (['split', 'embedded'] as const).flatMap((topology) =>
    runs.filter((run) => run.topology === topology).map((run) => ({ ...run, jobs: jobsOfRun })),
  );
}
