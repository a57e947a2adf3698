import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import {
  ipv4SpecialPurposeRanges,
  ipv6SpecialPurposeRanges,
  type SpecialPurposeRange,
} from './special-purpose-ranges.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

interface ParsedRange {
  readonly range: SpecialPurposeRange;
  readonly cidr: [Address, number];
}

const noAddress: SpecialPurposeRange = { prefix: '', name: 'not an IP address', source: '', globallyReachable: false };
const ipv4Ranges = narrowestFirst(ipv4SpecialPurposeRanges);
const ipv6Ranges = narrowestFirst(ipv6SpecialPurposeRanges);
const translated = ipaddr.IPv6.parseCIDR('64:ff9b::/96');

/** The registry's row that makes an address unfit to be called, or undefined when it is public. */
export function findDeniedRange(address: string): SpecialPurposeRange | undefined {
  // A zone id (fe80::1%eth0) names an interface of this machine; ipaddr.js would also read forms such as 0x7f.1.
  if (isIP(address) === 0 || address.includes('%')) return noAddress;
  const parsed = ipaddr.parse(address);
  const ranges = parsed.kind() === 'ipv4' ? ipv4Ranges : ipv6Ranges;
  const found = ranges.find(({ cidr }) => parsed.match(cidr))?.range;
  if (found !== undefined && !found.globallyReachable) return found;
  return parsed instanceof ipaddr.IPv6 && parsed.match(translated) ? findDeniedRange(embeddedIpv4(parsed)) : undefined;
}

/** Of nested ranges, the narrower decides: 192.0.0.9 is reachable within 192.0.0.0/24, which is not. */
function narrowestFirst(ranges: readonly SpecialPurposeRange[]): readonly ParsedRange[] {
  return ranges
    .map((range) => ({ range, cidr: ipaddr.parseCIDR(range.prefix) }))
    .toSorted((a, b) => b.cidr[1] - a.cidr[1]);
}

/** The IPv4 address that a NAT64 gateway will call for 64:ff9b::/96. */
function embeddedIpv4(address: ipaddr.IPv6): string {
  return address.toByteArray().slice(12).join('.');
}
