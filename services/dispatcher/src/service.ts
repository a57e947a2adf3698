import { Seal } from '@infermesh/credentials';
import type { Database } from '@infermesh/database';
import type { JobQueue } from '@infermesh/job-queue';
import { ResourceStack } from '@infermesh/lifecycle';
import type { ObjectStore } from '@infermesh/object-store';
import type { Outbound } from '@infermesh/outbound';
import type { Logger, Metrics } from '@infermesh/telemetry';
import { Backlog } from './backlog.js';
import { clientCalls } from './calls/client-calls.js';
import { poolCalls } from './calls/pool-calls.js';
import { webhookCalls } from './calls/webhook-calls.js';
import { workerCalls } from './calls/worker-calls.js';
import { GivenClaims } from './given-claims.js';
import { JobNews } from './job-news.js';
import { JobObjects } from './job-objects.js';
import type { Parts } from './parts.js';
import { followPools } from './pool-news.js';
import { Pools } from './pools.js';
import { QueuePositions } from './queue-positions.js';
import { Reconciler } from './reconciler.js';
import { RecentJobs } from './recent-jobs.js';
import { RecordReader } from './records/record-reader.js';
import { RecordWriter } from './records/record-writer.js';
import { Releaser } from './releaser.js';
import { Retirer } from './retirer.js';
import { defaultSettings, type DispatcherSettings } from './settings.js';
import { WaitingRooms } from './waiting-rooms.js';
import { WebhookSender } from './webhooks/webhook-sender.js';
import { defaultWebhookSettings, type WebhookSettings } from './webhooks/webhook-settings.js';

export interface DispatcherOptions {
  readonly db: Database;
  readonly jobQueue: JobQueue;
  readonly objectStore: ObjectStore;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** The way to the receivers of webhooks. */
  readonly outbound: Outbound;
  /** Secrets of webhooks are stored sealed with it, and so travel to the gateway. */
  readonly pepper: string;
  readonly settings?: Partial<DispatcherSettings>;
  readonly webhookSettings?: Partial<WebhookSettings>;
  /** How long a stop waits for calls in progress; default 5 s. */
  readonly stopGraceMs?: number;
}

const callConcurrency = 256;

/** Starts the owner of job records. Several may run on one database. */
export async function startDispatcher(options: DispatcherOptions): Promise<AsyncDisposable> {
  await using opened = new ResourceStack();
  const { db, jobQueue, logger, metrics, stopGraceMs = 5_000 } = options;
  const settings = { ...defaultSettings, ...options.settings };
  const serving = { concurrency: callConcurrency, stopGraceMs };
  const objects = new JobObjects(options.objectStore, settings.urlSeconds);
  const pools = new Pools(
    (endpointId) => new Releaser({ db, jobQueue, objects, logger }, endpointId),
    (endpointId, queue) => jobQueue.serve(queue, workerCalls(parts, endpointId), serving),
  );
  const records = opened.use(new RecordWriter(db, settings, pools));
  const retirer = new Retirer({ db, objects, settings, logger });
  const webhooks = {
    outbound: options.outbound,
    seal: new Seal(options.pepper),
    settings: { ...defaultWebhookSettings, ...options.webhookSettings },
  };
  const parts: Parts = {
    db,
    jobQueue,
    logger,
    metrics,
    settings,
    records,
    reader: opened.use(new RecordReader(db)),
    pools,
    objects,
    claims: new GivenClaims(settings.leaseMs),
    endpoints: new RecentJobs(),
    news: new JobNews(jobQueue, logger),
    backlog: new Backlog(settings),
    waitingRooms: new WaitingRooms(db),
    queuePositions: new QueuePositions(db),
    webhooks,
    sweepGarbage: () => {
      retirer.wake();
    },
  };
  opened.use(pools);
  await parts.backlog.refresh(db);
  const reconciler = opened.use(new Reconciler(parts));
  const calls = [...clientCalls(parts), ...webhookCalls(parts), ...poolCalls(parts, reconciler)];
  opened.use(await jobQueue.serve('dispatcher', calls, serving));
  opened.use(followPools(jobQueue, pools, logger));
  opened.use(retirer).start();
  opened.use(new WebhookSender({ db, objects, logger, metrics, ...webhooks })).start();
  reconciler.start();
  return opened.move();
}
