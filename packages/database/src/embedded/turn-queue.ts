/** Runs one exchange of messages and tells whether a transaction is open after it. */
export type RunExchange = (bytes: Buffer, onAnswer: (bytes: Buffer) => void) => Promise<{ inTransaction: boolean }>;

interface Turn {
  readonly client: object;
  readonly run: () => Promise<{ inTransaction: boolean }>;
  /** False while the client has not yet sent its Sync: the session stays with it. */
  readonly ends: boolean;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Shares the one session of an embedded Postgres between clients: whole exchanges only, never message by message
 * (another client's statement would take the place of the unnamed one), and whole transactions.
 */
export class TurnQueue {
  readonly #run: RunExchange;
  readonly #rollback: Buffer;
  readonly #gone = new WeakSet<object>();
  #turns: Turn[] = [];
  #holder: object | undefined;
  #running = false;

  /** @param rollback the messages that end whatever a client that left has begun */
  constructor(run: RunExchange, rollback: Buffer) {
    this.#run = run;
    this.#rollback = rollback;
  }

  /** The client whose transaction is open. */
  get holder(): object | undefined {
    return this.#holder;
  }

  /** @throws whatever the engine raises; Postgres' own errors are answers like any other */
  take(client: object, bytes: Buffer, ends: boolean, onAnswer: (bytes: Buffer) => void): Promise<void> {
    return this.#enqueue(client, ends, () => this.#run(bytes, onAnswer));
  }

  /** Has the engine to itself for as long as `work` takes, in no client's transaction. */
  async alone<T>(work: () => Promise<T>): Promise<T> {
    let result: T | undefined;
    await this.#enqueue({}, true, async () => {
      result = await work();
      return { inTransaction: false };
    });
    return result as T;
  }

  #enqueue(client: object, ends: boolean, run: Turn['run']): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#turns.push({ client, run, ends, resolve, reject });
      void this.#pump();
    });
  }

  /** Whether nobody waits and no transaction is open. */
  get isIdle(): boolean {
    return !this.#running && this.#holder === undefined;
  }

  /**
   * Forgets what a client still waits for, and rolls its transaction back.
   *
   * @param last an exchange that frees what it leaves in the session
   */
  async leave(client: object, last?: Buffer): Promise<void> {
    this.#gone.add(client);
    this.#turns = this.#turns.filter((turn) => turn.client !== client);
    if (this.#holder === client) await this.#rollBack(client);
    if (last !== undefined) await this.take(client, last, true, () => undefined);
  }

  #rollBack(client: object): Promise<void> {
    return this.take(client, this.#rollback, true, () => undefined);
  }

  async #pump(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    for (let turn = this.#next(); turn !== undefined; turn = this.#next()) await this.#serve(turn);
    this.#running = false;
  }

  #next(): Turn | undefined {
    const index = this.#holder === undefined ? 0 : this.#turns.findIndex(({ client }) => client === this.#holder);
    return index === -1 ? undefined : this.#turns.splice(index, 1)[0];
  }

  async #serve({ client, run, ends, resolve, reject }: Turn): Promise<void> {
    try {
      const { inTransaction } = await run();
      const held = this.#holder === client;
      this.#holder = ends && !inTransaction ? undefined : client;
      resolve();
      // it left during this very exchange, which opened a transaction
      if (!held && this.#holder === client && this.#gone.has(client)) this.#rollBack(client).catch(reject);
    } catch (error) {
      reject(error);
    }
  }
}
