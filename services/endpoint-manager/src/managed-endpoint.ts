import type { EndpointView } from '@infermesh/contracts';
import type { Backoff } from '@infermesh/lifecycle';
import type { Logger } from '@infermesh/telemetry';
import type { Driver, WorkerHandle } from './driver.js';
import type { EndpointAccess } from './endpoint-access.js';
import { toEndpointView, type EndpointRecord, type EndpointStanding } from './endpoint-record.js';
import type { EndpointTable } from './endpoint-table.js';
import type { PoolMetrics } from './pool-metrics.js';
import { PendingReport, type SendPoolReport } from './pool-report.js';
import { retryUntilDone } from './retry-until-done.js';
import { Upkeep } from './upkeep.js';
import { createWorkerId } from './worker-id.js';
import { WorkerPool } from './worker-pool.js';
import type { SeatTimings } from './worker-seat.js';

export interface EndpointTimings extends SeatTimings {
  /** The dispatcher hears from each pool at least this often. */
  readonly heartbeatMs: number;
  /** The pauses after a dispatcher, database or Redis that did not answer. */
  readonly retry: Backoff;
  /** How long a stop waits for a last report after the workers are gone. */
  readonly lastWordMs: number;
}

/** What an endpoint needs around it. */
export interface EndpointSurroundings {
  readonly table: EndpointTable;
  readonly driver: Driver;
  readonly access: EndpointAccess;
  readonly sendReport: SendPoolReport;
  /** Takes the endpoint's queues out of Redis. Twice is harmless. @throws MeshError QUEUE_UNAVAILABLE */
  readonly removeQueues: (endpointId: string) => Promise<void>;
  readonly metrics: PoolMetrics;
  readonly timings: EndpointTimings;
  /** How long workers may take to end their jobs. */
  readonly stopGraceMs: number;
  readonly logger: Logger;
}

/** One endpoint while this process manages it: runs its pool, and keeps the dispatcher, the table and Redis in step with it. */
export class ManagedEndpoint {
  readonly #record: EndpointRecord;
  readonly #around: EndpointSurroundings;
  readonly #logger: Logger;
  readonly #pool: WorkerPool;
  readonly #pendingReport = new PendingReport();
  readonly #report: Upkeep;
  readonly #standing: Upkeep;
  readonly #onDeleted: () => void;
  readonly #stopping = new AbortController();
  #savedStanding: EndpointStanding;
  #seenSlots = 0;
  #tearingDown: Promise<void> | undefined;

  constructor(record: EndpointRecord, around: EndpointSurroundings, onDeleted: () => void) {
    const { heartbeatMs } = around.timings;
    this.#record = record;
    this.#around = around;
    this.#onDeleted = onDeleted;
    this.#savedStanding = standingOf(record);
    this.#logger = around.logger.child({ endpointId: record.id });
    this.#report = this.#createUpkeep('report', heartbeatMs, () => this.#sendReport(false));
    this.#standing = this.#createUpkeep('standing', heartbeatMs, () => this.#saveStanding());
    this.#pool = this.#createPool();
  }

  get view(): EndpointView {
    return toEndpointView({ ...this.#record, ...this.#pool.standing }, this.#pool);
  }

  /** Once. A deletion that an earlier process began goes on. */
  start(): void {
    this.#pool.start();
    if (this.#record.status === 'deleting') {
      this.#tearingDown = this.#tearDown();
      return;
    }
    for (const upkeep of this.#upkeeps) upkeep.start();
  }

  /**
   * Resolves once the deletion is recorded; workers, access and row go afterwards. Twice is harmless.
   *
   * @throws MeshError DATABASE_UNAVAILABLE; nothing has changed then
   */
  async delete(): Promise<void> {
    if (this.#tearingDown !== undefined) return;
    await this.#around.table.update(this.#record.id, { ...this.#pool.standing, status: 'deleting' });
    this.#pool.markDeleting();
    this.#tearingDown ??= this.#tearDown();
  }

  /** Ends the workers and tells the dispatcher once more. The row stays. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#pool.stop(this.#around.stopGraceMs);
    await this.#tearingDown;
    await this.#stopUpkeeps();
    this.#around.metrics.forget(this.#record.id);
  }

  get #upkeeps(): readonly Upkeep[] {
    return [this.#report, this.#standing];
  }

  #createUpkeep(duty: string, intervalMs: number, task: () => Promise<void>): Upkeep {
    const { retry } = this.#around.timings;
    return new Upkeep({
      task,
      intervalMs,
      retry,
      onFailure: (error) => {
        this.#logger.warn({ err: error, duty }, 'endpoint upkeep failed');
      },
    });
  }

  async #stopUpkeeps(): Promise<void> {
    await Promise.all(this.#upkeeps.map((upkeep) => upkeep.stop(this.#around.timings.lastWordMs)));
  }

  #createPool(): WorkerPool {
    const { desiredWorkers, slotsPerWorker, status } = this.#record;
    return new WorkerPool({
      desiredWorkers: status === 'deleting' ? 0 : desiredWorkers,
      slotsPerWorker,
      standing: this.#savedStanding,
      startWorker: (seat) => this.#startWorker(seat),
      timings: this.#around.timings,
      logger: this.#logger,
      onChange: () => {
        this.#follow();
      },
      onExit: (workerId) => {
        this.#pendingReport.addLost(workerId);
        this.#report.wake();
      },
      onRestart: () => {
        this.#around.metrics.countRestart(this.#record.id);
      },
    });
  }

  async #startWorker(seat: number): Promise<WorkerHandle> {
    const { id: endpointId, jobTypes, slotsPerWorker: slots } = this.#record;
    const redisUrl = await this.#around.access.grant(endpointId);
    return this.#around.driver.start({
      workerId: createWorkerId(endpointId, seat),
      endpointId,
      jobTypes,
      slots,
      redisUrl,
    });
  }

  /** Something in the pool has changed. */
  #follow(): void {
    this.#around.metrics.setWorkers(this.#record.id, this.#pool.countByState());
    if (this.#pool.slots !== this.#seenSlots) {
      this.#seenSlots = this.#pool.slots;
      this.#report.wake();
    }
    if (!isSameStanding(this.#pool.standing, this.#savedStanding)) this.#standing.wake();
  }

  async #sendReport(removed: boolean): Promise<void> {
    await this.#pendingReport.send(this.#around.sendReport, {
      endpointId: this.#record.id,
      slots: this.#pool.slots,
      removed,
    });
  }

  async #saveStanding(): Promise<void> {
    const standing = this.#pool.standing;
    if (isSameStanding(standing, this.#savedStanding)) return;
    await this.#around.table.update(this.#record.id, standing);
    this.#savedStanding = standing;
  }

  async #tearDown(): Promise<void> {
    await this.#pool.stop(this.#around.stopGraceMs);
    await this.#stopUpkeeps();
    const isGone = await retryUntilDone(() => this.#removeTraces(), {
      retry: this.#around.timings.retry,
      signal: this.#stopping.signal,
      onFailure: (error) => {
        this.#logger.warn({ err: error }, 'endpoint could not be deleted yet');
      },
    });
    if (!isGone) return;
    this.#around.metrics.forget(this.#record.id);
    this.#logger.info('endpoint deleted');
    this.#onDeleted();
  }

  /** The row goes last: until then a next start finds what is left to do. */
  async #removeTraces(): Promise<void> {
    await this.#sendReport(true);
    await this.#around.access.revoke(this.#record.id);
    await this.#around.removeQueues(this.#record.id);
    await this.#around.table.delete(this.#record.id);
  }
}

function standingOf({ status, error, readyAt }: EndpointRecord): EndpointStanding {
  return { status, error, readyAt };
}

function isSameStanding(one: EndpointStanding, other: EndpointStanding): boolean {
  return (
    one.status === other.status && one.error === other.error && one.readyAt?.getTime() === other.readyAt?.getTime()
  );
}
