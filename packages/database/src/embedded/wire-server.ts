import { createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { MessageReader, type WireMessage } from './message-reader.js';
import { StatementNames, typedMessage } from './statement-names.js';
import { TurnQueue, type RunExchange } from './turn-queue.js';

export interface WireServerOptions {
  readonly socketPath: string;
  readonly run: RunExchange;
  /** A transaction in which the client says nothing for so long is rolled back: it holds up everybody. */
  readonly idleInTransactionMs: number;
  /** The engine itself failed: its memory can no longer be trusted. */
  readonly onEngineFailure: (error: unknown) => void;
}

/** Serves the Postgres wire protocol on a unix socket. */
export class WireServer implements AsyncDisposable {
  readonly #server: Server;
  readonly #options: WireServerOptions;
  readonly #queue: TurnQueue;
  readonly #connections = new Set<WireConnection>();
  #accepted = 0;

  constructor(options: WireServerOptions) {
    this.#options = options;
    // Sync first: it ends an exchange that was cut in two
    this.#queue = new TurnQueue(options.run, Buffer.concat([typedMessage('S'), typedMessage('Q', 'rollback\0')]));
    this.#server = createServer((socket) => {
      const connection = new WireConnection(socket, this.#queue, options, ++this.#accepted);
      this.#connections.add(connection);
      socket.once('close', () => this.#connections.delete(connection));
    });
  }

  /** Whether nobody waits and no transaction is open. */
  get isIdle(): boolean {
    return this.#queue.isIdle;
  }

  /** Has the engine to itself for as long as `work` takes, in no client's transaction. */
  alone<T>(work: () => Promise<T>): Promise<T> {
    return this.#queue.alone(work);
  }

  async listen(): Promise<void> {
    this.#server.listen(this.#options.socketPath);
    await once(this.#server, 'listening');
  }

  /** Lets the exchange that runs end, then closes every connection. */
  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const connection of this.#connections) connection.end();
    await closed;
  }
}

/** The messages that make a client wait for an answer. `H` (Flush) answers, yet keeps the exchange open. */
const endings = new Set(['Q', 'S', 'F', 'startup']);

class WireConnection {
  readonly #socket: Socket;
  readonly #queue: TurnQueue;
  readonly #options: WireServerOptions;
  readonly #reader = new MessageReader();
  readonly #names: StatementNames;
  #exchange: Buffer[] = [];
  #idleTimer: NodeJS.Timeout | undefined;
  #underWay = 0;

  constructor(socket: Socket, queue: TurnQueue, options: WireServerOptions, number: number) {
    this.#socket = socket;
    this.#queue = queue;
    this.#options = options;
    this.#names = new StatementNames(number);
    socket.setNoDelay(true);
    socket.on('data', (chunk) => {
      this.#receive(chunk);
    });
    socket.on('error', () => socket.destroy());
    socket.once('close', () => {
      this.#leave();
    });
  }

  end(): void {
    this.#socket.destroySoon();
  }

  #receive(chunk: Buffer): void {
    clearTimeout(this.#idleTimer);
    try {
      for (const message of this.#reader.read(chunk)) this.#accept(message);
    } catch {
      this.#socket.destroy();
    }
  }

  #accept(message: WireMessage): void {
    const { type } = message;
    if (type === 'encrypt') this.#socket.write('N');
    else if (type === 'cancel' || type === 'X') this.#socket.end();
    else {
      this.#exchange.push(this.#names.rename(message));
      if (endings.has(type) || type === 'H') this.#send(type !== 'H');
    }
  }

  #send(ends: boolean): void {
    const bytes = Buffer.concat(this.#exchange);
    this.#exchange = [];
    this.#underWay += 1;
    this.#queue
      .take(this, bytes, ends, (answer) => {
        if (this.#socket.writable) this.#socket.write(answer);
      })
      .then(() => {
        this.#underWay -= 1;
        this.#watchIdle();
      }, this.#options.onEngineFailure);
  }

  #watchIdle(): void {
    if (this.#queue.holder !== this || this.#underWay > 0) return;
    clearTimeout(this.#idleTimer);
    this.#idleTimer = setTimeout(() => {
      this.#socket.end(fatal('25P03', 'terminating connection due to idle-in-transaction timeout'));
      this.#socket.destroySoon();
    }, this.#options.idleInTransactionMs);
  }

  #leave(): void {
    clearTimeout(this.#idleTimer);
    this.#exchange = [];
    this.#queue.leave(this, this.#names.closeAll()).catch(this.#options.onEngineFailure);
  }
}

function fatal(state: string, text: string): Buffer {
  return typedMessage('E', `SFATAL\0VFATAL\0C${state}\0M${text}\0\0`);
}
