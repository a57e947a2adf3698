import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { MeshError } from '@infermesh/errors';

export interface ListenerLimits {
  /** Default 10,000; further ones are closed at once. */
  readonly maxConnections: number;
  readonly maxHeaderBytes: number;
  /** Time to send the whole head. */
  readonly headersTimeoutMs: number;
  /** Time to send head and body. */
  readonly receiveTimeoutMs: number;
  /** How long an idle connection stays open. Longer than the proxy's in front, or requests meet closed connections. */
  readonly keepAliveTimeoutMs: number;
}

export interface ListenerOptions {
  readonly host: string;
  readonly port: number;
  readonly limits: ListenerLimits;
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void;
}

/** One listening address. */
export class Listener {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** @throws MeshError CONFIG_INVALID when the address cannot be taken */
  static async open({ host, port, limits, handle }: ListenerOptions): Promise<Listener> {
    const server = createServer(
      {
        maxHeaderSize: limits.maxHeaderBytes,
        headersTimeout: limits.headersTimeoutMs,
        requestTimeout: limits.receiveTimeoutMs,
        keepAliveTimeout: limits.keepAliveTimeoutMs,
        connectionsCheckingInterval: Math.min(5_000, Math.ceil(limits.headersTimeoutMs / 2)),
        // Small clients send none, and no route depends on it.
        requireHostHeader: false,
        noDelay: true,
      },
      handle,
    );
    server.maxConnections = limits.maxConnections;
    server.on('checkContinue', handle);
    server.on('clientError', refuseMalformed);
    server.listen({ host, port });
    await once(server, 'listening').catch((error: unknown) => {
      const code = String((error as NodeJS.ErrnoException).code);
      throw new MeshError(
        'CONFIG_INVALID',
        `cannot listen on ${host}:${String(port)} (${code}): free the address, or choose another`,
        { cause: error },
      );
    });
    return new Listener(server);
  }

  get host(): string {
    return this.#address.address;
  }

  get port(): number {
    return this.#address.port;
  }

  get url(): string {
    const { address, family, port } = this.#address;
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${String(port)}`;
  }

  /** Takes no more connections; resolves when the last one is gone. */
  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }

  closeIdle(): void {
    this.#server.closeIdleConnections();
  }

  closeAll(): void {
    this.#server.closeAllConnections();
  }

  get #address(): AddressInfo {
    return this.#server.address() as AddressInfo;
  }
}

const statusOfError: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/** What is not HTTP has no path, hence no dialect: a status and nothing else. */
function refuseMalformed(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const status = statusOfError[error.code ?? ''] ?? '400 Bad Request';
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
}
