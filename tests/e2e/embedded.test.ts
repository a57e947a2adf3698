import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startToyMesh, type ToyMesh } from '../harness/toy-mesh.js';
import { SeedClient } from '../conformance/esd/seed-client.js';
import { walkEsd } from '../conformance/esd/walk.js';
import { exerciseJobs } from './suites/exercise-jobs.js';
import { exerciseKeys } from './suites/exercise-keys.js';
import { exerciseToys } from './suites/exercise-toys.js';
import type { MeshUnderTest } from './suites/mesh-under-test.js';

let mesh: ToyMesh;

beforeAll(async () => {
  mesh = await startToyMesh({ env: { INFERMESH_OUTBOUND_ALLOW: '127.0.0.1' } });
}, 120_000);

afterAll(async () => {
  await mesh[Symbol.asyncDispose]();
});

describe('every service in one process, on PGlite', () => {
  const bench = (): MeshUnderTest => ({ ...mesh, jobQueue: mesh.mesh.jobQueue });
  exerciseJobs(bench);
  walkEsd(() => new SeedClient(bench().url, bench().adminKey));
  exerciseKeys(bench);
  exerciseToys(bench);

  it('serves ESD at the root as well', async () => {
    const root = new URL(mesh.url).origin;
    expect((await fetch(`${root}/ping`, { headers: { 'x-api-key': mesh.adminKey } })).status).toBe(200);
  });
});
