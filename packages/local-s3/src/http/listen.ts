import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { RequestHandler } from './request-handler.js';

const headersTimeoutMs = 15_000;
/** A connection on which nothing moves for this long is cut, also in the middle of a body. */
const idleTimeoutMs = 300_000;
const keepAliveTimeoutMs = 65_000;
const requestTimeoutMs = 6 * 3_600_000;
const maxHeaderBytes = 16 * 1024;
const stopGraceMs = 5000;

function createHttpServer(handler: RequestHandler): Server {
  const server = createServer({
    maxHeaderSize: maxHeaderBytes,
    headersTimeout: headersTimeoutMs,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: keepAliveTimeoutMs,
  });
  server.setTimeout(idleTimeoutMs);
  server.on('request', (message, response) => {
    void handler.handle(message, response, { expectsContinue: false });
  });
  server.on('checkContinue', (message, response) => {
    void handler.handle(message, response, { expectsContinue: true });
  });
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    else socket.destroy();
  });
  return server;
}

/** Resolves when no answer is on its way any more, or after the grace. */
async function finishAnswers(answers: ReadonlySet<ServerResponse>): Promise<void> {
  const { promise: tooLong, cancel } = cancellableDelay(stopGraceMs);
  const closed = Promise.all([...answers].map((response) => once(response, 'close')));
  await Promise.race([closed, tooLong]);
  cancel();
}

function cancellableDelay(delayMs: number): { readonly promise: Promise<void>; readonly cancel: () => void } {
  const abort = new AbortController();
  const promise = delay(delayMs, undefined, { signal: abort.signal }).catch(() => undefined);
  return {
    promise,
    cancel: () => {
      abort.abort();
    },
  };
}

export interface Listening extends AsyncDisposable {
  readonly port: number;
}

/** Disposing lets running requests end for 5 s, then cuts them off. */
export async function listen(handler: RequestHandler, host: string, port: number): Promise<Listening> {
  const server = createHttpServer(handler);
  const answers = new Set<ServerResponse>();
  const track = (_message: IncomingMessage, response: ServerResponse): void => {
    answers.add(response);
    response.once('close', () => answers.delete(response));
  };
  server.prependListener('request', track);
  server.prependListener('checkContinue', track);
  server.listen(port, host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      await finishAnswers(answers);
      server.closeAllConnections();
      await closed;
    },
  };
}
