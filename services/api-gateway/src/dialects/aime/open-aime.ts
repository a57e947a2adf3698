import {
  EndpointFolder,
  formatProblem,
  type EndpointSet,
  type MediaConverter,
  type ServerConfig,
} from '@infermesh/aime-endpoints';
import type { Dialect } from '@infermesh/http';
import type { JobQueue } from '@infermesh/job-queue';
import { ResourceStack } from '@infermesh/lifecycle';
import type { Logger, Metrics } from '@infermesh/telemetry';
import type { Admission } from '../../admission.js';
import type { KeyVerifier } from '../../key-verifier.js';
import { StreamSeats } from '../../stream-seats.js';
import { descriptionsOf, type OwnRuntimes } from '../aime-runtimes/own-runtimes.js';
import { RuntimeJobs } from '../aime-runtimes/runtime-jobs.js';
import { createAimeDialect } from './aime-dialect.js';
import type { AimeCaller } from './aime-parts.js';
import { ClientGate } from './clients/client-gate.js';
import { RequestCounts } from './clients/request-counts.js';
import { EndpointCatalogue } from './endpoints/endpoint-catalogue.js';
import { JobIds } from './job-ids.js';
import { AttachedGate } from './jobs/attached-gate.js';
import { JobViews } from './jobs/job-views.js';
import { BrowserSessions } from './sessions/browser-sessions.js';
import { JobMetrics } from './workers/job-metrics.js';
import { ExternalClaims } from './workers/external-claims.js';
import { PoolReporter } from './workers/pool-reporter.js';
import { WorkerGate } from './workers/worker-gate.js';
import { WorkerNews } from './workers/worker-news.js';
import { WorkerRegistry } from './workers/worker-registry.js';

export interface AimeOptions {
  readonly jobQueue: JobQueue;
  readonly keys: KeyVerifier;
  readonly admission: Admission;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly pepper: string;
  readonly server: ServerConfig;
  /** The operator's word: endpoints may ask for no authentication. */
  readonly allowOpen: boolean;
  readonly media: MediaConverter;
  /** What `[WORKER] runtime` may name. */
  readonly runtimes: OwnRuntimes;
}

export interface OpenAime extends AsyncDisposable {
  readonly dialect: Dialect<AimeCaller>;
}

/** Results that one client may wait for at this gateway. */
const waitingPerClient = 1_000;

/** Reads the endpoints, follows their files, and makes the dialect that serves them. */
export async function openAime(options: AimeOptions): Promise<OpenAime> {
  await using opened = new ResourceStack();
  const { jobQueue, keys, admission, logger, metrics, pepper, server, allowOpen, media, runtimes } = options;
  const catalogue = new EndpointCatalogue(pepper);
  const runtimeJobs = new RuntimeJobs({ jobQueue, runtimes, media, maxBytes: server.http.maxBodyBytes });
  const show = (set: EndpointSet): void => {
    catalogue.replace(set);
    logProblems(logger, set);
  };
  const folder = opened.use(
    await EndpointFolder.open(server.endpointPaths, {
      server,
      runtimes: descriptionsOf(runtimes),
      onChange: show,
      onError: (error) => {
        logger.error({ err: error }, 'the folder of endpoints cannot be read; those that are served stay');
      },
    }),
  );
  show(folder.current);
  const workers = new WorkerRegistry();
  const jobMetrics = new JobMetrics(metrics);
  const reporter = opened.use(new PoolReporter({ jobQueue, catalogue, workers, jobMetrics, logger }));
  const workerNews = opened.use(
    new WorkerNews({
      jobQueue,
      workers,
      logger,
      onChange: (jobType) => {
        reporter.report(jobType);
      },
    }),
  );
  catalogue.onChange(() => {
    reporter.reportAll();
  });
  reporter.reportAll();
  const dialect = createAimeDialect({
    jobQueue,
    admission,
    logger,
    jobMetrics,
    server,
    catalogue,
    clients: new ClientGate({ catalogue, keys, pepper, allowOpen }),
    requestCounts: new RequestCounts(),
    sessions: new BrowserSessions(),
    seats: new StreamSeats(waitingPerClient, 'requests'),
    attachedGate: new AttachedGate(),
    media,
    runtimeJobs,
    ids: new JobIds(pepper),
    jobViews: new JobViews(jobQueue),
    claims: new ExternalClaims(jobQueue),
    workerGate: new WorkerGate(catalogue, pepper),
    workers,
    workerNews,
  });
  const kept = opened.move();
  return { dialect, [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose]() };
}

function logProblems(logger: Logger, { endpoints, problems, revision }: EndpointSet): void {
  logger.info({ endpoints: [...endpoints.keys()], revision }, 'AIME endpoints');
  for (const problem of problems)
    logger.warn({ problem: formatProblem(problem) }, 'a file of an endpoint has a problem');
}
