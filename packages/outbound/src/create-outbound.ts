import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { MeshError } from '@infermesh/errors';
import type { Logger } from '@infermesh/telemetry';
import { AllowList } from './allow-list.js';
import { boundBody, tooLarge } from './bounded-body.js';
import { Deadline } from './deadline.js';
import {
  findDestination,
  parseOutboundUrl,
  resolveBySystem,
  type DestinationRules,
  type ResolveHost,
} from './destination.js';
import { exchange, failureOf, type Exchange, type OutboundMethod, type RawAnswer } from './exchange.js';
import { prepareHeaders, type OutboundHeaders } from './outbound-headers.js';
import { hopAfter, redirectTarget } from './redirect.js';

export interface OutboundOptions {
  /**
   * What may be called although it is not public, over http too and at any port: `host`, `host:port`, or a CIDR range
   * of addresses. Default none.
   */
  readonly allowList?: readonly string[];
  /** How the operator calls that list, for messages. Default `OUTBOUND_ALLOW`. */
  readonly allowListVariable?: string;
  /** Default `['https']`. */
  readonly schemes?: readonly ('https' | 'http')[];
  /** Default 80, 443 and 8443. */
  readonly ports?: readonly number[];
  /** Default 5. */
  readonly maxRedirects?: number;
  /** From the call to the last byte of the body, redirects included. Default 60 s. */
  readonly timeoutMs?: number;
  /** Longest silence. Default 30 s. */
  readonly idleTimeoutMs?: number;
  /** Of one body. Default 100 MiB. */
  readonly maxBytes?: number;
  /** Default `infermesh`. */
  readonly userAgent?: string;
  /** Certificates of authorities to trust instead of the system's, in PEM. */
  readonly ca?: string;
  /** Default: the system's resolver. */
  readonly resolve?: ResolveHost;
  readonly logger?: Logger;
}

export interface OutboundRequest {
  /** Default GET. */
  readonly method?: OutboundMethod;
  /** After a redirect to another origin only accept, content-type, range, if-range and user-agent go along. */
  readonly headers?: OutboundHeaders;
  /** A stream cannot follow a 307 or 308. */
  readonly body?: Uint8Array | string | Readable;
  readonly maxBytes?: number;
  readonly timeoutMs?: number;
  /** 0: a redirect is a failure, and nobody else sees the body. */
  readonly maxRedirects?: number;
  readonly signal?: AbortSignal;
  /** `image/png`, or `image/` for all of a kind. Asked of 2xx answers only; anything else is OUTBOUND_FAILED. */
  readonly expectContentTypes?: readonly string[];
}

/** Read the body to its end, or dispose of the answer: its connection stays open until then, or until the timeout. */
export interface OutboundAnswer extends AsyncDisposable {
  /** Whatever the server said, errors included; a redirect has been followed. */
  readonly status: number;
  readonly headers: OutboundHeaders;
  /** After all redirects. */
  readonly url: string;
  /** Not decoded. Fails with PAYLOAD_TOO_LARGE, OUTBOUND_FAILED, DEADLINE_EXCEEDED or the signal's reason. */
  readonly body: Readable;
  /** The whole body. */
  bytes(): Promise<Buffer>;
}

export interface Outbound {
  /**
   * @throws MeshError OUTBOUND_REFUSED by policy; OUTBOUND_FAILED by the network or the server; PAYLOAD_TOO_LARGE by
   * `Content-Length`; DEADLINE_EXCEEDED; or the signal's reason
   */
  fetch(url: string, request?: OutboundRequest): Promise<OutboundAnswer>;
  /** Says beforehand whether a URL may be called, for example when a webhook is registered. @throws as fetch, unconnected */
  check(url: string, signal?: AbortSignal): Promise<void>;
}

/** @throws MeshError CONFIG_INVALID when an entry of the allow-list cannot be read */
export function createOutbound(options: OutboundOptions = {}): Outbound {
  const settings = withDefaults(options);
  return {
    fetch: (url, request = {}) => fetchSafely(url, request, settings),
    async check(url, signal) {
      using deadline = new Deadline(settings.timeoutMs, signal);
      await findDestination(parseOutboundUrl(url), settings.rules, deadline.signal);
    },
  };
}

type Settings = ReturnType<typeof withDefaults>;

function withDefaults(options: OutboundOptions) {
  const rules: DestinationRules = {
    allowList: new AllowList(options.allowList ?? []),
    allowListVariable: options.allowListVariable ?? 'OUTBOUND_ALLOW',
    schemes: options.schemes ?? ['https'],
    ports: options.ports ?? [80, 443, 8443],
    resolve: options.resolve ?? resolveBySystem,
    logger: options.logger,
  };
  return {
    rules,
    maxRedirects: options.maxRedirects ?? 5,
    timeoutMs: options.timeoutMs ?? 60_000,
    idleTimeoutMs: options.idleTimeoutMs ?? 30_000,
    maxBytes: options.maxBytes ?? 104_857_600,
    userAgent: options.userAgent ?? 'infermesh',
    ca: options.ca,
    logger: options.logger,
  };
}

async function fetchSafely(text: string, request: OutboundRequest, settings: Settings): Promise<OutboundAnswer> {
  const deadline = new Deadline(request.timeoutMs ?? settings.timeoutMs, request.signal);
  try {
    const { url, answer } = await followRedirects(parseOutboundUrl(text), request, settings, deadline.signal);
    settings.logger?.debug({ host: url.host, status: answer.status }, 'outbound call');
    return openAnswer(url, answer, request, settings, deadline);
  } catch (error) {
    deadline.end();
    throw error;
  }
}

async function followRedirects(
  start: URL,
  request: OutboundRequest,
  settings: Settings,
  signal: AbortSignal,
): Promise<{ url: URL; answer: RawAnswer }> {
  const maxRedirects = request.maxRedirects ?? settings.maxRedirects;
  let url = start;
  let hop: Exchange = {
    method: request.method ?? 'GET',
    headers: prepareHeaders(request.headers ?? {}, settings.userAgent),
    body: request.body,
    signal,
    connectTimeoutMs: Math.min(10_000, settings.timeoutMs),
    idleTimeoutMs: settings.idleTimeoutMs,
    ca: settings.ca,
  };
  for (let redirects = 0; ; redirects += 1) {
    const answer = await exchange(await findDestination(url, settings.rules, signal), hop);
    const location = redirectTarget(answer.status, answer.headers);
    if (location === undefined) return { url, answer };
    answer.close();
    if (redirects >= maxRedirects) throw tooManyRedirects(start, maxRedirects);
    const next = parseOutboundUrl(location, url);
    hop = hopAfter(hop, answer.status, url, next);
    url = next;
  }
}

function tooManyRedirects({ host }: URL, maxRedirects: number): MeshError {
  const message = maxRedirects === 0 ? 'redirects, and only the URL itself is called' : 'redirects too often';
  return new MeshError('OUTBOUND_FAILED', `${host} ${message}`);
}

function openAnswer(
  url: URL,
  answer: RawAnswer,
  request: OutboundRequest,
  settings: Settings,
  deadline: Deadline,
): OutboundAnswer {
  const maxBytes = request.maxBytes ?? settings.maxBytes;
  try {
    checkAnswerHead(url, answer, request, maxBytes);
  } catch (error) {
    answer.close();
    throw error;
  }
  const release = (): void => {
    deadline.end();
    answer.close();
  };
  const body = boundBody(answer.body, maxBytes, deadline.signal, (error) => failureOf(url, error), release);
  return {
    status: answer.status,
    headers: answer.headers,
    url: url.href,
    body,
    bytes: () => buffer(body),
    [Symbol.asyncDispose]: () => {
      body.destroy();
      return Promise.resolve();
    },
  };
}

function checkAnswerHead(url: URL, { status, headers }: RawAnswer, request: OutboundRequest, maxBytes: number): void {
  const encoding = headers['content-encoding']?.toLowerCase() ?? 'identity';
  if (encoding !== 'identity')
    throw new MeshError('OUTBOUND_FAILED', `${url.host} sent a compressed body that was not asked for`);
  if (request.method !== 'HEAD' && Number(headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const expected = request.expectContentTypes;
  if (expected === undefined || status < 200 || status > 299) return;
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase() ?? '';
  if (expected.some((one) => (one.endsWith('/') ? type.startsWith(one) : type === one))) return;
  throw new MeshError(
    'OUTBOUND_FAILED',
    `${url.host} sent ${type === '' ? 'no content type' : type.slice(0, 80)}, expected ${expected.join(' or ')}`,
  );
}
