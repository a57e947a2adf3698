import { afterAll, beforeAll, jest } from '@jest/globals';
import { startAimeBench, type AimeBench } from './aime-bench.js';
import { exerciseClients } from './suites/clients.js';
import { exerciseDepartures } from './suites/departures.js';
import { exerciseMediaJobs } from './suites/media-jobs.js';
import { exerciseValidation } from './suites/validation.js';
import { exerciseWorkers } from './suites/workers.js';

jest.setTimeout(60_000);

let bench: AimeBench;

beforeAll(async () => {
  bench = await startAimeBench();
}, 120_000);

afterAll(async () => {
  await bench[Symbol.asyncDispose]();
}, 60_000);

exerciseWorkers(() => bench);
exerciseClients(() => bench);
exerciseValidation(() => bench);
exerciseMediaJobs(() => bench);
exerciseDepartures(() => bench);
