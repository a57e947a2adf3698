import type { Pools } from './pools.js';
import type { FreshRelease } from './records/release-jobs.js';
import type { Releaser } from './releaser.js';

interface QueuedRow extends FreshRelease {
  readonly endpoint_id: string;
}

/** The endpoints' slots, for a statement that may release what it queues. */
class Loan implements Disposable {
  readonly slots: ReadonlyMap<string, number>;
  readonly #lenders: ReadonlyMap<string, Releaser>;

  constructor(pools: Pools, endpointIds: Iterable<string>) {
    const slots = new Map<string, number>();
    const lenders = new Map<string, Releaser>();
    for (const endpointId of new Set(endpointIds)) {
      const releaser = pools.findReleaser(endpointId);
      const lent = releaser?.borrowSlots();
      if (releaser === undefined || lent === undefined) continue;
      slots.set(endpointId, lent);
      lenders.set(endpointId, releaser);
    }
    this.slots = slots;
    this.#lenders = lenders;
  }

  deliver(rows: readonly QueuedRow[]): void {
    for (const [endpointId, releaser] of this.#lenders) {
      const released = rows.filter((row) => row.endpoint_id === endpointId && row.release > 0);
      if (released.length > 0) releaser.deliver(released);
    }
  }

  [Symbol.dispose](): void {
    for (const releaser of this.#lenders.values()) releaser.giveSlotsBack();
  }
}

/**
 * Lets a statement queue jobs and release them in one go, where nobody waits and there is room: what it has released is delivered,
 * and nothing else is released at these endpoints meanwhile.
 *
 * @param endpointIds where it is going to queue jobs
 */
export async function releasingEarly<Row extends QueuedRow | undefined>(
  pools: Pools,
  endpointIds: Iterable<string>,
  write: (slots: ReadonlyMap<string, number>) => Promise<Row[]>,
): Promise<Row[]> {
  using loan = new Loan(pools, endpointIds);
  const rows = await write(loan.slots);
  loan.deliver(rows.filter((row) => row !== undefined));
  return rows;
}
