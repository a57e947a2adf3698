import type { Database } from '@infermesh/database';
import type { Logger } from '@infermesh/telemetry';

const writeEveryMs = 5_000;

/** Notes which keys were used, and writes it in groups: a request never waits for it. */
export class LastUsed implements AsyncDisposable {
  readonly #db: Database;
  readonly #logger: Logger;
  readonly #used = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;
  #writing: Promise<void> = Promise.resolve();

  constructor(db: Database, logger: Logger) {
    this.#db = db;
    this.#logger = logger;
    this.#timer = setInterval(() => {
      this.#writing = this.#write();
    }, writeEveryMs);
  }

  note(keyId: string): void {
    this.#used.set(keyId, Date.now());
  }

  async #write(): Promise<void> {
    if (this.#used.size === 0) return;
    const used = [...this.#used].map(([id, at]) => ({ id, at: new Date(at).toISOString() }));
    this.#used.clear();
    try {
      await this.#db.query(
        `UPDATE api_key SET last_used_at = greatest(last_used_at, used.at)
         FROM jsonb_to_recordset($1::jsonb) AS used(id text, at timestamptz) WHERE api_key.id = used.id`,
        [JSON.stringify(used)],
      );
    } catch (error) {
      this.#logger.warn({ err: error }, 'last use of keys not written');
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#writing;
    await this.#write();
  }
}
