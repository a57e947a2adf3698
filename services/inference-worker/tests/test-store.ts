import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  /** Counted from 1. */
  readonly connection: number;
}

type Answering = (response: ServerResponse, received: Received) => void;

/** What stands for the object store: it answers as a test says, and notes what it was asked. */
export class TestStore implements AsyncDisposable {
  readonly url: string;
  readonly received: Received[] = [];
  #answer: Answering;
  readonly #server: ReturnType<typeof createServer>;
  readonly #connections = new Map<unknown, number>();

  private constructor(server: ReturnType<typeof createServer>, answer: Answering) {
    this.#server = server;
    this.#answer = answer;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('request', (request, response) => {
      void this.#handle(request, response);
    });
  }

  static async start(answer: Answering = (response) => response.end('content')): Promise<TestStore> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new TestStore(server, answer);
  }

  answerWith(answer: Answering): void {
    this.#answer = answer;
  }

  /** From the heads of requests on, whose bodies are not read. */
  answerAtOnce(answer: (response: ServerResponse) => void): void {
    this.#server.removeAllListeners('request').on('request', (_request, response) => {
      answer(response);
    });
  }

  /** The next request, once it was received as a whole. */
  async next(): Promise<Received> {
    const [received] = (await once(this.#server, 'received')) as [Received];
    return received;
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const known = this.#connections.get(request.socket) ?? this.#connections.size + 1;
    this.#connections.set(request.socket, known);
    const { method = '', url: path = '', headers } = request;
    const received = { method, path, headers, body: await buffer(request), connection: known };
    this.received.push(received);
    this.#server.emit('received', received);
    this.#answer(response, received);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
