import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Logger } from '@infermesh/telemetry';
import type { Caller, RequestHead } from './dialect-request.js';
import { requestId } from './request-id.js';
import type { RequestLifetime } from './request-lifetime.js';

export interface RequestSurroundings {
  readonly basePath: string;
  readonly params: Readonly<Record<string, string>>;
  readonly operationId: string;
  readonly lifetime: Pick<RequestLifetime, 'signal'>;
  readonly stopping: AbortSignal;
  readonly logger: Logger;
}

/** The one object that walks from the socket to the handler. Caller, body and what the schemas make of it all are filled in on the way. */
export class ServerRequest implements RequestHead {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly basePath: string;
  readonly remoteAddress: string;
  readonly operationId: string;
  readonly stopping: AbortSignal;
  readonly noted: Record<string, string | number | boolean> = {};
  headers: IncomingHttpHeaders;
  params: Readonly<Record<string, unknown>>;
  query: Readonly<Record<string, unknown>> = {};
  body: unknown = undefined;
  caller: Caller | undefined = undefined;
  readonly #lifetime: Pick<RequestLifetime, 'signal'>;
  readonly #searchText: string;
  #search: URLSearchParams | undefined;
  readonly #logger: Logger;
  #log: Logger | undefined;

  constructor(raw: IncomingMessage, surroundings: RequestSurroundings) {
    const { path, search } = splitTarget(raw.url ?? '/');
    this.id = requestId(raw.headers['x-request-id']);
    this.method = raw.method ?? 'GET';
    this.path = path.slice(surroundings.basePath.length) || '/';
    this.basePath = surroundings.basePath;
    this.headers = raw.headers;
    this.remoteAddress = raw.socket.remoteAddress ?? '';
    this.params = surroundings.params;
    this.operationId = surroundings.operationId;
    this.#lifetime = surroundings.lifetime;
    this.stopping = surroundings.stopping;
    this.#searchText = search;
    this.#logger = surroundings.logger;
  }

  get signal(): AbortSignal {
    return this.#lifetime.signal;
  }

  get search(): URLSearchParams {
    return (this.#search ??= new URLSearchParams(this.#searchText));
  }

  get log(): Logger {
    return (this.#log ??= this.#logger.child({ requestId: this.id, operationId: this.operationId }));
  }

  note(fields: Readonly<Record<string, string | number | boolean>>): void {
    Object.assign(this.noted, fields);
  }
}

/** Path and query of a request target; an absolute target (`GET http://host/path`) loses its origin. */
export function splitTarget(target: string): { path: string; search: string } {
  const local = target.startsWith('/') ? target : target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/iu, '');
  const question = local.indexOf('?');
  return question === -1
    ? { path: local || '/', search: '' }
    : { path: local.slice(0, question) || '/', search: local.slice(question + 1) };
}
