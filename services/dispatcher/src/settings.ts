export interface DispatcherSettings {
  /** A claim lapses unless its worker renews it within this time; default 8 s, so a dead worker's job runs again within 10 s. */
  readonly leaseMs: number;
  /** How often lapsed claims, passed deadlines and lost entries are looked for; default 1 s. */
  readonly reconcileEveryMs: number;
  /** How long a released record may lack a queue entry before it is released again; default 4 s. */
  readonly lostEntryAfterMs: number;
  /** A job whose workers died this often fails with WORKER_LOST; default 5. */
  readonly maxCrashes: number;
  /** Attempts that end in a retryable error of the work itself before the job fails; default 3. */
  readonly maxFailures: number;
  /** Attempts that end because a server the worker needs is away, before the job fails; default 30, some ten minutes. */
  readonly maxOutages: number;
  /** A created job that is never started expires after this; default 24 h. */
  readonly startWithinMs: number;
  /** Final records and their objects are removed after this; default 30 days. */
  readonly retainMs: number;
  /** Idempotency keys are remembered for this long; default 24 h. */
  readonly idempotencyMs: number;
  /** Lifetime of presigned URLs; default 1 h. */
  readonly urlSeconds: number;
  /** Unfinished jobs one endpoint holds before QUEUE_FULL; default 100,000. */
  readonly maxUnfinishedPerEndpoint: number;
  /** Unfinished jobs one tenant holds at one endpoint before QUOTA_EXCEEDED; default 50,000. */
  readonly maxUnfinishedPerTenant: number;
  /** A running job whose worker has not reacted to a cancel is ended by the dispatcher after this; default 10 s. */
  readonly cancelGraceMs: number;
}

export const defaultSettings: DispatcherSettings = {
  leaseMs: 8_000,
  reconcileEveryMs: 1_000,
  lostEntryAfterMs: 4_000,
  maxCrashes: 5,
  maxFailures: 3,
  maxOutages: 30,
  startWithinMs: 86_400_000,
  retainMs: 30 * 86_400_000,
  idempotencyMs: 86_400_000,
  urlSeconds: 3_600,
  maxUnfinishedPerEndpoint: 100_000,
  maxUnfinishedPerTenant: 50_000,
  cancelGraceMs: 10_000,
};
