import { findCheckpoints } from '@infermesh/contracts';
import type { Database } from '@infermesh/database';
import type { JobQueue } from '@infermesh/job-queue';
import { ResourceStack } from '@infermesh/lifecycle';
import type { ObjectStore } from '@infermesh/object-store';
import { createOutbound, type Outbound } from '@infermesh/outbound';
import type { Logger } from '@infermesh/telemetry';
import { BackgroundWork, type WorkDoer } from './background/background-work.js';
import { inspect } from './background/inspect.js';
import { checkpointCalls } from './calls/checkpoint-calls.js';
import { datasetCalls } from './datasets/dataset-calls.js';
import { ensureBundled } from './ensure-bundled.js';
import { giveUpImport, runImport } from './imports/run-import.js';
import { Janitor } from './janitor.js';
import type { StoreParts } from './parts.js';
import type { WorkKind } from './records/work.js';
import { finishRename, giveUpRename } from './rename.js';
import { defaultSettings, type StoreSettings } from './settings.js';

export interface CheckpointStoreOptions {
  readonly jobQueue: JobQueue;
  readonly database: Database;
  readonly objectStore: ObjectStore;
  /** The way to the URLs that are imported; default: public https addresses alone. */
  readonly outbound?: Outbound;
  /** Path of the manifest of bundled checkpoints; without it none are put in place. */
  readonly bundledManifest?: string | undefined;
  readonly settings?: Partial<StoreSettings>;
  readonly logger: Logger;
  /** Its abort gives up a start that is still uploading. */
  readonly signal?: AbortSignal;
  /** How long a stop waits for calls in progress; default 5 s. */
  readonly stopGraceMs?: number;
}

const callConcurrency = 64;

/**
 * Puts the bundled checkpoints in place, then answers calls. Several may run on one database.
 *
 * @throws MeshError CONFIG_INVALID, STORAGE_UNAVAILABLE, DATABASE_UNAVAILABLE, QUEUE_UNAVAILABLE
 */
export async function startCheckpointStore(options: CheckpointStoreOptions): Promise<AsyncDisposable> {
  await using opened = new ResourceStack();
  const { jobQueue, database, objectStore, logger, bundledManifest: manifest, stopGraceMs = 5_000 } = options;
  const signal = options.signal ?? new AbortController().signal;
  if (manifest !== undefined) await ensureBundled({ ...options, manifest, signal });
  const parts: StoreParts = {
    database,
    objectStore,
    outbound: options.outbound ?? createOutbound({ logger }),
    settings: { ...defaultSettings, ...options.settings },
    logger,
  };
  const janitor = opened.use(new Janitor(parts));
  const background = opened.use(createBackground(parts, janitor));
  const sweepGarbage = (): void => {
    janitor.wake();
  };
  const calls = [...checkpointCalls(parts, background, janitor), ...datasetCalls({ ...parts, sweepGarbage })];
  opened.use(await jobQueue.serve(findCheckpoints.queue, calls, { concurrency: callConcurrency, stopGraceMs }));
  background.start();
  janitor.start();
  return opened.move();
}

function createBackground(parts: StoreParts, janitor: Janitor): BackgroundWork {
  const doers = {
    inspect: { maxAttempts: 1, run: (work, owner, signal) => inspect(parts, work, owner, signal) },
    import: {
      maxAttempts: 3,
      run: (work, owner, signal) => runImport(parts, work, owner, signal),
      giveUp: (work, owner, error) => giveUpImport(parts, work, owner, error),
    },
    rename: {
      maxAttempts: 1,
      run: (work, owner, signal) => finishRename(parts, work, owner, signal),
      giveUp: (work, owner) => giveUpRename(parts, work, owner),
    },
  } satisfies Record<WorkKind, WorkDoer>;
  // a packed folder and a renamed file leave objects behind
  return new BackgroundWork(parts, doers, () => {
    janitor.wake();
  });
}
