import { describe, expect, it } from '@jest/globals';
import { faults } from './matrix/catalogue.js';
import { makeSchedule } from './matrix/schedule.js';

describe('the schedule', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(makeSchedule({ seed: 7, jobs: 1000 })).toEqual(makeSchedule({ seed: 7, jobs: 1000 }));
    expect(makeSchedule({ seed: 8, jobs: 1000 })).not.toEqual(makeSchedule({ seed: 7, jobs: 1000 }));
  });

  it('has every fault alone on each of its topologies, and mixes', () => {
    const runs = makeSchedule({ seed: 7, jobs: 1000 });
    const alone = faults.flatMap(({ name, topologies }) => topologies.map((topology) => `${name} ${topology}`));
    expect(runs.map(({ name, topology }) => `${name} ${topology}`)).toEqual(expect.arrayContaining(alone));
    expect(runs.filter(({ name }) => name === 'mix').map(({ planned }) => planned.length)).toEqual([3, 3, 3]);
  });

  it('gives a fault chosen by name the same targets and jobs as in the whole', () => {
    const seeds = (fault?: string): unknown[] =>
      makeSchedule({ seed: 7, jobs: 1000, fault })
        .filter(({ name }) => name === 'partition')
        .map(({ planned, loadSeed, jobs }) => [planned, loadSeed, jobs]);
    expect(seeds('partition')).toEqual(seeds());
  });
});
