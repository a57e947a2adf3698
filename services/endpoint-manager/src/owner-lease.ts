import { randomUUID } from 'node:crypto';
import type { Database } from '@infermesh/database';

export interface OwnerLeaseOptions {
  readonly database: Database;
  /** What is owned. */
  readonly name: string;
  /** How long an owner is believed without a sign of life, by the clock of the database. */
  readonly leaseMs: number;
}

/** A row that at most one process owns. @throws MeshError DATABASE_UNAVAILABLE from every method */
export class OwnerLease {
  readonly #options: OwnerLeaseOptions;
  readonly #owner = randomUUID();

  constructor(options: OwnerLeaseOptions) {
    this.#options = options;
  }

  /** Takes the lease if it is free or has lapsed, renews it if it is ours. @returns whether it is ours now */
  async hold(): Promise<boolean> {
    return this.#write('WHERE owner_lease.owner = excluded.owner OR owner_lease.expires_at < now()');
  }

  /** Takes the lease whoever has it: for who knows by other means that the owner is gone. */
  async seize(): Promise<void> {
    await this.#write('');
  }

  /** Lets the next one begin at once. Harmless when it is not ours. */
  async release(): Promise<void> {
    const { database, name } = this.#options;
    await database.query('DELETE FROM owner_lease WHERE name = $1 AND owner = $2', [name, this.#owner]);
  }

  async #write(condition: string): Promise<boolean> {
    const { database, name, leaseMs } = this.#options;
    const { rowCount } = await database.query(
      `INSERT INTO owner_lease (name, owner, expires_at) VALUES ($1, $2, now() + $3 * interval '1 millisecond')
       ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, expires_at = excluded.expires_at ${condition}`,
      [name, this.#owner, leaseMs],
    );
    return rowCount > 0;
  }
}
