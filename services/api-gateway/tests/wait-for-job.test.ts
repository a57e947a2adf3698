import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { getJob, type JobState, type JobView } from '@infermesh/contracts';
import { handle, type JobQueue } from '@infermesh/job-queue';
import { Bench } from '../../../packages/job-queue/tests/bench.js';
import { waitForJob } from '../src/wait-for-job.js';
import { aJobView } from './a-job-view.js';

let bench: Bench;
let gateway: JobQueue;
let dispatcher: JobQueue;

/** What the dispatcher of this test answers, look after look; the last one for ever. */
let states: JobState[] = [];
let looks = 0;

beforeAll(async () => {
  bench = await Bench.start();
  gateway = bench.queue({ service: 'gateway' });
  dispatcher = bench.queue({ service: 'dispatcher' });
  const answer = handle(getJob, ({ id }) => {
    const state = states[Math.min(looks, states.length - 1)] ?? 'queued';
    looks += 1;
    return Promise.resolve({ job: aJobView(id, state) });
  });
  await dispatcher.serve('dispatcher', [answer], { concurrency: 1, stopGraceMs: 100 });
});
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});

const farAway = (): number => Date.now() + 600_000;

async function wait(id: string, untilMs: number, lookEveryMs?: number): Promise<JobView> {
  looks = 0;
  const access = { tenantId: 't', subject: 'ann', anyOwner: false };
  const scope = { id: 'request', signal: new AbortController().signal };
  return waitForJob(gateway, { access, id, untilMs, ...(lookEveryMs === undefined ? {} : { lookEveryMs }) }, scope);
}

it('answers at once for a job that has ended, whose news nobody keeps any more', async () => {
  states = ['succeeded'];
  expect((await wait(randomUUID(), farAway())).state).toBe('succeeded');
  expect(looks).toBe(1);
});

it('finds by itself that a job has ended when the news was lost', async () => {
  states = ['queued', 'active', 'failed'];
  expect((await wait(randomUUID(), farAway(), 20)).state).toBe('failed');
  expect(looks).toBe(3);
});

it('is woken by the news, and by no other', async () => {
  states = ['active', 'succeeded'];
  const id = randomUUID();
  await dispatcher.appendEvent(id, 'state', { state: 'active' });
  const waiting = wait(id, farAway(), 600_000);
  await dispatcher.appendEvent(id, 'state', { state: 'succeeded' });
  expect((await waiting).state).toBe('succeeded');
  expect(looks).toBe(2);
});

it('hands the record out as it is once the time is over', async () => {
  states = ['active'];
  expect((await wait(randomUUID(), Date.now() + 50, 20)).state).toBe('active');
});
