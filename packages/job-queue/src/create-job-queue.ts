import type { Logger, Metrics } from '@infermesh/telemetry';
import type { JobQueue } from './job-queue.js';

export interface JobQueueOptions {
  readonly redisUrl: string;
  /** The room that calls and serves: part of the reply stream's name, so letters, digits and `-` only. */
  readonly service: string;
  readonly logger: Logger;
  readonly metrics?: Metrics;
  /** How long a request waits for a connection that was just lost, in milliseconds; default 1000. */
  readonly connectGraceMs?: number;
  /** Time for one Redis command of a request, in milliseconds; default 3000. */
  readonly commandTimeoutMs?: number;
  /** Life of a job's event stream after its last event, in milliseconds; default one hour. */
  readonly eventLifeMs?: number;
}

export function createJobQueue(_options: JobQueueOptions): JobQueue {
  throw new Error('under construction');
}
