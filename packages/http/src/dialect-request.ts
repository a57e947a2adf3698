import type { IncomingHttpHeaders } from 'node:http';
import type { Logger } from '@infermesh/telemetry';

/** Who makes a request. A dialect resolves whatever credential it uses to one and adds fields of its own. */
export interface Caller {
  /** The id of the key, never the key: it is written to the log. */
  readonly keyId: string;
}

/** What is known of a request before its body is read. */
export interface RequestHead {
  /** `x-request-id` of the caller when it is 1 to 64 of `[A-Za-z0-9._-]`, else a new uuid v7. */
  readonly id: string;
  readonly method: string;
  /** Below the mount's prefix, as sent (not decoded), without the query. */
  readonly path: string;
  /** The mount's prefix: empty, or `/` and more without a final `/`. */
  readonly basePath: string;
  readonly search: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** Of the route; `not-found`, `wrong-method` or `invalid` where there is none. */
  readonly operationId: string;
  /** The peer's address. `x-forwarded-for` is not consulted: whether to believe it is for the dialect to decide. */
  readonly remoteAddress: string;
}

export interface DialectRequest<Identity> extends RequestHead {
  /** Decoded path parameters, as the route's schema left them; the one of a final `*name` holds its slashes. */
  readonly params: Readonly<Record<string, unknown>>;
  /** What the route's schema left of the query. */
  readonly query: Readonly<Record<string, unknown>>;
  /** What the route's schema left of the body; a `Readable` for `body: 'stream'`; undefined where the route takes none. */
  readonly body: unknown;
  readonly caller: Identity;
  /** Fires when the client leaves, `requestTimeoutMs` passes, or the server's stop runs out of grace. */
  readonly signal: AbortSignal;
  /** Fires when the server begins to stop: a long poll or an event stream should end by itself. */
  readonly stopping: AbortSignal;
  /** Carries the request id. */
  readonly log: Logger;
  /** Adds to the request's one log line. Nothing secret. */
  note(fields: Readonly<Record<string, string | number | boolean>>): void;
}
