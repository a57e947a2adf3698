import type { Readable } from 'node:stream';
import type { SseEvent } from './sse-event.js';

export type AnswerHeaders = Readonly<Record<string, string | readonly string[]>>;

export type AnswerBody =
  | JsonBody<unknown>
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array | string }
  | { readonly kind: 'stream'; readonly stream: Readable }
  | { readonly kind: 'events'; readonly events: AsyncIterable<SseEvent> };

interface JsonBody<Value> {
  readonly kind: 'json';
  readonly value: Value;
}

/** What a handler answers. Header names are case-insensitive; those given here win over the dialect's and the server's. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers?: AnswerHeaders;
  readonly body?: AnswerBody;
}

/** An answer of which the compiler knows status and value, and so compares them with the route's `answers`. */
export interface JsonAnswer<Status extends number, Value> {
  readonly status: Status;
  readonly headers: AnswerHeaders;
  readonly body: JsonBody<Value>;
}

interface OtherAnswer<Status extends number> {
  readonly status: Status;
  readonly headers: AnswerHeaders;
  readonly body: Exclude<AnswerBody, { kind: 'json' }>;
}

export function emptyAnswer<const Status extends number>(
  status: Status,
  headers: AnswerHeaders = {},
): { readonly status: Status; readonly headers: AnswerHeaders } {
  return { status, headers };
}

/** `Content-Type: application/json` unless the headers say otherwise. */
export function jsonAnswer<const Status extends number, Value>(
  status: Status,
  value: Value,
  headers: AnswerHeaders = {},
): JsonAnswer<Status, Value> {
  return { status, headers, body: { kind: 'json', value } };
}

export function textAnswer<const Status extends number>(
  status: Status,
  text: string,
  contentType = 'text/plain; charset=utf-8',
): OtherAnswer<Status> {
  return bytesAnswer(status, text, contentType);
}

export function bytesAnswer<const Status extends number>(
  status: Status,
  bytes: Uint8Array | string,
  contentType: string,
  headers: AnswerHeaders = {},
): OtherAnswer<Status> {
  return { status, headers: { 'content-type': contentType, ...headers }, body: { kind: 'bytes', bytes } };
}

/**
 * The stream is destroyed when the client leaves, and the connection cut when nothing flows for `stallMs`. Add
 * `content-length` where it is known.
 */
export function streamAnswer<const Status extends number>(
  status: Status,
  stream: Readable,
  headers: AnswerHeaders,
): OtherAnswer<Status> {
  return { status, headers, body: { kind: 'stream', stream } };
}

/** Server-sent events. The iterator's `return` is called when the client leaves; a comment is sent while nothing happens. */
export function eventAnswer(events: AsyncIterable<SseEvent>, headers: AnswerHeaders = {}): OtherAnswer<200> {
  return {
    status: 200,
    headers: { 'content-type': 'text/event-stream', ...headers },
    body: { kind: 'events', events },
  };
}
