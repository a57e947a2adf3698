import type { MediaConverter, ServerConfig } from '@infermesh/aime-endpoints';
import { routesFor, type Caller, type RouteMaker } from '@infermesh/http';
import type { JobQueue } from '@infermesh/job-queue';
import type { Logger } from '@infermesh/telemetry';
import type { Admission } from '../../admission.js';
import type { RuntimeJobs } from '../aime-runtimes/runtime-jobs.js';
import type { StreamSeats } from '../../stream-seats.js';
import type { AimeClient, ClientGate } from './clients/client-gate.js';
import type { RequestCounts } from './clients/request-counts.js';
import type { EndpointCatalogue } from './endpoints/endpoint-catalogue.js';
import type { JobViews } from './jobs/job-views.js';
import type { JobIds } from './job-ids.js';
import type { AttachedGate } from './jobs/attached-gate.js';
import type { BrowserSessions } from './sessions/browser-sessions.js';
import type { ExternalClaims } from './workers/external-claims.js';
import type { JobMetrics } from './workers/job-metrics.js';
import type { WorkerGate } from './workers/worker-gate.js';
import type { WorkerNews } from './workers/worker-news.js';
import type { WorkerRegistry } from './workers/worker-registry.js';

/** What the routes work with; made once in `open-aime.ts`. */
export interface AimeParts {
  readonly jobQueue: JobQueue;
  readonly admission: Admission;
  readonly logger: Logger;
  readonly jobMetrics: JobMetrics;
  readonly server: ServerConfig;
  readonly catalogue: EndpointCatalogue;
  readonly clients: ClientGate;
  readonly requestCounts: RequestCounts;
  readonly sessions: BrowserSessions;
  /** How many results one client may wait for at once. */
  readonly seats: StreamSeats;
  readonly attachedGate: AttachedGate;
  readonly media: MediaConverter;
  readonly runtimeJobs: RuntimeJobs;
  readonly ids: JobIds;
  readonly jobViews: JobViews;
  readonly claims: ExternalClaims;
  readonly workerGate: WorkerGate;
  readonly workers: WorkerRegistry;
  readonly workerNews: WorkerNews;
}

export interface AimeCaller extends Caller {
  readonly client: AimeClient;
}

export const route: RouteMaker<AimeCaller> = routesFor<AimeCaller>();
