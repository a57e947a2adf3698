import { randomUUID } from 'node:crypto';
import { claimJob, commitJob, createJob, endpointQueue, reportPool, runJob, workerDoor } from '@infermesh/contracts';
import { createJobQueue, handle } from '@infermesh/job-queue';
import { ResourceStack } from '@infermesh/lifecycle';
import { createLogger } from '@infermesh/telemetry';
import type { z } from 'zod';

export interface OwnWorker extends AsyncDisposable {
  /** Claims and commits one job; resolves with the time of these two calls in milliseconds. */
  claimAndCommit(): Promise<number>;
}

interface Entry {
  readonly jobId: string;
  readonly release: number;
}

const noop = {
  owner: { tenantId: 'default', owner: 'benchmark' },
  dialect: 'noop',
  jobType: 'noop',
  payload: null,
  runTimeoutMs: 60_000,
  start: true,
};
const outcome: z.input<typeof commitJob.request>['outcome'] = { kind: 'succeeded', outputs: [], result: {}, usage: {} };
const endpointId = randomUUID();
const slots = 64;
const soon = () => ({ deadlineAt: Date.now() + 10_000 });

/** The least that can be called a worker: it takes entries from its queue and asks for nothing but claim and commit. */
export async function startOwnWorker(redisUrl: string): Promise<OwnWorker> {
  await using opened = new ResourceStack();
  const logger = createLogger({ service: 'benchmark', level: 'warn' });
  const jobQueue = opened.use(createJobQueue({ redisUrl, service: 'benchmark', logger }));
  const entries: Entry[] = [];
  const idle: (() => void)[] = [];
  const report = async (): Promise<void> => {
    await jobQueue.call(reportPool, { endpointId, slots, removed: false, lostWorkers: [] }, soon());
  };
  await report();
  const timer = setInterval(() => void report().catch(() => undefined), 2000);
  opened.defer(() => {
    clearInterval(timer);
  });
  opened.use(
    await jobQueue.serve(
      endpointQueue(endpointId),
      [
        handle(runJob, (entry) => {
          entries.push(entry);
          idle.shift()?.();
          return Promise.resolve({});
        }),
      ],
      { concurrency: slots, stopGraceMs: 1000 },
    ),
  );
  const nextEntry = async (): Promise<Entry> => {
    for (;;) {
      const entry = entries.shift();
      if (entry !== undefined) return entry;
      await new Promise<void>((resolve) => idle.push(resolve));
    }
  };
  const kept = opened.move();
  const claimAndCommit = async (): Promise<number> => {
    await jobQueue.call(createJob, { ...noop, endpointId }, soon());
    const entry = await nextEntry();
    const queue = workerDoor(endpointId);
    const beganAt = performance.now();
    const { claim } = await jobQueue.call(claimJob, { ...entry, workerId: 'benchmark' }, { ...soon(), queue });
    if (claim === null) throw new Error('a fresh entry could not be claimed');
    const { jobId, epoch } = claim;
    await jobQueue.call(commitJob, { jobId, epoch, outcome }, { ...soon(), queue });
    return performance.now() - beganAt;
  };
  return { claimAndCommit, [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose]() };
}
