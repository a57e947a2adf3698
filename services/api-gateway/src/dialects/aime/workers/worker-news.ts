import { followForever, type JobQueue } from '@infermesh/job-queue';
import type { Logger } from '@infermesh/telemetry';
import { z } from 'zod';
import { workerFacts, type WorkerFacts, type WorkerRegistry } from './worker-registry.js';

const stream = 'aime-workers';
const repeatMs = 10_000;

const sighting = z.object({ jobType: z.string(), facts: workerFacts });

export interface WorkerNewsOptions {
  readonly jobQueue: JobQueue;
  readonly workers: WorkerRegistry;
  readonly logger: Logger;
  /** The workers of this type are others than they were. */
  readonly onChange: (jobType: string) => void;
}

/** Tells the other gateways of workers that call here, and hears of theirs. */
export class WorkerNews implements AsyncDisposable {
  readonly #options: WorkerNewsOptions;
  readonly #following: AsyncDisposable;
  readonly #toldAtMs = new Map<string, number>();

  constructor(options: WorkerNewsOptions) {
    this.#options = options;
    const { jobQueue, workers, logger, onChange } = options;
    this.#following = followForever(jobQueue, stream, {
      onEvent: ({ data }) => {
        const { jobType, facts } = sighting.parse(data);
        if (workers.saw(jobType, facts)) onChange(jobType);
      },
      logger,
    });
  }

  /** A worker has told of itself here. */
  tell(jobType: string, facts: WorkerFacts): void {
    const { jobQueue, workers, logger, onChange } = this.#options;
    const isNews = workers.saw(jobType, facts);
    if (isNews) onChange(jobType);
    const id = JSON.stringify([jobType, facts.name]);
    const now = performance.now();
    if (!isNews && now - (this.#toldAtMs.get(id) ?? -Infinity) < repeatMs) return;
    this.#toldAtMs.set(id, now);
    if (this.#toldAtMs.size > maxTold) this.#toldAtMs.clear();
    jobQueue.appendEvent(stream, 'worker', { jobType, facts }).catch((error: unknown) => {
      logger.warn({ err: error, jobType }, 'other gateways not told of a worker');
    });
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#following[Symbol.asyncDispose]();
  }
}

const maxTold = 10_000;
