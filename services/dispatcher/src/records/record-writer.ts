import { GroupCommit, type Database } from '@infermesh/database';
import type { DispatcherSettings } from '../settings.js';
import { claimJobRows, type ClaimRequest } from './claim-jobs.js';
import { commitJobRows, type Commit, type CommittedJob } from './commit-jobs.js';
import { insertJobs, type JobInsert } from './create-jobs.js';
import { releasingEarly } from '../early-release.js';
import type { Pools } from '../pools.js';
import type { ClaimedRow, JobRow } from './job-row.js';
import { startJobRows, type JobStart } from './start-jobs.js';

/** The four writes on every job's way, each gathered into groups: one statement and one commit for up to 64 jobs. */
export class RecordWriter implements AsyncDisposable {
  readonly #inserts: GroupCommit<JobInsert, JobRow>;
  readonly #starts: GroupCommit<JobStart, JobRow | undefined>;
  readonly #claims: GroupCommit<ClaimRequest, ClaimedRow | undefined>;
  readonly #commits: GroupCommit<Commit, CommittedJob | undefined>;

  constructor(db: Database, settings: DispatcherSettings, pools: Pools) {
    const maxBatch = 64;
    this.#inserts = new GroupCommit({ maxBatch, commit: (items) => insertAndRelease(db, pools, items) });
    this.#starts = new GroupCommit({ maxBatch, commit: (items) => startAndRelease(db, pools, items) });
    this.#claims = new GroupCommit({ maxBatch, commit: (items) => claimJobRows(db, settings.leaseMs, items) });
    this.#commits = new GroupCommit({ maxBatch, commit: (items) => commitJobRows(db, settings, items) });
  }

  insert(item: JobInsert): Promise<JobRow> {
    return this.#inserts.add(item);
  }

  /** Undefined when the record is not there to be started: unknown, another's, or started before. */
  start(item: JobStart): Promise<JobRow | undefined> {
    return this.#starts.add(item);
  }

  /** Undefined when the entry is stale. */
  claim(item: ClaimRequest): Promise<ClaimedRow | undefined> {
    return this.#claims.add(item);
  }

  /** Undefined when the epoch is stale. */
  commit(item: Commit): Promise<CommittedJob | undefined> {
    return this.#commits.add(item);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      [this.#inserts, this.#starts, this.#claims, this.#commits].map((group) => group[Symbol.asyncDispose]()),
    );
  }
}

function insertAndRelease(db: Database, pools: Pools, items: readonly JobInsert[]): Promise<JobRow[]> {
  const endpointIds = items.filter(({ job }) => job.start).map(({ job }) => job.endpointId);
  return releasingEarly(pools, endpointIds, (slots) => insertJobs(db, items, slots));
}

function startAndRelease(db: Database, pools: Pools, items: readonly JobStart[]): Promise<(JobRow | undefined)[]> {
  const endpointIds = items.map(({ endpointId }) => endpointId).filter((id) => id !== undefined);
  return releasingEarly(pools, endpointIds, (slots) => startJobRows(db, items, slots));
}
