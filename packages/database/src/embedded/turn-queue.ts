/** Runs one exchange of messages and tells whether a transaction is open after it. */
export type RunExchange = (bytes: Buffer, onAnswer: (bytes: Buffer) => void) => Promise<{ inTransaction: boolean }>;

interface Turn {
  readonly client: object;
  readonly bytes: Buffer;
  /** False while the client has not yet sent its Sync: the session stays with it. */
  readonly ends: boolean;
  readonly onAnswer: (bytes: Buffer) => void;
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
    return new Promise((resolve, reject) => {
      this.#turns.push({ client, bytes, ends, onAnswer, resolve, reject });
      void this.#pump();
    });
  }

  /** Forgets what a client still waits for, and rolls its transaction back. */
  async leave(client: object): Promise<void> {
    this.#gone.add(client);
    this.#turns = this.#turns.filter((turn) => turn.client !== client);
    if (this.#holder === client) await this.#rollBack(client);
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

  async #serve({ client, bytes, ends, onAnswer, resolve, reject }: Turn): Promise<void> {
    try {
      const { inTransaction } = await this.#run(bytes, onAnswer);
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
