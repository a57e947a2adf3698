import { Readable } from 'node:stream';
import { MeshError } from '@infermesh/errors';
import type { Exchange } from './exchange.js';
import { headersForOtherOrigin, headersWithoutBody } from './outbound-headers.js';

/** Where an answer redirects to, or undefined when it does not. */
export function redirectTarget(status: number, headers: Readonly<Record<string, string>>): string | undefined {
  return [301, 302, 303, 307, 308].includes(status) ? headers['location'] : undefined;
}

/**
 * The request to the next hop, as browsers do it: 303, and 301 or 302 after a POST, become a GET.
 *
 * @throws MeshError OUTBOUND_REFUSED from https to http; OUTBOUND_FAILED for a stream that would be sent twice
 */
export function hopAfter(hop: Exchange, status: number, from: URL, to: URL): Exchange {
  if (from.protocol === 'https:' && to.protocol === 'http:') {
    throw new MeshError('OUTBOUND_REFUSED', `${from.host} redirects from https to http`);
  }
  const headers = from.origin === to.origin ? hop.headers : headersForOtherOrigin(hop.headers);
  const turnsToGet = (status === 303 && hop.method !== 'HEAD') || (status < 303 && hop.method === 'POST');
  if (turnsToGet) return { ...hop, method: 'GET', body: undefined, headers: headersWithoutBody(headers) };
  if (hop.body instanceof Readable)
    throw new MeshError('OUTBOUND_FAILED', `${from.host} redirects a body that was sent already`);
  return { ...hop, headers };
}
