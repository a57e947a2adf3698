import type { Seal } from '@infermesh/credentials';
import type { Database } from '@infermesh/database';
import type { JobQueue } from '@infermesh/job-queue';
import type { Outbound } from '@infermesh/outbound';
import type { Logger, Metrics } from '@infermesh/telemetry';
import type { Backlog } from './backlog.js';
import type { GivenClaims } from './given-claims.js';
import type { JobNews } from './job-news.js';
import type { JobObjects } from './job-objects.js';
import type { Pools } from './pools.js';
import type { QueuePositions } from './queue-positions.js';
import type { RecentJobs } from './recent-jobs.js';
import type { RecordReader } from './records/record-reader.js';
import type { RecordWriter } from './records/record-writer.js';
import type { DispatcherSettings } from './settings.js';
import type { WaitingRooms } from './waiting-rooms.js';
import type { WebhookSettings } from './webhooks/webhook-settings.js';

/** What the calls work with; made once in service.ts. */
export interface Parts {
  readonly db: Database;
  readonly jobQueue: JobQueue;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly settings: DispatcherSettings;
  readonly records: RecordWriter;
  readonly reader: RecordReader;
  readonly objects: JobObjects;
  readonly claims: GivenClaims;
  /** The endpoints of the jobs that are created and not started. */
  readonly endpoints: RecentJobs;
  readonly news: JobNews;
  readonly backlog: Backlog;
  readonly waitingRooms: WaitingRooms;
  readonly pools: Pools;
  readonly queuePositions: QueuePositions;
  readonly webhooks: { readonly outbound: Outbound; readonly seal: Seal; readonly settings: WebhookSettings };
  /** Jobs were removed: their objects go now. */
  readonly sweepGarbage: () => void;
}
