import type { Database } from '@infermesh/database';
import { getQueuePosition, lastPosition, listQueuedIds } from './records/read-jobs.js';

/** How long clients may be told of a place that they have left. */
const believedMs = 500;

interface Seen {
  readonly untilMs: number;
  /** From 1 on, by job. */
  readonly places: Promise<ReadonlyMap<string, number>>;
}

/** Where jobs stand in the queues of their endpoints. Many poll at once: each queue is read once for all of them. */
export class QueuePositions {
  readonly #db: Database;
  readonly #seen = new Map<string, Seen>();

  constructor(db: Database) {
    this.#db = db;
  }

  /**
   * The place among the jobs that wait at the endpoint, by time, as it was half a second ago at most; 1000 for all behind.
   *
   * @throws MeshError DATABASE_UNAVAILABLE
   */
  async of(endpointId: string, jobId: string): Promise<number> {
    const places = await this.#placesAt(endpointId);
    const place = places.get(jobId) ?? (places.size < lastPosition ? undefined : lastPosition);
    return place ?? getQueuePosition(this.#db, jobId);
  }

  #placesAt(endpointId: string): Seen['places'] {
    const known = this.#seen.get(endpointId);
    if (known !== undefined && known.untilMs > performance.now()) return known.places;
    const places = this.#read(endpointId);
    this.#seen.set(endpointId, { untilMs: performance.now() + believedMs, places });
    places.catch(() => this.#seen.delete(endpointId));
    return places;
  }

  async #read(endpointId: string): Promise<ReadonlyMap<string, number>> {
    this.#forgetOld();
    const ids = await listQueuedIds(this.#db, endpointId);
    return new Map(ids.map((id, index) => [id, index + 1]));
  }

  #forgetOld(): void {
    for (const [endpointId, { untilMs }] of this.#seen) if (untilMs <= performance.now()) this.#seen.delete(endpointId);
  }
}
