import { isIP } from 'node:net';
import { MeshError } from '@infermesh/errors';
import ipaddr from 'ipaddr.js';

/** What an operator lets outbound calls reach although it is not public: hosts, hosts with a port, and ranges of addresses. */
export class AllowList {
  readonly #hosts = new Set<string>();
  readonly #ranges: [ipaddr.IPv4 | ipaddr.IPv6, number][] = [];

  /** @throws MeshError CONFIG_INVALID naming the entry */
  constructor(entries: readonly string[]) {
    for (const entry of entries) {
      if (entry.includes('/')) this.#ranges.push(parseRange(entry));
      else this.#hosts.add(parseHost(entry));
    }
  }

  /** @param hostname as `URL.hostname` gives it */
  hasHost(hostname: string, port: number): boolean {
    const host = plainHost(hostname);
    return this.#hosts.has(host) || this.#hosts.has(withPort(host, port));
  }

  hasAddress(address: string): boolean {
    if (isIP(address) === 0 || address.includes('%')) return false;
    const parsed = ipaddr.parse(address);
    return this.#ranges.some((range) => parsed.kind() === range[0].kind() && parsed.match(range));
  }
}

/** Without brackets and without the final dot of a rooted name. */
export function plainHost(hostname: string): string {
  return hostname
    .toLowerCase()
    .replace(/^\[|\]$/gu, '')
    .replace(/\.$/u, '');
}

function withPort(host: string, port: number): string {
  return isIP(host) === 6 ? `[${host}]:${String(port)}` : `${host}:${String(port)}`;
}

function parseRange(entry: string): [ipaddr.IPv4 | ipaddr.IPv6, number] {
  try {
    return ipaddr.parseCIDR(entry.trim());
  } catch (error) {
    throw invalid(entry, error);
  }
}

/** The URL parser brings both sides to one spelling: case, punycode, IPv6 compression. */
function parseHost(entry: string): string {
  const trimmed = entry.trim();
  const authority = isIP(trimmed) === 6 ? `[${trimmed}]` : trimmed;
  const port = /:(\d{1,5})$/u.exec(authority)?.[1];
  const name = port === undefined ? authority : authority.slice(0, -port.length - 1);
  if (!/^(\[[0-9a-f:.]+\]|[^\s:/?#@*[\]\\]+)$/iu.test(name) || Number(port ?? 0) > 65_535) throw invalid(entry);
  try {
    const host = plainHost(new URL(`http://${name}`).hostname);
    return port === undefined ? host : withPort(host, Number(port));
  } catch (error) {
    throw invalid(entry, error);
  }
}

function invalid(entry: string, cause?: unknown): MeshError {
  return new MeshError(
    'CONFIG_INVALID',
    `"${entry}" in the outbound allow-list is not a host, host:port or CIDR range`,
    { cause },
  );
}
