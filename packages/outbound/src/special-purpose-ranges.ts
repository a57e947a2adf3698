/** One row of a registry of IP addresses. */
export interface SpecialPurposeRange {
  readonly prefix: string;
  readonly name: string;
  readonly source: string;
  /** False also where the registry says "N/A": deprecated and tunnel prefixes lead where nobody can tell. */
  readonly globallyReachable: boolean;
}

const not = (prefix: string, name: string, source: string): SpecialPurposeRange => ({
  prefix,
  name,
  source,
  globallyReachable: false,
});
const global = (prefix: string, name: string, source: string): SpecialPurposeRange => ({
  prefix,
  name,
  source,
  globallyReachable: true,
});

/** IANA IPv4 Special-Purpose Address Registry (RFC 6890, RFC 8190), and multicast, which has a registry of its own. */
export const ipv4SpecialPurposeRanges: readonly SpecialPurposeRange[] = [
  not('0.0.0.0/8', 'This network', 'RFC 791'),
  not('0.0.0.0/32', 'This host on this network', 'RFC 1122'),
  not('10.0.0.0/8', 'Private-Use', 'RFC 1918'),
  not('100.64.0.0/10', 'Shared Address Space', 'RFC 6598'),
  not('127.0.0.0/8', 'Loopback', 'RFC 1122'),
  not('169.254.0.0/16', 'Link Local', 'RFC 3927'),
  not('172.16.0.0/12', 'Private-Use', 'RFC 1918'),
  not('192.0.0.0/24', 'IETF Protocol Assignments', 'RFC 6890'),
  not('192.0.0.0/29', 'IPv4 Service Continuity Prefix', 'RFC 7335'),
  not('192.0.0.8/32', 'IPv4 dummy address', 'RFC 7600'),
  global('192.0.0.9/32', 'Port Control Protocol Anycast', 'RFC 7723'),
  global('192.0.0.10/32', 'TURN Anycast', 'RFC 8155'),
  not('192.0.0.170/32', 'NAT64/DNS64 Discovery', 'RFC 8880'),
  not('192.0.0.171/32', 'NAT64/DNS64 Discovery', 'RFC 8880'),
  not('192.0.2.0/24', 'Documentation (TEST-NET-1)', 'RFC 5737'),
  global('192.31.196.0/24', 'AS112-v4', 'RFC 7535'),
  global('192.52.193.0/24', 'AMT', 'RFC 7450'),
  not('192.88.99.0/24', 'Deprecated (6to4 Relay Anycast)', 'RFC 7526'),
  not('192.88.99.2/32', '6a44-relay anycast', 'RFC 6751'),
  not('192.168.0.0/16', 'Private-Use', 'RFC 1918'),
  global('192.175.48.0/24', 'Direct Delegation AS112 Service', 'RFC 7534'),
  not('198.18.0.0/15', 'Benchmarking', 'RFC 2544'),
  not('198.51.100.0/24', 'Documentation (TEST-NET-2)', 'RFC 5737'),
  not('203.0.113.0/24', 'Documentation (TEST-NET-3)', 'RFC 5737'),
  not('224.0.0.0/4', 'Multicast', 'RFC 5771'),
  not('240.0.0.0/4', 'Reserved', 'RFC 1112'),
  not('255.255.255.255/32', 'Limited Broadcast', 'RFC 919'),
];

/**
 * IANA IPv6 Special-Purpose Address Registry, then what the Internet Protocol Version 6 Address Space registry gives to
 * anything but global unicast (2000::/3).
 */
export const ipv6SpecialPurposeRanges: readonly SpecialPurposeRange[] = [
  not('::1/128', 'Loopback Address', 'RFC 4291'),
  not('::/128', 'Unspecified Address', 'RFC 4291'),
  not('::ffff:0:0/96', 'IPv4-mapped Address', 'RFC 4291'),
  global('64:ff9b::/96', 'IPv4-IPv6 Translat.', 'RFC 6052'),
  not('64:ff9b:1::/48', 'IPv4-IPv6 Translat.', 'RFC 8215'),
  not('100::/64', 'Discard-Only Address Block', 'RFC 6666'),
  not('100:0:0:1::/64', 'Dummy IPv6 Prefix', 'RFC 9780'),
  not('2001::/23', 'IETF Protocol Assignments', 'RFC 2928'),
  not('2001::/32', 'TEREDO', 'RFC 4380'),
  global('2001:1::1/128', 'Port Control Protocol Anycast', 'RFC 7723'),
  global('2001:1::2/128', 'TURN Anycast', 'RFC 8155'),
  global('2001:1::3/128', 'DNS-SD Service Registration Protocol Anycast', 'RFC 9665'),
  not('2001:2::/48', 'Benchmarking', 'RFC 5180'),
  global('2001:3::/32', 'AMT', 'RFC 7450'),
  global('2001:4:112::/48', 'AS112-v6', 'RFC 7535'),
  not('2001:10::/28', 'Deprecated (ORCHID)', 'RFC 4843'),
  global('2001:20::/28', 'ORCHIDv2', 'RFC 7343'),
  global('2001:30::/28', 'Drone Remote ID Protocol Entity Tags', 'RFC 9374'),
  not('2001:db8::/32', 'Documentation', 'RFC 3849'),
  not('2002::/16', '6to4', 'RFC 3056'),
  global('2620:4f:8000::/48', 'Direct Delegation AS112 Service', 'RFC 7534'),
  not('3fff::/20', 'Documentation', 'RFC 9637'),
  not('5f00::/16', 'Segment Routing (SRv6) SIDs', 'RFC 9602'),
  not('fc00::/7', 'Unique-Local', 'RFC 4193'),
  not('fe80::/10', 'Link-Local Unicast', 'RFC 4291'),

  not('::/96', 'Deprecated (IPv4-compatible Address)', 'RFC 4291'),
  not('::/8', 'Reserved by IETF', 'RFC 4291'),
  not('100::/8', 'Reserved by IETF', 'RFC 4291'),
  not('200::/7', 'Reserved by IETF', 'RFC 4048'),
  not('400::/6', 'Reserved by IETF', 'RFC 4291'),
  not('800::/5', 'Reserved by IETF', 'RFC 4291'),
  not('1000::/4', 'Reserved by IETF', 'RFC 4291'),
  not('4000::/3', 'Reserved by IETF', 'RFC 4291'),
  not('6000::/3', 'Reserved by IETF', 'RFC 4291'),
  not('8000::/3', 'Reserved by IETF', 'RFC 4291'),
  not('a000::/3', 'Reserved by IETF', 'RFC 4291'),
  not('c000::/3', 'Reserved by IETF', 'RFC 4291'),
  not('e000::/4', 'Reserved by IETF', 'RFC 4291'),
  not('f000::/5', 'Reserved by IETF', 'RFC 4291'),
  not('f800::/6', 'Reserved by IETF', 'RFC 4291'),
  not('fe00::/9', 'Reserved by IETF', 'RFC 4291'),
  not('fec0::/10', 'Deprecated (Site-Local)', 'RFC 3879'),
  not('ff00::/8', 'Multicast', 'RFC 4291'),
];
