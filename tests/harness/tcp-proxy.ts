import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export type ProxyTarget = { readonly path: string } | { readonly host: string; readonly port: number };

/** What the network between two processes does. Each way counts for the connections there are and for new ones. */
export type Network =
  | { readonly kind: 'pass' }
  /** Connections break, new ones are reset. */
  | { readonly kind: 'refuse' }
  /** Nothing arrives, nothing breaks: a partition. What was sent arrives after it. */
  | { readonly kind: 'freeze' }
  /** Every piece takes this much longer. */
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'throttle'; readonly bytesPerSecond: number }
  /** A connection is reset after so many bytes of answers. */
  | { readonly kind: 'cut'; readonly afterBytes: number }
  /** Whatever is asked, this is the whole answer, and the connection ends. */
  | { readonly kind: 'answer'; readonly text: string };

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  answeredBytes: number;
}

interface Trap {
  readonly text: string;
  readonly spring: () => void;
}

/** Stands on a port of 127.0.0.1 before a server, and makes the network between bad on demand. */
export class TcpProxy implements AsyncDisposable {
  target: ProxyTarget;
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  #network: Network = { kind: 'pass' };
  /** Ends when the network changes. */
  #present = new AbortController();
  #trap: Trap | undefined;

  private constructor(target: ProxyTarget) {
    this.target = target;
    this.#server = createServer({ pauseOnConnect: true }, (client) => {
      this.#accept(client);
    });
  }

  static async start(target: ProxyTarget): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy does not listen');
    return address.port;
  }

  /** The same URL, leading through this proxy. */
  urlFor(url: string): string {
    const through = new URL(url);
    through.hostname = '127.0.0.1';
    through.port = String(this.port);
    return through.href;
  }

  set(network: Network): void {
    this.#network = network;
    this.#present.abort();
    this.#present = new AbortController();
    if (network.kind === 'refuse') this.#breakAll();
  }

  /**
   * Resolves when a client sends something with this text. That piece does not arrive: the network is frozen from there on,
   * so that whoever sent it can be killed at exactly this point of its work.
   */
  async freezeAt(text: string, signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const onAbort = (): void => {
        this.#trap = undefined;
        reject(new Error(`nothing with ${text} was sent`));
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#trap = {
        text,
        spring: () => {
          this.#trap = undefined;
          signal.removeEventListener('abort', onAbort);
          this.set({ kind: 'freeze' });
          resolve();
        },
      };
    });
  }

  #accept(client: Socket): void {
    client.on('error', () => undefined);
    if (this.#network.kind === 'refuse') {
      client.resetAndDestroy();
      return;
    }
    const server = connect({ ...this.target });
    server.on('error', () => undefined);
    const pair: Pair = { client, server, answeredBytes: 0 };
    this.#pairs.add(pair);
    const end = (): void => {
      this.#pairs.delete(pair);
      client.destroy();
      server.destroy();
    };
    client.once('close', end);
    server.once('close', end);
    void this.#pump(client, server, (piece) => this.#onRequest(pair, piece));
    void this.#pump(server, client, (piece) => this.#onAnswer(pair, piece));
  }

  async #pump(from: Socket, to: Socket, pass: (piece: Buffer) => Promise<boolean>): Promise<void> {
    try {
      for await (const piece of from as AsyncIterable<Buffer>) {
        if (!(await pass(piece)) || to.destroyed) break;
        if (!to.write(piece)) await Promise.race([once(to, 'drain'), once(to, 'close')]);
      }
      to.end();
    } catch {
      to.destroy();
    }
  }

  /** False ends the connection without handing the piece on. */
  async #onRequest(pair: Pair, piece: Buffer): Promise<boolean> {
    if (this.#trap !== undefined && piece.includes(this.#trap.text)) this.#trap.spring();
    await this.#hold(piece.byteLength);
    if (this.#network.kind !== 'answer') return true;
    pair.client.end(this.#network.text);
    return false;
  }

  async #onAnswer(pair: Pair, piece: Buffer): Promise<boolean> {
    await this.#hold(piece.byteLength);
    pair.answeredBytes += piece.byteLength;
    if (this.#network.kind !== 'cut' || pair.answeredBytes <= this.#network.afterBytes) return true;
    const over = pair.answeredBytes - this.#network.afterBytes;
    pair.client.write(piece.subarray(0, Math.max(piece.byteLength - over, 0)), () => pair.client.resetAndDestroy());
    return false;
  }

  /** Keeps a piece for as long as the network wants, or until the network is another one. */
  async #hold(sizeBytes: number): Promise<void> {
    const waitMs = waitOf(this.#network, sizeBytes);
    if (waitMs > 0) await delay(waitMs, undefined, { signal: this.#present.signal }).catch(() => undefined);
  }

  #breakAll(): void {
    for (const { client, server } of this.#pairs) {
      client.resetAndDestroy();
      server.destroy();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.set({ kind: 'refuse' });
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }
}

const forEverMs = 2 ** 31 - 1;

function waitOf(network: Network, sizeBytes: number): number {
  switch (network.kind) {
    case 'freeze':
      return forEverMs;
    case 'delay':
      return network.ms;
    case 'throttle':
      return (sizeBytes / network.bytesPerSecond) * 1000;
    default:
      return 0;
  }
}
