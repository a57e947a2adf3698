import type { IncomingMessage, ServerResponse } from 'node:http';
import { MeshError, toMeshError } from '@infermesh/errors';
import type { Logger } from '@infermesh/telemetry';
import { jsonAnswer, type HttpAnswer } from './answer.js';
import type { BodyBudget, BodyLease } from './body-budget.js';
import { preflightAnswer } from './cors.js';
import { defaultHeaders } from './default-headers.js';
import { checkBody, checkHead } from './check-request.js';
import type { DialectRequest } from './dialect-request.js';
import type { Dialect } from './dialect.js';
import type { JsonReader } from './json-reader.js';
import { RawBody } from './raw-body.js';
import { checkBodyHead, readBody, streamBody } from './read-body.js';
import { RequestLifetime } from './request-lifetime.js';
import type { RequestMetrics } from './request-metrics.js';
import type { Mount, RouteEntry } from './route-table.js';
import type { Route } from './route.js';
import { ServerRequest } from './server-request.js';
import type { SseEvent } from './sse-event.js';
import { writeAnswer } from './write-answer.js';

/** What the router found for a request. */
export type Target =
  | {
      readonly kind: 'route';
      readonly mount: Mount;
      readonly entry: RouteEntry;
      readonly params: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'wrong-method'; readonly mount: Mount; readonly allowed: readonly string[] }
  | { readonly kind: 'not-found'; readonly mount: Mount }
  | { readonly kind: 'invalid'; readonly mount: Mount; readonly error: MeshError };

export interface RequestRunnerOptions {
  readonly logger: Logger;
  readonly metrics: RequestMetrics;
  readonly jsonReader: JsonReader;
  readonly bodyBudget: BodyBudget;
  readonly stopping: AbortSignal;
  readonly keepAliveMs: number;
  readonly stallMs: number;
  /** Called after each request. */
  readonly onDone: () => void;
}

/** Takes one request from its head to the last byte of its answer. */
export class RequestRunner {
  readonly #options: RequestRunnerOptions;
  readonly #running = new Set<RequestLifetime>();

  constructor(options: RequestRunnerOptions) {
    this.#options = options;
  }

  get runningCount(): number {
    return this.#running.size;
  }

  abortAll(reason: MeshError): void {
    for (const lifetime of this.#running) lifetime.abort(reason);
  }

  /** Never rejects. */
  async run(raw: IncomingMessage, response: ServerResponse, target: Target): Promise<void> {
    const startedMs = performance.now();
    const lifetime = new RequestLifetime(response);
    const lease = this.#options.bodyBudget.lease();
    const request = this.#request(raw, target, lifetime);
    this.#running.add(lifetime);
    let failure: MeshError | undefined;
    try {
      const answer = await this.#answer(raw, response, target, request, lifetime, lease).catch((error: unknown) => {
        failure = toMeshError(error);
        return answerOfError(target.mount.dialect, failure, request);
      });
      await this.#write(raw, response, target.mount.dialect, answer, request);
    } catch (error) {
      failure = this.#giveUp(response, error);
    } finally {
      lease.release();
      lifetime.end();
      this.#running.delete(lifetime);
      this.#record(response, target, request, failure, performance.now() - startedMs);
      this.#options.onDone();
    }
  }

  #request(raw: IncomingMessage, target: Target, lifetime: RequestLifetime): ServerRequest {
    return new ServerRequest(raw, {
      basePath: target.mount.address.prefix,
      params: target.kind === 'route' ? target.params : {},
      operationId: target.kind === 'route' ? target.entry.route.operationId : target.kind,
      lifetime,
      stopping: this.#options.stopping,
      logger: this.#options.logger,
    });
  }

  async #answer(
    raw: IncomingMessage,
    response: ServerResponse,
    target: Target,
    request: ServerRequest,
    lifetime: RequestLifetime,
    lease: BodyLease,
  ): Promise<HttpAnswer> {
    if (target.kind !== 'route') return answerWithoutRoute(target, request);
    const { route } = target.entry;
    const { dialect } = target.mount;
    const timeoutMs = route.requestTimeoutMs ?? dialect.limits.requestTimeoutMs;
    const authenticate = async (): Promise<void> => {
      request.caller = await lifetime.within(timeoutMs, () => dialect.authenticate(request, request.body));
    };
    if (route.access === 'key') await authenticate();
    checkHead(route, request);
    await this.#takeBody(raw, response, target.entry, request, lifetime, lease);
    if (route.access === 'key-in-body') await authenticate();
    authorise(dialect, route, request);
    return lifetime.within(timeoutMs, () => callHandler(route, request));
  }

  async #takeBody(
    raw: IncomingMessage,
    response: ServerResponse,
    { route, mount: { dialect } }: RouteEntry,
    request: ServerRequest,
    lifetime: RequestLifetime,
    lease: BodyLease,
  ): Promise<void> {
    if (route.body === undefined) return;
    const limitBytes = route.bodyBytes ?? dialect.limits.bodyBytes;
    checkBodyHead(raw, limitBytes);
    if (raw.headers.expect?.toLowerCase() === '100-continue') response.writeContinue();
    if (route.body === 'stream') {
      request.body = streamBody(raw, limitBytes);
      return;
    }
    const bytes = await readBody(raw, limitBytes, lease, lifetime);
    const isLeftOut = bytes.length === 0 && route.body.safeParse(undefined).success;
    const rawBody = new RawBody(bytes, raw.headers['content-type'], this.#options.jsonReader);
    const body = isLeftOut ? undefined : await dialect.parseBody(rawBody, request);
    request.body = checkBody(route.body, body, dialect);
  }

  async #write(
    raw: IncomingMessage,
    response: ServerResponse,
    dialect: Dialect,
    answer: HttpAnswer,
    request: ServerRequest,
  ): Promise<void> {
    if (response.destroyed) return;
    const defaults = defaultHeaders(dialect, request);
    if (this.#options.stopping.aborted) defaults['connection'] = 'close';
    await writeAnswer(raw, response, answer, {
      defaults,
      request,
      keepAliveMs: this.#options.keepAliveMs,
      stallMs: this.#options.stallMs,
      eventOfError: (error) => eventOfError(dialect, toMeshError(error), request),
    });
  }

  /** The answer itself could not be made or written. */
  #giveUp(response: ServerResponse, error: unknown): MeshError {
    if (!response.headersSent && !response.destroyed) response.writeHead(500, { connection: 'close' }).end();
    return toMeshError(error);
  }

  #record(
    response: ServerResponse,
    target: Target,
    request: ServerRequest,
    failure: MeshError | undefined,
    durationMs: number,
  ): void {
    const { logger, metrics } = this.#options;
    const dialect = target.mount.dialect.name;
    const route = target.kind === 'route' ? target.entry.template : target.kind;
    const hasLeft = response.destroyed && !response.writableFinished && !response.writableEnded;
    const status = hasLeft ? 499 : response.statusCode;
    // A method is the caller's word: only those with a route are worth a label.
    const method = target.kind === 'route' ? target.entry.route.method : 'other';
    metrics.observe(
      dialect,
      route,
      method,
      hasLeft ? 'aborted' : `${String(Math.trunc(status / 100))}xx`,
      durationMs / 1_000,
    );
    const cause = failure !== undefined && failure.status >= 500 ? failure.cause : undefined;
    const level = cause !== undefined ? 'error' : dialect === 'server' ? 'debug' : 'info';
    if (!logger.isLevelEnabled(level)) return;
    const line = {
      dialect,
      method: request.method,
      route,
      status,
      ms: Math.round(durationMs * 10) / 10,
      requestId: request.id,
      ...(request.caller === undefined ? {} : { keyId: request.caller.keyId }),
      ...(failure === undefined ? {} : { code: failure.code }),
      ...request.noted,
      ...(cause === undefined ? {} : { err: cause }),
    };
    logger[level](line, 'request');
  }
}

function authorise(dialect: Dialect, route: Route, { caller }: ServerRequest): void {
  if (route.access === 'public' || route.permission === 'any key') return;
  if (caller === undefined) throw new MeshError('UNAUTHENTICATED', 'a key is needed');
  dialect.authorise(caller, route.permission);
}

function callHandler(route: Route, request: ServerRequest): Promise<HttpAnswer> {
  return route.access === 'public'
    ? route.handler(request as DialectRequest<undefined>)
    : route.handler(request as DialectRequest<NonNullable<ServerRequest['caller']>>);
}

function answerWithoutRoute(target: Exclude<Target, { kind: 'route' }>, request: ServerRequest): HttpAnswer {
  const { dialect } = target.mount;
  if (target.kind === 'invalid') throw target.error;
  if (request.method === 'OPTIONS') return preflightAnswer(dialect.cors);
  if (target.kind === 'not-found') return dialect.notFound(request);
  const error = new MeshError('METHOD_NOT_ALLOWED', `${request.method} is not allowed here`);
  const answer = dialect.methodNotAllowed?.(request, target.allowed) ?? dialect.answerError(error, request);
  return { ...answer, headers: { allow: target.allowed.join(', '), ...answer.headers } };
}

/** After an outage whose length nobody knows. */
const comeAgainSeconds = 1;

function answerOfError(dialect: Dialect, error: MeshError, request: ServerRequest): HttpAnswer {
  try {
    const answer = dialect.answerError(error, request);
    const seconds = error.retryAfterSeconds ?? (answer.status === 503 ? comeAgainSeconds : undefined);
    if (seconds === undefined) return answer;
    return { ...answer, headers: { 'retry-after': String(Math.ceil(seconds)), ...answer.headers } };
  } catch {
    return jsonAnswer(500, { error: { code: error.code } });
  }
}

function eventOfError(dialect: Dialect, error: MeshError, request: ServerRequest): SseEvent {
  const fallback = { event: 'error', data: JSON.stringify({ code: error.code, message: error.message }) };
  return dialect.eventOfError?.(error, request) ?? fallback;
}
