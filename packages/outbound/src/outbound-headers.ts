import { MeshError } from '@infermesh/errors';

export type OutboundHeaders = Readonly<Record<string, string>>;

/** The connection sets these; a caller who could would speak to another host or split the request. */
const reserved = new Set([
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'expect',
  'upgrade',
  'te',
  'trailer',
  'accept-encoding',
]);

/** All that another origin gets to see after a redirect: keys travel in headers of any name. */
const kept = new Set(['accept', 'accept-language', 'content-type', 'if-range', 'range', 'user-agent']);

/** Lower-case names, no compression: a bomb then shows its size. @throws MeshError OUTBOUND_REFUSED for a reserved name */
export function prepareHeaders(headers: OutboundHeaders, userAgent: string): Record<string, string> {
  const prepared: Record<string, string> = { 'user-agent': userAgent, 'accept-encoding': 'identity' };
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.toLowerCase();
    if (reserved.has(lower)) throw new MeshError('OUTBOUND_REFUSED', `the header ${lower} cannot be set`);
    prepared[lower] = value;
  }
  return prepared;
}

export function headersForOtherOrigin(headers: OutboundHeaders): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => kept.has(name) || name === 'accept-encoding'));
}

export function headersWithoutBody(headers: OutboundHeaders): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith('content-')));
}
