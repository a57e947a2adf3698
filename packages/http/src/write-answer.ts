import type { IncomingMessage, ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AnswerBody, HttpAnswer } from './answer.js';
import { hasBody } from './read-body.js';
import type { ServerRequest } from './server-request.js';
import { formatSseEvent, type SseEvent } from './sse-event.js';

export interface WriteOptions {
  /** Under the answer's own headers, which are added to them. */
  readonly defaults: Record<string, string | string[]>;
  /** Its signal is looked at only where the answer has parts. */
  readonly request: Pick<ServerRequest, 'signal'>;
  /** How often an idle event stream sends a comment, so that proxies keep it open. */
  readonly keepAliveMs: number;
  /** A client that takes no bytes for this long loses its connection. */
  readonly stallMs: number;
  readonly eventOfError: (error: unknown) => SseEvent;
}

/** Bodies up to this size are read to their end after an early answer, so that the connection may stay open. */
const drainedBytes = 65_536;
const lingerMs = 1_000;

/** Writes the whole answer. Resolves once it is handed to the socket, or the client has left. */
export async function writeAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  answer: HttpAnswer,
  options: WriteOptions,
): Promise<void> {
  const headers = options.defaults;
  addHeaders(headers, answer);
  const leavesBody = leavesLargeBody(request);
  if (leavesBody) headers['connection'] = 'close';
  response.socket?.setTimeout(options.stallMs);
  const body = answer.body;
  if (body?.kind === 'stream' || body?.kind === 'events') {
    response.writeHead(answer.status, headers);
    await writeParts(request, response, body, options);
    return;
  }
  const payload = payloadOf(body);
  if (answer.status !== 204 && answer.status !== 304) headers['content-length'] = String(Buffer.byteLength(payload));
  response.writeHead(answer.status, headers);
  if (leavesBody) await linger(request, response, payload);
  else response.end(payload);
}

function addHeaders(headers: Record<string, string | string[]>, answer: HttpAnswer): void {
  if (answer.body?.kind === 'json') headers['content-type'] = 'application/json';
  for (const [name, value] of Object.entries(answer.headers ?? {})) {
    headers[name.toLowerCase()] = typeof value === 'string' ? value : [...value];
  }
}

function payloadOf(body: Extract<AnswerBody, { kind: 'json' | 'bytes' }> | undefined): Uint8Array | string {
  if (body === undefined) return '';
  return body.kind === 'bytes' ? body.bytes : JSON.stringify(body.value ?? null);
}

function leavesLargeBody(request: IncomingMessage): boolean {
  if (request.complete || !hasBody(request)) return false;
  return Number(request.headers['content-length'] ?? Infinity) > drainedBytes;
}

/** A connection closed while the client still sends is reset, and the answer may be lost with it: so read on for a moment. */
async function linger(request: IncomingMessage, response: ServerResponse, payload: Uint8Array | string): Promise<void> {
  response.write(payload);
  request.on('error', () => undefined).resume();
  const timeout = AbortSignal.timeout(lingerMs);
  await Promise.race(['end', 'close'].map((event) => once(request, event, { signal: timeout }))).catch(() => undefined);
  response.end();
}

async function writeParts(
  request: IncomingMessage,
  response: ServerResponse,
  body: Extract<AnswerBody, { kind: 'stream' | 'events' }>,
  options: WriteOptions,
): Promise<void> {
  if (request.method === 'HEAD') {
    if (body.kind === 'stream') body.stream.destroy();
    response.end();
    return;
  }
  response.flushHeaders();
  if (body.kind === 'stream')
    await writeChunks(response, body.stream as AsyncIterable<Uint8Array | string>, options.request.signal);
  else await writeEvents(response, body.events, options);
}

/** A source that breaks cuts the connection: the client must not take half a body for the whole. */
async function writeChunks(
  response: ServerResponse,
  chunks: AsyncIterable<Uint8Array | string>,
  signal: AbortSignal,
): Promise<void> {
  try {
    for await (const chunk of untilAborted(chunks, signal)) await writeChunk(response, chunk, signal);
    response.end();
  } catch (error) {
    response.destroy();
    throw error;
  }
}

async function writeEvents(
  response: ServerResponse,
  events: AsyncIterable<SseEvent>,
  options: WriteOptions,
): Promise<void> {
  const { request, keepAliveMs, eventOfError } = options;
  const { signal } = request;
  const keepAlive = setInterval(() => {
    if (!response.writableNeedDrain) response.write(':\n\n');
  }, keepAliveMs);
  try {
    for await (const event of untilAborted(events, signal)) {
      await writeChunk(response, formatSseEvent(event), signal);
      keepAlive.refresh();
    }
    response.end();
  } catch (error) {
    if (!response.destroyed) response.end(formatSseEvent(eventOfError(error)));
    throw error;
  } finally {
    clearInterval(keepAlive);
  }
}

async function writeChunk(response: ServerResponse, chunk: Uint8Array | string, signal: AbortSignal): Promise<void> {
  if (!response.write(chunk)) await once(response, 'drain', { signal });
}

/** Ends with the signal's reason even while the source is silent, and asks the source to stop without waiting for it. */
async function* untilAborted<T>(source: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  const iterator = source[Symbol.asyncIterator]();
  let onAbort = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => {
      reject(signal.reason as Error);
    };
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort);
  });
  aborted.catch(() => undefined);
  try {
    for (;;) {
      const next = await Promise.race([iterator.next(), aborted]);
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    iterator.return?.().catch(() => undefined);
  }
}
