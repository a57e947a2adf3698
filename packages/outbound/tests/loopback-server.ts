import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';

export interface LoopbackServer extends AsyncDisposable {
  readonly port: number;
  /** Sockets opened so far. */
  readonly connections: readonly Socket[];
}

export function serveHttp(handle: RequestListener): Promise<LoopbackServer> {
  return open(createHttpServer(handle));
}

/** Answers below HTTP, for servers that misbehave. */
export function serveTcp(handle: (socket: Socket) => void): Promise<LoopbackServer> {
  return open(createTcpServer(handle));
}

export async function open(server: Server): Promise<LoopbackServer> {
  const connections: Socket[] = [];
  server.on('connection', (socket: Socket) => {
    connections.push(socket);
    socket.on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    connections,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of connections) socket.destroy();
      await closed;
    },
  };
}
