import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A connection below HTTP, for clients that misbehave. */
export class RawClient implements Disposable {
  readonly socket: Socket;
  #received = '';

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      this.#received += chunk.toString('latin1');
    });
  }

  static async connect(url: string): Promise<RawClient> {
    const { hostname, port } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port) });
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  get received(): string {
    return this.#received;
  }

  send(text: string): void {
    this.socket.write(text);
  }

  /** Resolves once the text has arrived. */
  async until(text: string): Promise<void> {
    while (!this.#received.includes(text)) await once(this.socket, 'data');
  }

  /** Resolves once the server has closed the connection. */
  async closed(): Promise<void> {
    // Not events.once, which a reset would reject.
    if (!this.socket.closed) await new Promise((resolve) => this.socket.once('close', resolve));
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}
