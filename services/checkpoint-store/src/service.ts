import { findCheckpoints } from '@infermesh/contracts';
import type { Database } from '@infermesh/database';
import type { JobQueue } from '@infermesh/job-queue';
import type { ObjectStore } from '@infermesh/object-store';
import type { Logger } from '@infermesh/telemetry';
import { checkpointCalls } from './calls/checkpoint-calls.js';
import { ensureBundled } from './ensure-bundled.js';

export interface CheckpointStoreOptions {
  readonly jobQueue: JobQueue;
  readonly database: Database;
  readonly objectStore: ObjectStore;
  /** Path of the manifest of bundled checkpoints; without it none are put in place. */
  readonly bundledManifest?: string | undefined;
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
  const { jobQueue, database, bundledManifest: manifest, stopGraceMs = 5_000 } = options;
  const signal = options.signal ?? new AbortController().signal;
  if (manifest !== undefined) await ensureBundled({ ...options, manifest, signal });
  return jobQueue.serve(findCheckpoints.queue, checkpointCalls(database), {
    concurrency: callConcurrency,
    stopGraceMs,
  });
}
