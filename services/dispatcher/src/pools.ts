import { workerDoor } from '@infermesh/contracts';
import type { Serving } from '@infermesh/job-queue';
import type { Releaser } from './releaser.js';

interface Pool {
  readonly releaser: Releaser;
  readonly door: Promise<Serving>;
  /** Milliseconds of `performance.now()`; undefined until the door is open. */
  openedAt: number | undefined;
  reportedAt: number;
}

/** The endpoints this dispatcher knows: for each a releaser and a door for its workers. */
export class Pools implements AsyncDisposable {
  readonly #pools = new Map<string, Pool>();
  readonly #createReleaser: (endpointId: string) => Releaser;
  readonly #openDoor: (endpointId: string, queue: string) => Promise<Serving>;
  #closed = false;

  constructor(
    createReleaser: (endpointId: string) => Releaser,
    openDoor: (endpointId: string, queue: string) => Promise<Serving>,
  ) {
    this.#createReleaser = createReleaser;
    this.#openDoor = openDoor;
  }

  /** Opens the pool's door when it is new. Resolves once its workers are heard. */
  async open(endpointId: string): Promise<void> {
    await this.#find(endpointId)?.door;
  }

  /** What the endpoint manager says of a pool. Resolves once its workers are heard. */
  async configure(endpointId: string, slots: number): Promise<void> {
    const pool = this.#find(endpointId);
    if (pool === undefined) return;
    pool.reportedAt = performance.now();
    await pool.door;
    pool.releaser.setSlots(slots);
  }

  #find(endpointId: string): Pool | undefined {
    const known = this.#pools.get(endpointId);
    if (known !== undefined || this.#closed) return known;
    const now = performance.now();
    const pool: Pool = {
      releaser: this.#createReleaser(endpointId),
      door: this.#openDoor(endpointId, workerDoor(endpointId)),
      openedAt: undefined,
      reportedAt: now,
    };
    this.#pools.set(endpointId, pool);
    pool.door.then(
      () => (pool.openedAt = performance.now()),
      () => this.#pools.delete(endpointId),
    );
    return pool;
  }

  /** Endpoints whose door has been open for so long. */
  listOpenFor(ms: number): string[] {
    const before = performance.now() - ms;
    return [...this.#pools].filter(([, { openedAt }]) => (openedAt ?? Infinity) <= before).map(([id]) => id);
  }

  /** @returns who releases an endpoint's jobs; undefined for an endpoint that nobody has spoken of */
  findReleaser(endpointId: string): Releaser | undefined {
    return this.#pools.get(endpointId)?.releaser;
  }

  /** Room may have appeared at an endpoint. */
  wake(endpointId: string): void {
    this.#pools.get(endpointId)?.releaser.wake();
  }

  wakeAll(): void {
    for (const { releaser } of this.#pools.values()) releaser.wake();
  }

  async remove(endpointId: string): Promise<void> {
    const pool = this.#pools.get(endpointId);
    this.#pools.delete(endpointId);
    if (pool !== undefined) await closePool(pool);
  }

  /** Closes the pools that nobody has spoken of for so long: their endpoints are gone. */
  async removeSilent(ms: number, isBusy: (endpointId: string) => boolean): Promise<void> {
    const before = performance.now() - ms;
    const silent = [...this.#pools].filter(([id, { reportedAt }]) => reportedAt < before && !isBusy(id));
    await Promise.all(silent.map(([id]) => this.remove(id)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#pools.values()].map(closePool));
    this.#pools.clear();
  }
}

async function closePool({ releaser, door }: Pool): Promise<void> {
  const serving = await door.catch(() => undefined);
  await serving?.[Symbol.asyncDispose]();
  await releaser.idle();
}
