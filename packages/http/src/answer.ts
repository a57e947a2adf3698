import type { Readable } from 'node:stream';
import type { SseEvent } from './sse-event.js';

export type AnswerHeaders = Readonly<Record<string, string | readonly string[]>>;

export type AnswerBody =
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array | string }
  | { readonly kind: 'stream'; readonly stream: Readable }
  | { readonly kind: 'events'; readonly events: AsyncIterable<SseEvent> };

/** What a handler answers. Header names are case-insensitive; those given here win over the dialect's and the server's. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers?: AnswerHeaders;
  readonly body?: AnswerBody;
}

export function emptyAnswer(status: number, headers: AnswerHeaders = {}): HttpAnswer {
  return { status, headers };
}

/** `Content-Type: application/json` unless the headers say otherwise. */
export function jsonAnswer(status: number, value: unknown, headers: AnswerHeaders = {}): HttpAnswer {
  return { status, headers, body: { kind: 'json', value } };
}

export function textAnswer(status: number, text: string, contentType = 'text/plain; charset=utf-8'): HttpAnswer {
  return bytesAnswer(status, text, contentType);
}

export function bytesAnswer(
  status: number,
  bytes: Uint8Array | string,
  contentType: string,
  headers: AnswerHeaders = {},
): HttpAnswer {
  return { status, headers: { 'content-type': contentType, ...headers }, body: { kind: 'bytes', bytes } };
}

/**
 * The stream is destroyed when the client leaves, and the connection cut when nothing flows for `stallMs`. Add
 * `content-length` where it is known.
 */
export function streamAnswer(status: number, stream: Readable, headers: AnswerHeaders): HttpAnswer {
  return { status, headers, body: { kind: 'stream', stream } };
}

/** Server-sent events. The iterator's `return` is called when the client leaves; a comment is sent while nothing happens. */
export function eventAnswer(events: AsyncIterable<SseEvent>, headers: AnswerHeaders = {}): HttpAnswer {
  return {
    status: 200,
    headers: { 'content-type': 'text/event-stream', ...headers },
    body: { kind: 'events', events },
  };
}
