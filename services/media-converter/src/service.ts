import { availableParallelism } from 'node:os';
import { openMedia } from '@infermesh/contracts';
import type { JobQueue } from '@infermesh/job-queue';
import { ResourceStack } from '@infermesh/lifecycle';
import { defaultMediaLimits, openMediaTools, type MediaToolsOptions } from '@infermesh/media';
import type { MediaClient } from '@infermesh/media-client';
import type { ObjectStore } from '@infermesh/object-store';
import type { Logger, Metrics } from '@infermesh/telemetry';
import { Admission } from './admission.js';
import { mediaCalls } from './calls/media-calls.js';
import { createNeighbourClient } from './neighbour-client.js';
import { Transfers } from './transfers.js';

export interface MediaConverterOptions extends Pick<
  MediaToolsOptions,
  'scratchFolder' | 'ffmpegPath' | 'searchPath' | 'limits'
> {
  readonly jobQueue: JobQueue;
  readonly objectStore: ObjectStore;
  /** Where presigned URLs of the mesh's own store lead; a source elsewhere is refused. */
  readonly storeOrigins: readonly string[];
  /** Media worked on at the same time; default twice the processors, as half of them move bytes. */
  readonly slots?: number | undefined;
  /** Calls that wait for a slot before further ones are refused with QUEUE_FULL; default 64. */
  readonly maxWaiting?: number;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** How long a stop waits for calls in progress; default 10 s. */
  readonly stopGraceMs?: number;
}

export interface MediaConverterService extends AsyncDisposable {
  /** For who runs in the same process. */
  readonly client: MediaClient;
}

/** Calls that may be refused at the same time: beside those that wait. */
const refusedConcurrency = 32;

/**
 * Answers the queue `media`. Several may run beside each other, each with a scratch folder of its own.
 *
 * @throws MeshError CONFIG_INVALID without ffmpeg, QUEUE_UNAVAILABLE
 */
export async function startMediaConverter(options: MediaConverterOptions): Promise<MediaConverterService> {
  const { jobQueue, objectStore, storeOrigins, logger, metrics, maxWaiting = 64, stopGraceMs = 10_000 } = options;
  const slots = options.slots ?? 2 * availableParallelism();
  await using opened = new ResourceStack();
  const tools = opened.use(await openMediaTools(options));
  const limits = { ...defaultMediaLimits, ...options.limits };
  const transfers = opened.use(new Transfers({ objectStore, storeOrigins, limits, logger }));
  const admission = new Admission({ slots, maxWaiting, metrics });
  const parts = { tools, admission, metrics, logger, scratchFolder: options.scratchFolder };
  opened.use(
    await jobQueue.serve(openMedia.queue, mediaCalls({ ...parts, transfers }), {
      concurrency: slots + maxWaiting + refusedConcurrency,
      stopGraceMs,
    }),
  );
  logger.info({ slots, maxWaiting }, 'media converter ready');
  const kept = opened.move();
  return { client: createNeighbourClient(parts), [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose]() };
}
