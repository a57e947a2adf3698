import type { IncomingHttpHeaders } from 'node:http';
import type { MeshError } from '@infermesh/errors';
import type { Logger } from '@infermesh/telemetry';
import type { z } from 'zod';
import type { HttpAnswer } from './answer.js';
import type { CorsRules } from './cors.js';
import type { RawBody } from './raw-body.js';
import type { SseEvent } from './sse-event.js';

/** Who makes a request. A dialect resolves whatever credential it uses to one and adds fields of its own. */
export interface Caller {
  /** The id of the key, never the key: it is written to the log. */
  readonly keyId: string;
}

export type HttpMethod = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS';

/** What is known of a request before its body is read. */
export interface RequestHead {
  /** `x-request-id` of the caller when it is 1 to 64 of `[A-Za-z0-9._-]`, else a new uuid v7. */
  readonly id: string;
  readonly method: string;
  /** Below the mount's prefix, as sent (not decoded), without the query. */
  readonly path: string;
  /** The mount's prefix: empty, or `/` and more without a final `/`. */
  readonly basePath: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** The peer's address. `x-forwarded-for` is not consulted: whether to believe it is for the dialect to decide. */
  readonly remoteAddress: string;
}

export interface DialectRequest<Identity> extends RequestHead {
  /** Decoded path parameters; the one of a final `*name` holds its slashes. */
  readonly params: Readonly<Record<string, string>>;
  /** A parameter that the route's path names. @throws MeshError INTERNAL for any other name */
  param(name: string): string;
  /** What `parseBody` made of the body; a `Readable` for `body: 'stream'`; undefined for `body: 'none'`. */
  readonly body: unknown;
  readonly caller: Identity;
  /** Fires when the client leaves, `requestTimeoutMs` passes, or the server's stop runs out of grace. */
  readonly signal: AbortSignal;
  /** Fires when the server begins to stop: a long poll or an event stream should end by itself. */
  readonly stopping: AbortSignal;
  readonly operationId: string;
  /** Carries the request id. */
  readonly log: Logger;
  /** Adds to the request's one log line. Nothing secret. */
  note(fields: Readonly<Record<string, string | number | boolean>>): void;
}

interface RouteBase {
  readonly method: HttpMethod;
  /** Below the mount's prefix: `/a/:name/b`, or `/a/*rest` as the last segment (one character or more). */
  readonly path: string;
  /** Unique within the dialect; the name of the operation in the OpenAPI document. */
  readonly operationId: string;
  /** Whom to name in a clash, for example the file that declared the route. Default: the dialect's name. */
  readonly owner?: string;
  /** Default `none` for GET and HEAD, else `parsed`. */
  readonly body?: 'parsed' | 'stream' | 'none';
  /** Instead of the dialect's `limits.bodyBytes`. */
  readonly bodyBytes?: number;
  /** Instead of the dialect's `limits.requestTimeoutMs`. */
  readonly requestTimeoutMs?: number;
  readonly docs?: RouteDocs;
}

/** For the OpenAPI document. Nothing here is enforced: handlers call `checkSchema`. */
export interface RouteDocs {
  readonly summary: string;
  readonly tags?: readonly string[];
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  /** By status. */
  readonly answers?: Readonly<Record<number, z.ZodType>>;
}

export interface PublicRoute extends RouteBase {
  readonly access: 'public';
  handler(request: DialectRequest<undefined>): Promise<HttpAnswer>;
}

/** `key`: checked before the body is read. `key-in-body`: the credential is part of the body, checked once that is parsed. */
export interface KeyRoute<Identity extends Caller> extends RouteBase {
  readonly access: 'key' | 'key-in-body';
  handler(request: DialectRequest<Identity>): Promise<HttpAnswer>;
}

export type Route<Identity extends Caller = Caller> = PublicRoute | KeyRoute<Identity>;

export interface DialectLimits {
  readonly bodyBytes: number;
  /** From the end of the body to the answer. A stream may run longer, see `HttpServerOptions.stallMs`. */
  readonly requestTimeoutMs: number;
}

/** One public API: its routes and the shape of everything it says. It maps; it owns no job logic. */
export interface Dialect<Identity extends Caller = Caller> {
  readonly name: string;
  readonly limits: DialectLimits;
  readonly cors: CorsRules;
  /** On every answer of this dialect, for example its version. */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * Paths below the mount's prefix for which this dialect speaks even where it has no route. Default `['']`: all of
   * them. Two dialects on one prefix share it so: `['/v1']` beside `['']`.
   */
  readonly speaksFor?: readonly string[];
  readonly routes: readonly Route<Identity>[];
  /**
   * The credential's owner. Called for every route whose access is not `public`; the body is undefined for `key`.
   *
   * @throws MeshError UNAUTHENTICATED or FORBIDDEN
   */
  authenticate(request: RequestHead, body: unknown): Promise<Identity>;
  /** @throws MeshError BAD_REQUEST */
  parseBody(body: RawBody, request: RequestHead): unknown;
  notFound(request: RequestHead): HttpAnswer;
  /** A known path with another method. Default: `answerError` of METHOD_NOT_ALLOWED. `Allow` is added to either. */
  methodNotAllowed?(request: RequestHead, allowed: readonly string[]): HttpAnswer;
  /** Built from a `Record<ErrorCode, ...>`, so that the compiler finds gaps. `Retry-After` is added where the error has it. */
  answerError(error: MeshError, request: RequestHead): HttpAnswer;
  /** The last event of a stream that broke. Default: `event: error` with code and message. */
  eventOfError?(error: MeshError, request: RequestHead): SseEvent;
}
