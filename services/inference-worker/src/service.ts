import { setMaxListeners } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { endpointQueue, performJob, runJob } from '@infermesh/contracts';
import { createJobQueue, handle } from '@infermesh/job-queue';
import { ResourceStack } from '@infermesh/lifecycle';
import { createLogger, type Logger } from '@infermesh/telemetry';
import { attemptJob } from './attempt.js';
import { performAttached } from './attached.js';
import { CheckpointCache } from './checkpoints/checkpoint-cache.js';
import type { WorkerConfig } from './config.js';
import { EmptyFolders } from './empty-folders.js';
import { HeldClaims } from './held-claims.js';
import { createModelRunner } from './model-runner.js';
import { ObjectConnections } from './object-connections.js';
import { sweepScratch } from './sweep-scratch.js';

export interface Worker extends AsyncDisposable {
  /** SHA-256 of the checkpoints that are loaded now. */
  warmCheckpoints(): readonly string[];
}

/** Starts one worker of one endpoint. It holds no credential but its Redis user: storage comes to it as presigned URLs. */
export async function startWorker(config: WorkerConfig): Promise<Worker> {
  await using opened = new ResourceStack();
  const { endpointId, workerId, slots } = config;
  const logger: Logger = createLogger({ service: 'inference-worker', level: config.logLevel }).child({
    endpointId,
    workerId,
  });
  const scratchFolder = join(config.folder, 'scratch', workerId);
  await sweepScratch(join(config.folder, 'scratch'), workerId);
  await mkdir(scratchFolder, { recursive: true, mode: 0o700 });

  const shutdown = new AbortController();
  setMaxListeners(0, shutdown.signal); // one for each job under way
  const jobQueue = opened.use(
    createJobQueue({ redisUrl: config.redisUrl, service: endpointQueue(endpointId), logger }),
  );
  const runner = opened.use(await createModelRunner({ ...config, scratchFolder, logger }));
  const claims = new HeldClaims({ jobQueue, endpointId, workerId, logger });
  opened.defer(() => {
    claims[Symbol.dispose]();
  });
  const connections = new ObjectConnections();
  opened.defer(() => {
    connections[Symbol.dispose]();
  });
  const cache = new CheckpointCache(join(config.folder, 'checkpoints'), {
    maxBytes: config.cacheBytes,
    connections,
    logger,
  });
  await cache.sweep();
  const folders = new EmptyFolders(scratchFolder);
  const parts = { jobQueue, endpointId, workerId, claims, cache, connections, runner, folders, scratchFolder, logger };

  const serving = await jobQueue.serve(
    endpointQueue(endpointId),
    [
      handle(runJob, async (entry, { signal: delivery }) => {
        await attemptJob(parts, entry, { shutdown: shutdown.signal, delivery });
        return {};
      }),
      handle(performJob, (request, context) => performAttached({ runner, cache, folders }, request, context)),
    ],
    { concurrency: slots, stopGraceMs: config.stopGraceMs },
  );
  opened.defer(async () => {
    // Past the grace the attempts hand their jobs back by themselves; the queue's own grace comes after.
    const hardStop = setTimeout(() => {
      shutdown.abort();
    }, config.stopGraceMs * 0.7);
    try {
      await serving[Symbol.asyncDispose]();
    } finally {
      clearTimeout(hardStop);
    }
  });
  logger.info({ slots, jobTypes: config.jobTypes }, 'worker ready');
  const kept = opened.move();
  return {
    warmCheckpoints: () => runner.warmCheckpoints(),
    [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose](),
  };
}
