import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startSplitMesh, type SplitMesh } from '../harness/split-mesh.js';
import { SeedClient } from '../conformance/esd/seed-client.js';
import { walkEsd } from '../conformance/esd/walk.js';
import { exerciseJobs } from './suites/exercise-jobs.js';
import { exerciseKeys } from './suites/exercise-keys.js';
import { exerciseToys } from './suites/exercise-toys.js';

let mesh: SplitMesh;

beforeAll(async () => {
  mesh = await startSplitMesh({ toys: { workers: 1, slots: 2 } });
}, 120_000);

afterAll(async () => {
  await mesh[Symbol.asyncDispose]();
});

describe('one process per service, on PostgreSQL', () => {
  const bench = (): SplitMesh => mesh;
  exerciseJobs(bench);
  walkEsd(() => new SeedClient(bench().url, bench().adminKey));
  exerciseKeys(bench);
  exerciseToys(bench);

  it('ends each service with code 0 when told to stop', async () => {
    const gateway = mesh.services.get('api-gateway');
    if (gateway === undefined) throw new Error('no gateway');
    const exited = once(gateway.child, 'exit');
    gateway.child.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
  });
});
