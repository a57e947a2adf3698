import { afterAll, beforeAll } from '@jest/globals';
import { startEsdBench, type EsdBench } from './esd-bench.js';
import { exerciseDatasets } from './suites/datasets.js';
import { exerciseEndpoints } from './suites/endpoints.js';
import { exerciseFrame } from './suites/frame.js';
import { exerciseInferenceEvents } from './suites/inference-events.js';
import { exerciseInferences } from './suites/inferences.js';
import { exerciseRefusals } from './suites/refusals.js';
import { exerciseRoles } from './suites/roles.js';
import { exerciseUsers } from './suites/users.js';

let bench: EsdBench;

beforeAll(async () => {
  bench = await startEsdBench();
}, 120_000);

afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});

exerciseFrame(() => bench);
exerciseRoles(() => bench);
exerciseUsers(() => bench);
exerciseInferences(() => bench);
exerciseDatasets(() => bench);
exerciseInferenceEvents(() => bench);
exerciseEndpoints(() => bench);
exerciseRefusals(() => bench);
