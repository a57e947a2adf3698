import type { MeshError } from '@infermesh/errors';
import type { HttpAnswer } from './answer.js';
import type { SchemaIssues } from './check-schema.js';
import type { CorsRules } from './cors.js';
import type { Caller, RequestHead } from './dialect-request.js';
import type { RawBody } from './raw-body.js';
import type { Permission, Route } from './route.js';
import type { SseEvent } from './sse-event.js';

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
  /**
   * Whether the caller holds the route's permission; not asked for `any key`.
   *
   * @throws MeshError FORBIDDEN
   */
  authorise(caller: Identity, permission: Exclude<Permission, 'any key'>): void;
  /** @throws MeshError BAD_REQUEST */
  parseBody(body: RawBody, request: RequestHead): unknown;
  /** What a route's schema has to say of a body, in this dialect's words. Default: each field with what is allowed. */
  describeFaults?(issues: SchemaIssues, body: unknown): string;
  notFound(request: RequestHead): HttpAnswer;
  /** A known path with another method. Default: `answerError` of METHOD_NOT_ALLOWED. `Allow` is added to either. */
  methodNotAllowed?(request: RequestHead, allowed: readonly string[]): HttpAnswer;
  /** Built from a `Record<ErrorCode, ...>`, so that the compiler finds gaps. `Retry-After` is added where the error has it. */
  answerError(error: MeshError, request: RequestHead): HttpAnswer;
  /** The last event of a stream that broke. Default: `event: error` with code and message. */
  eventOfError?(error: MeshError, request: RequestHead): SseEvent;
}
