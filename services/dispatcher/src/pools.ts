import { workerDoor } from '@infermesh/contracts';
import type { Serving } from '@infermesh/job-queue';
import type { Releaser } from './releaser.js';

interface Pool {
  readonly releaser: Releaser;
  readonly door: Promise<Serving>;
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
  async configure(endpointId: string, slots: number): Promise<void> {
    if (this.#closed) return;
    let pool = this.#pools.get(endpointId);
    if (pool === undefined) {
      pool = { releaser: this.#createReleaser(endpointId), door: this.#openDoor(endpointId, workerDoor(endpointId)) };
      this.#pools.set(endpointId, pool);
      pool.door.catch(() => this.#pools.delete(endpointId));
    }
    await pool.door;
    pool.releaser.setSlots(slots);
  }

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
