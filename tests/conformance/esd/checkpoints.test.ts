import { afterAll, beforeAll } from '@jest/globals';
import { startEsdBench, type EsdBench } from './esd-bench.js';
import { exerciseCheckpoints } from './suites/checkpoints.js';
import { exerciseNotifications } from './suites/notifications.js';

let bench: EsdBench;

beforeAll(async () => {
  bench = await startEsdBench({ INFERMESH_OUTBOUND_ALLOW: '127.0.0.1' });
}, 120_000);

afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});

exerciseCheckpoints(() => bench);
exerciseNotifications(() => bench);
