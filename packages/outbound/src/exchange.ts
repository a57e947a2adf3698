import { isIP, type LookupFunction } from 'node:net';
import type { Readable } from 'node:stream';
import { MeshError } from '@infermesh/errors';
import { Client } from 'undici';
import type { Destination } from './destination.js';

export type OutboundMethod = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS';

export interface Exchange {
  readonly method: OutboundMethod;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | string | Readable | undefined;
  readonly signal: AbortSignal;
  readonly connectTimeoutMs: number;
  /** Longest silence, before the head as within the body. */
  readonly idleTimeoutMs: number;
  /** Certificates of authorities, in PEM, instead of the system's. */
  readonly ca: string | undefined;
}

export interface RawAnswer {
  readonly status: number;
  /** Lower-case names; the values of a repeated header joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readable;
  /** Closes the connection. */
  close(): void;
}

/**
 * One request on a connection of its own, which can lead only to the addresses checked: TLS name and Host stay those of
 * the URL, and no proxy of the environment is asked. Redirects are answers like any other.
 *
 * @throws MeshError OUTBOUND_FAILED, or the signal's reason
 */
export async function exchange({ url, addresses }: Destination, request: Exchange): Promise<RawAnswer> {
  const { method, headers, body = null, signal, idleTimeoutMs } = request;
  const client = new Client(url.origin, {
    headersTimeout: idleTimeoutMs,
    bodyTimeout: idleTimeoutMs,
    allowH2: false,
    connect: {
      timeout: request.connectTimeoutMs,
      lookup: pinnedLookup(addresses),
      rejectUnauthorized: true,
      ...(request.ca === undefined ? {} : { ca: request.ca }),
    },
  });
  const close = (): void => {
    client.destroy().catch(() => undefined);
  };
  try {
    const answer = await client.request({ path: `${url.pathname}${url.search}`, method, headers, body, signal });
    // A body that nobody reads may still fail.
    answer.body.on('error', () => undefined);
    return { status: answer.statusCode, headers: joinHeaders(answer.headers), body: answer.body, close };
  } catch (error) {
    close();
    signal.throwIfAborted();
    throw failureOf(url, error);
  }
}

/** The network's own words stay in the cause; the code (ECONNREFUSED, CERT_HAS_EXPIRED) tells enough. */
export function failureOf(url: URL, error: unknown): MeshError {
  if (error instanceof MeshError) return error;
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  const reason = typeof code === 'string' ? ` (${code})` : '';
  return new MeshError('OUTBOUND_FAILED', `${url.host} did not answer as it should${reason}`, { cause: error });
}

function pinnedLookup(addresses: readonly string[]): LookupFunction {
  const answers = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_hostname, options, callback) => {
    const [first] = answers;
    if (options.all === true) callback(null, answers);
    else callback(null, first?.address ?? '', first?.family ?? 0);
  };
}

function joinHeaders(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const joined: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) joined[name.toLowerCase()] = typeof value === 'string' ? value : value.join(', ');
  }
  return joined;
}
