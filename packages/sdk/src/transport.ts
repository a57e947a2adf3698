import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError, ConnectionError, DeadlineError } from './errors.js';
import { refusal, type Peer } from './refusal.js';
import { systemCode } from './system-code.js';

/**
 * When a call may be sent again. `safe`: sending it twice harms nothing, so lost connections, 429 and 502 to 504 are
 * repeated. `refused`: only after a 429 or 503 with Retry-After, which says that nothing was done. `never`: not at all.
 */
export type RepeatRule = 'safe' | 'refused' | 'never';

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer>;
  readonly repeat: RepeatRule;
  /** For the whole call: every try, every wait between tries and the reading of the answer. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** The gateway gets the key, so its redirects are not followed. The store gets none: a presigned URL is its own credential. */
  readonly peer: Peer;
}

const maxTries = 5;
const firstWaitMs = 200;
const longestWaitMs = 5000;
const transientStatuses: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/**
 * Sends one call, again where its rule allows, and reads a 2xx answer with `read`.
 *
 * @throws ApiError for any other answer; ConnectionError; DeadlineError; the signal's reason when the caller aborts
 */
export async function send<T>(call: Call, read: (response: Response) => Promise<T>): Promise<T> {
  const deadline = performance.now() + call.timeoutMs;
  const timeout = AbortSignal.timeout(Math.ceil(call.timeoutMs));
  const signal = call.signal === undefined ? timeout : AbortSignal.any([call.signal, timeout]);
  for (let tryNumber = 1; ; tryNumber += 1) {
    try {
      signal.throwIfAborted();
      return await sendOnce(call, signal, read);
    } catch (error) {
      throwIfOver(call, timeout, error);
      const waitMs = tryNumber < maxTries ? waitBeforeRepeat(call.repeat, error, tryNumber) : null;
      if (waitMs === null || performance.now() + waitMs >= deadline) throw error;
      await sleep(waitMs, undefined, { signal }).catch((aborted: unknown) => {
        throwIfOver(call, timeout, aborted);
        throw aborted;
      });
    }
  }
}

async function sendOnce<T>(call: Call, signal: AbortSignal, read: (response: Response) => Promise<T>): Promise<T> {
  const response = await fetch(call.url, {
    method: call.method,
    headers: call.headers,
    body: call.body ?? null,
    redirect: call.peer === 'gateway' ? 'manual' : 'follow',
    signal,
  }).catch((cause: unknown) => {
    throw connectionError(call, cause);
  });
  if (!response.ok) throw await refusal(response, call.peer);
  return await read(response);
}

/** The bytes of an answer. A body that breaks off ends in a ConnectionError, never in a short result. */
export async function* bodyChunks(response: Response): AsyncGenerator<Uint8Array, void, undefined> {
  if (response.body === null) return;
  try {
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) yield chunk;
  } catch (cause) {
    throw new ConnectionError(
      `the answer from ${hostOf(response.url)} broke off`,
      'Try again; if it happens every time, look for a proxy between here and the server.',
      { cause },
    );
  }
}

function throwIfOver(call: Call, timeout: AbortSignal, error: unknown): void {
  if (call.signal?.aborted === true) throw call.signal.reason;
  if (!timeout.aborted) return;
  throw new DeadlineError(
    'call',
    `no complete answer from ${hostOf(call.url)} within ${call.timeoutMs / 1000} s`,
    'Check that the server is healthy and reachable, or allow more time.',
    { cause: error },
  );
}

/** Milliseconds to wait before the next try, or null when there is none. */
function waitBeforeRepeat(repeat: RepeatRule, error: unknown, tryNumber: number): number | null {
  if (repeat === 'never') return null;
  const asked =
    error instanceof ApiError && (error.status === 429 || error.status === 503) ? error.retryAfterMs : undefined;
  if (asked !== undefined) return asked + Math.random() * firstWaitMs;
  if (repeat === 'refused') return null;
  const transient =
    error instanceof ConnectionError || (error instanceof ApiError && transientStatuses.has(error.status));
  if (!transient) return null;
  const ceilingMs = Math.min(longestWaitMs, firstWaitMs * 2 ** (tryNumber - 1));
  return ceilingMs * (0.5 + Math.random() / 2);
}

const causeTexts: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name cannot be looked up now',
  ECONNRESET: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
  ETIMEDOUT: 'the connection timed out',
  UND_ERR_CONNECT_TIMEOUT: 'the connection timed out',
  EHOSTUNREACH: 'the host is not reachable',
  ENETUNREACH: 'the network is not reachable',
};

const unreachableHints: Readonly<Record<Peer, string>> = {
  gateway: 'Check the address, and that the mesh is running (npm start starts one on this machine).',
  store: 'The gateway hands out URLs of this object store: it must be reachable from here too.',
};

function connectionError({ url, peer }: Call, cause: unknown): ConnectionError {
  return new ConnectionError(`cannot reach ${hostOf(url)}: ${reasonOf(cause)}`, unreachableHints[peer], { cause });
}

/** fetch hides the reason one or two causes deep. */
function reasonOf(error: unknown): string {
  let reason = 'unknown cause';
  for (let at = error, depth = 0; typeof at === 'object' && at !== null && depth < 5; depth += 1) {
    const code = systemCode(at);
    if (code !== undefined) return causeTexts[code] ?? code;
    if ('message' in at && typeof at.message === 'string') reason = at.message;
    at = 'cause' in at ? at.cause : null;
  }
  return reason;
}

/** Host and port alone: paths and queries of presigned URLs are credentials. */
function hostOf(url: string): string {
  return new URL(url).host;
}
