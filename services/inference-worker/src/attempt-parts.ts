import type { JobQueue } from '@infermesh/job-queue';
import type { Logger } from '@infermesh/telemetry';
import type { CheckpointCache } from './checkpoints/checkpoint-cache.js';
import type { HeldClaims } from './held-claims.js';
import type { JobRunner } from './job-runner.js';
import type { ObjectConnections } from './object-connections.js';

/** What attempts work with; made once in service.ts. */
export interface AttemptParts {
  readonly jobQueue: Pick<JobQueue, 'call'>;
  readonly endpointId: string;
  readonly workerId: string;
  readonly claims: HeldClaims;
  readonly cache: CheckpointCache;
  readonly connections: ObjectConnections;
  readonly runner: JobRunner;
  readonly scratchFolder: string;
  readonly logger: Logger;
}

/** How long an attempt waits for an object store or a dispatcher that is away, before it ends with a retryable failure. */
export const patienceMs = 60_000;
