import type { IncomingMessage, ServerResponse } from 'node:http';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Answer } from './answer.js';

const mostDiscardedBytes = 16 * 1024 * 1024;
const longestDiscardMs = 5000;

/**
 * Reads and drops what the client is still sending, so that it gets to read the answer: a connection closed under its
 * feet would show it only the reset. Bounded; @returns false when there was more.
 */
async function discardRest(message: IncomingMessage): Promise<boolean> {
  if (message.complete || message.destroyed) return message.complete;
  let discardedBytes = 0;
  const enough = new AbortController();
  const timer = setTimeout(() => {
    enough.abort();
  }, longestDiscardMs);
  message.on('data', (chunk: Buffer) => {
    discardedBytes += chunk.byteLength;
    if (discardedBytes > mostDiscardedBytes) enough.abort();
  });
  message.resume();
  try {
    await once(message, 'end', { signal: enough.signal });
    return true;
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
    message.pause();
  }
}

async function sendWhole(message: IncomingMessage, response: ServerResponse, body: string | Buffer): Promise<void> {
  if (message.complete) {
    response.end(body);
    return;
  }
  response.flushHeaders();
  if (body.length > 0) response.write(body);
  const isAllRead = await discardRest(message);
  response.end(() => {
    if (!isAllRead) message.destroy();
  });
}

function lengthHeader({ status, headers, body }: Answer): Record<string, string> {
  if (status === 204 || status === 304 || 'content-length' in headers) return {};
  return { 'content-length': String(typeof body === 'string' ? Buffer.byteLength(body) : 0) };
}

export interface SendOptions {
  /** Sent with every answer. */
  readonly commonHeaders: Readonly<Record<string, string>>;
  /** The client waits for leave to send its body, and did not get it. */
  readonly isBodyRefused: boolean;
}

export async function sendAnswer(
  message: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
  options: SendOptions,
): Promise<void> {
  if (options.isBodyRefused) response.shouldKeepAlive = false;
  response.writeHead(answer.status, { ...options.commonHeaders, ...lengthHeader(answer), ...answer.headers });
  const { body = '' } = answer;
  if (body instanceof Readable) {
    await pipeline(body, response);
  } else if (options.isBodyRefused) {
    response.end(message.method === 'HEAD' ? '' : body);
  } else {
    await sendWhole(message, response, message.method === 'HEAD' ? '' : body);
  }
}
