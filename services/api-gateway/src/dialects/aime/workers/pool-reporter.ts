import { reportPool } from '@infermesh/contracts';
import type { JobQueue } from '@infermesh/job-queue';
import type { Logger } from '@infermesh/telemetry';
import type { EndpointCatalogue } from '../endpoints/endpoint-catalogue.js';
import { externalEndpointId } from '../endpoints/queue-name.js';
import type { JobMetrics } from './job-metrics.js';
import type { WorkerRegistry } from './worker-registry.js';

export interface PoolReporterOptions {
  readonly jobQueue: JobQueue;
  readonly catalogue: EndpointCatalogue;
  readonly workers: WorkerRegistry;
  readonly jobMetrics: JobMetrics;
  readonly logger: Logger;
  /** How often each type is reported again; default 10 s. The dispatcher closes what it has not heard of for a minute. */
  readonly everyMs?: number;
}

const callTimeoutMs = 10_000;

/** What the endpoint manager is to the mesh's own workers: tells the dispatcher how many jobs the external ones do at once. */
export class PoolReporter implements AsyncDisposable {
  readonly #options: PoolReporterOptions;
  readonly #timer: NodeJS.Timeout;
  readonly #running = new Map<string, Promise<void>>();
  readonly #again = new Set<string>();
  #isClosed = false;

  constructor(options: PoolReporterOptions) {
    this.#options = options;
    this.#timer = setInterval(() => {
      this.reportAll();
    }, options.everyMs ?? 10_000);
  }

  reportAll(): void {
    for (const { name, first } of this.#options.catalogue.jobTypes) {
      if (first.worker.runtime === null) this.report(name);
    }
  }

  /** One report of a type at a time; a wish that comes meanwhile is for one more. */
  report(jobType: string): void {
    if (this.#isClosed) return;
    if (this.#running.has(jobType)) {
      this.#again.add(jobType);
      return;
    }
    const running = this.#send(jobType).finally(() => {
      this.#running.delete(jobType);
      if (this.#again.delete(jobType)) this.report(jobType);
    });
    this.#running.set(jobType, running);
  }

  async #send(jobType: string): Promise<void> {
    const { jobQueue, workers, jobMetrics, logger } = this.#options;
    jobMetrics.online(jobType, workers.countOnline(jobType));
    try {
      await jobQueue.call(
        reportPool,
        { endpointId: externalEndpointId(jobType), slots: workers.capacity(jobType) },
        { deadlineAt: Date.now() + callTimeoutMs },
      );
    } catch (error) {
      // The next report comes within seconds.
      if (!this.#isClosed) logger.warn({ err: error, jobType }, 'the dispatcher was not told of external workers');
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    await Promise.all(this.#running.values());
  }
}
