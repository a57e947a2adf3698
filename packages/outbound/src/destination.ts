import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { MeshError } from '@infermesh/errors';
import type { Logger } from '@infermesh/telemetry';
import { findDeniedRange } from './address-policy.js';
import { plainHost, type AllowList } from './allow-list.js';

/** Every address of a name, as text. */
export type ResolveHost = (hostname: string) => Promise<readonly string[]>;

/** The system's resolver, /etc/hosts included. */
export const resolveBySystem: ResolveHost = async (hostname) => {
  const answers = await lookup(hostname, { all: true, verbatim: true });
  return answers.map(({ address }) => address);
};

/** Where a URL leads: the addresses are checked, and only they may be connected to. */
export interface Destination {
  readonly url: URL;
  readonly addresses: readonly string[];
}

export interface DestinationRules {
  readonly allowList: AllowList;
  /** The variable that an operator sets, for messages. */
  readonly allowListVariable: string;
  readonly schemes: readonly string[];
  readonly ports: readonly number[];
  readonly resolve: ResolveHost;
  readonly logger: Logger | undefined;
}

/**
 * @param base the URL that redirected here, when one did
 * @throws MeshError OUTBOUND_REFUSED
 */
export function parseOutboundUrl(text: string, base?: URL): URL {
  if (!URL.canParse(text, base?.href)) throw new MeshError('OUTBOUND_REFUSED', 'the URL cannot be read');
  const url = new URL(text, base?.href);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new MeshError('OUTBOUND_REFUSED', `the scheme ${url.protocol.slice(0, 20)} cannot be called, https: can`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new MeshError('OUTBOUND_REFUSED', `the URL of ${url.host} carries credentials; send them in a header`);
  }
  url.hash = '';
  return url;
}

/**
 * Resolves a URL's host once and checks every answer: one private address among public ones refuses all.
 *
 * @throws MeshError OUTBOUND_REFUSED; OUTBOUND_FAILED when the name does not resolve; the signal's reason
 */
export async function findDestination(url: URL, rules: DestinationRules, signal: AbortSignal): Promise<Destination> {
  const host = plainHost(url.hostname);
  const port = portOf(url);
  const addresses = isIP(host) === 0 ? await resolveWithin(url, rules, signal) : [host];
  if (rules.allowList.hasHost(host, port)) return { url, addresses };
  if (!addresses.every((address) => rules.allowList.hasAddress(address))) {
    checkDoor(url, port, rules);
    checkAddresses(url, addresses, rules);
  }
  return { url, addresses };
}

function portOf(url: URL): number {
  if (url.port !== '') return Number(url.port);
  return url.protocol === 'https:' ? 443 : 80;
}

async function resolveWithin(url: URL, { resolve }: DestinationRules, signal: AbortSignal): Promise<readonly string[]> {
  const addresses = await untilAborted(resolve(url.hostname), signal).catch((error: unknown) => {
    signal.throwIfAborted();
    throw new MeshError('OUTBOUND_FAILED', `${url.hostname} cannot be resolved`, { cause: error });
  });
  if (addresses.length === 0) throw new MeshError('OUTBOUND_FAILED', `${url.hostname} has no address`);
  return addresses;
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = (): void => {
      reject(signal.reason as Error);
    };
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort);
    work.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', onAbort);
    });
  });
}

function checkDoor(url: URL, port: number, { schemes, ports, allowListVariable }: DestinationRules): void {
  const scheme = url.protocol.slice(0, -1);
  const help = `an operator can allow it: ${allowListVariable}=${url.hostname}:${String(port)}`;
  if (!schemes.includes(scheme)) {
    throw new MeshError(
      'OUTBOUND_REFUSED',
      `${scheme}://${url.host} is refused: only ${schemes.join(' and ')} may be called; ${help}`,
    );
  }
  if (!ports.includes(port)) {
    throw new MeshError(
      'OUTBOUND_REFUSED',
      `port ${String(port)} of ${url.hostname} is refused: only ${ports.join(', ')} may be called; ${help}`,
    );
  }
}

/** The message keeps the address to itself: it would draw a map of the network behind us. */
function checkAddresses(
  url: URL,
  addresses: readonly string[],
  { allowList, allowListVariable, logger }: DestinationRules,
): void {
  for (const address of addresses) {
    const denied = allowList.hasAddress(address) ? undefined : findDeniedRange(address);
    if (denied === undefined) continue;
    logger?.warn({ host: url.host, address, range: denied.name, source: denied.source }, 'outbound call refused');
    throw new MeshError(
      'OUTBOUND_REFUSED',
      `${url.host} leads to an address that is not public; an operator can allow it: ${allowListVariable}=${url.hostname}:${String(portOf(url))}`,
    );
  }
}
