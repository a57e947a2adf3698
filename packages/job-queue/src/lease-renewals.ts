import type { Connections } from './connections.js';
import type { LeaseStanding } from './job-queue.js';
import type { LeaseTarget } from './lease-token.js';
import { cancelMarksKey } from './queue-keys.js';

/** Renewals of one queue and time that travel together, each job once. */
interface Batch {
  readonly lockTokens: Map<string, string>;
  readonly standings: Promise<ReadonlyMap<string, LeaseStanding>>;
}

/** Renews leases. Those that are asked for together, as workers do for a batch of jobs, take one round trip. */
export class LeaseRenewals {
  readonly #connections: Connections;
  readonly #gathering = new Map<string, Batch>();

  constructor(connections: Connections) {
    this.#connections = connections;
  }

  /** @throws what Redis throws */
  async renew({ queue, jobId, lockToken }: LeaseTarget, leaseMs: number): Promise<LeaseStanding> {
    const key = `${queue} ${String(leaseMs)}`;
    let batch = this.#gathering.get(key);
    if (batch === undefined || batch.lockTokens.has(jobId)) {
      batch = this.#open(key, queue, leaseMs);
      this.#gathering.set(key, batch);
    }
    batch.lockTokens.set(jobId, lockToken);
    return (await batch.standings).get(jobId) ?? 'lost';
  }

  #open(key: string, queue: string, leaseMs: number): Batch {
    const lockTokens = new Map<string, string>();
    // A tick comes after all promises that are settled now: whoever renews many has asked for all of them by then.
    const gathered = new Promise<void>((resolve) => {
      process.nextTick(() => {
        if (this.#gathering.get(key) === batch) this.#gathering.delete(key);
        resolve();
      });
    });
    const batch: Batch = { lockTokens, standings: gathered.then(() => this.#send(queue, lockTokens, leaseMs)) };
    return batch;
  }

  async #send(
    queue: string,
    lockTokens: ReadonlyMap<string, string>,
    leaseMs: number,
  ): Promise<ReadonlyMap<string, LeaseStanding>> {
    const jobIds = [...lockTokens.keys()];
    const [lost, marks] = await Promise.all([
      this.#connections.queue(queue).backend.extendLocks(jobIds, [...lockTokens.values()], leaseMs),
      this.#connections.request.zmscore(cancelMarksKey(queue), ...jobIds),
    ]);
    const isLost = new Set(lost);
    const standingOf = (jobId: string, index: number): LeaseStanding => {
      if (isLost.has(jobId)) return 'lost';
      return (marks[index] ?? null) === null ? 'held' : 'cancelled';
    };
    return new Map(jobIds.map((jobId, index) => [jobId, standingOf(jobId, index)]));
  }
}
