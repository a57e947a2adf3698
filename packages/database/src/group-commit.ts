import { MeshError } from '@infermesh/errors';
import { isRowError } from './database-error.js';

export interface GroupCommitOptions<Item, Outcome> {
  /** Items of one flush at most; default 64. */
  readonly maxBatch?: number;
  /** Flushes under way at once; default 1, which keeps the order of items. */
  readonly concurrency?: number;
  /** Items that wait at most, beyond those in flight; default 10,000. */
  readonly maxBacklog?: number;
  /**
   * Writes a batch, usually in one statement or one transaction. Answers by index; an Error at an index fails that item
   * alone. When the whole promise rejects, nothing of the batch may have been written.
   */
  readonly commit: (items: readonly Item[]) => Promise<readonly (Outcome | Error)[]>;
  /**
   * After a whole batch failed by this error, commit its items one by one, so that one bad row fails alone.
   * Default: when Postgres refused what it was sent for good, or when the batch could not be written down at all. `() => false`
   * turns it off.
   */
  readonly retrySingly?: (error: unknown) => boolean;
}

interface Waiting<Item, Outcome> {
  readonly item: Item;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Gathers writes of many callers into few commits, or reads into few statements. It flushes at once when idle; what arrives during a flush leaves with
 * the next one, so nothing waits for a timer.
 */
export class GroupCommit<Item, Outcome> implements AsyncDisposable {
  readonly #maxBatch: number;
  readonly #concurrency: number;
  readonly #maxBacklog: number;
  readonly #commit: GroupCommitOptions<Item, Outcome>['commit'];
  readonly #retrySingly: (error: unknown) => boolean;
  #waiting: Waiting<Item, Outcome>[] = [];
  readonly #flushes = new Set<Promise<void>>();
  #stopped = false;

  constructor({
    maxBatch = 64,
    concurrency = 1,
    maxBacklog = 10_000,
    commit,
    retrySingly = isOfOneItem,
  }: GroupCommitOptions<Item, Outcome>) {
    this.#maxBatch = maxBatch;
    this.#concurrency = concurrency;
    this.#maxBacklog = maxBacklog;
    this.#commit = commit;
    this.#retrySingly = retrySingly;
  }

  /** Items that wait for a flush, without those in flight. */
  get backlog(): number {
    return this.#waiting.length;
  }

  /**
   * Resolves once the item is committed, with its outcome.
   *
   * @throws MeshError QUEUE_FULL when the backlog is full; DATABASE_UNAVAILABLE after disposal; whatever `commit` raised
   */
  add(item: Item): Promise<Outcome> {
    if (this.#stopped) return Promise.reject(new MeshError('DATABASE_UNAVAILABLE', 'the group has stopped'));
    if (this.#waiting.length >= this.#maxBacklog) {
      return Promise.reject(
        new MeshError('QUEUE_FULL', 'too many callers wait for the database', { retryAfterSeconds: 1 }),
      );
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      this.#pump();
    });
  }

  /** Takes no more items; resolves once those taken are committed or have failed. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    while (this.#flushes.size > 0) await Promise.all(this.#flushes);
  }

  #pump(): void {
    while (this.#waiting.length > 0 && this.#flushes.size < this.#concurrency) {
      const batch = this.#waiting.splice(0, this.#maxBatch);
      const flush: Promise<void> = this.#flush(batch).finally(() => {
        this.#flushes.delete(flush);
        this.#pump();
      });
      this.#flushes.add(flush);
    }
  }

  async #flush(batch: readonly Waiting<Item, Outcome>[]): Promise<void> {
    try {
      const outcomes = await this.#commit(batch.map(({ item }) => item));
      if (outcomes.length !== batch.length)
        throw new MeshError('INTERNAL', 'the commit answered another number of outcomes than it got items');
      batch.forEach(({ resolve, reject }, index) => {
        const outcome = outcomes[index] as Outcome | Error;
        if (outcome instanceof Error) reject(outcome);
        else resolve(outcome);
      });
    } catch (error) {
      if (batch.length > 1 && this.#retrySingly(error)) {
        for (const waiting of batch) await this.#flush([waiting]);
        return;
      }
      for (const { reject } of batch) reject(error);
    }
  }
}

/** One item may be the reason, such as a value that is nested too deep to be written as JSON. */
function isOfOneItem(error: unknown): boolean {
  return isRowError(error) || error instanceof RangeError || error instanceof TypeError;
}
