import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startBench, type Bench, type Topology } from './matrix/bench.js';
import { faults } from './matrix/catalogue.js';
import { makePicture, type Picture } from './matrix/job-kinds.js';
import type { Invariant } from './matrix/invariants.js';
import { runFaults } from './matrix/run-faults.js';

/** The short form of `npm run test:faults`: the faults that pass quickly, each under a little load. */
const chosen: [Topology, string[]][] = [
  [
    'split',
    [
      'worker-sigkill',
      'redis-sigkill',
      'redis-flushall',
      'postgres-restart',
      'gateway-sigkill-before-start',
      'dispatcher-sigkill-before-enqueue',
    ],
  ],
  ['embedded', ['worker-sigkill', 'pglite-sigkill']],
];
/** Measured by the long form: here a busy machine would decide. */
const timed: readonly Invariant[] = ['recovered', 'in time'];
const seed = 20;
const jobs = 120;

describe.each(chosen)('accepted jobs end once, whole and in time on a mesh that is %s, through', (topology, names) => {
  let bench: Bench;
  let picture: Picture;

  beforeAll(async () => {
    bench = await startBench(topology);
    picture = await makePicture(bench);
  }, 90_000);

  afterAll(async () => {
    await bench[Symbol.asyncDispose]();
  }, 60_000);

  it.each(faults.filter(({ name }) => names.includes(name)))(
    '$name',
    async (fault) => {
      const run = { name: fault.name, topology, jobs, planned: [{ fault, afterMs: 0, seed }], loadSeed: seed };
      const { violations, tally, reruns } = await runFaults(bench, run, picture);
      expect(violations.filter(({ invariant }) => !timed.includes(invariant))).toEqual([]);
      expect(tally.accepted.length).toBeGreaterThanOrEqual(10);
      if (fault.name === 'worker-sigkill') expect(reruns).toBeGreaterThanOrEqual(1);
    },
    180_000,
  );
});
