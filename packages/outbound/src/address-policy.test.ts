import { describe, expect, it } from '@jest/globals';
import ipaddr from 'ipaddr.js';
import { findDeniedRange } from './address-policy.js';
import { ipv4SpecialPurposeRanges, ipv6SpecialPurposeRanges } from './special-purpose-ranges.js';

const isDenied = (address: string): boolean => findDeniedRange(address) !== undefined;

// Written out by hand, not computed from the table: first and last of each range, then the neighbours that are public.
const ipv4Ranges: readonly (readonly [
  name: string,
  first: string,
  last: string,
  publicNeighbours: readonly string[],
])[] = [
  ['this network', '0.0.0.0', '0.255.255.255', ['1.0.0.0']],
  ['private 10/8', '10.0.0.0', '10.255.255.255', ['9.255.255.255', '11.0.0.0']],
  ['shared address space', '100.64.0.0', '100.127.255.255', ['100.63.255.255', '100.128.0.0']],
  ['loopback', '127.0.0.0', '127.255.255.255', ['126.255.255.255', '128.0.0.0']],
  ['link local', '169.254.0.0', '169.254.255.255', ['169.253.255.255', '169.255.0.0']],
  ['private 172.16/12', '172.16.0.0', '172.31.255.255', ['172.15.255.255', '172.32.0.0']],
  ['protocol assignments', '192.0.0.0', '192.0.0.255', ['191.255.255.255', '192.0.1.0']],
  ['service continuity', '192.0.0.0', '192.0.0.7', []],
  ['dummy address', '192.0.0.8', '192.0.0.8', ['192.0.0.9']],
  ['after the anycast pair', '192.0.0.11', '192.0.0.169', ['192.0.0.10']],
  ['NAT64 discovery', '192.0.0.170', '192.0.0.171', []],
  ['TEST-NET-1', '192.0.2.0', '192.0.2.255', ['192.0.1.255', '192.0.3.0']],
  ['6to4 relays', '192.88.99.0', '192.88.99.255', ['192.88.98.255', '192.88.100.0']],
  ['private 192.168/16', '192.168.0.0', '192.168.255.255', ['192.167.255.255', '192.169.0.0']],
  ['benchmarking', '198.18.0.0', '198.19.255.255', ['198.17.255.255', '198.20.0.0']],
  ['TEST-NET-2', '198.51.100.0', '198.51.100.255', ['198.51.99.255', '198.51.101.0']],
  ['TEST-NET-3', '203.0.113.0', '203.0.113.255', ['203.0.112.255', '203.0.114.0']],
  ['multicast', '224.0.0.0', '239.255.255.255', ['223.255.255.255']],
  ['reserved', '240.0.0.0', '255.255.255.254', []],
  ['limited broadcast', '255.255.255.255', '255.255.255.255', []],
];

const ones = (hextets: number): string => Array.from({ length: hextets }, () => 'ffff').join(':');

const ipv6Ranges: readonly (readonly [
  name: string,
  first: string,
  last: string,
  publicNeighbours: readonly string[],
])[] = [
  ['unspecified', '::', '::', []],
  ['loopback', '::1', '::1', []],
  ['IPv4-compatible', '::2', '::ffff:ffff', []],
  ['IPv4-mapped', '::ffff:0:0', `::ffff:ffff:ffff`, []],
  ['IPv4-translated', '::ffff:0:0:0', '::ffff:0:ffff:ffff', []],
  ['before NAT64', '64:ff9a:ffff::', `64:ff9a:${ones(6)}`, []],
  ['between the NAT64 prefixes', '64:ff9b::1:0:0', `64:ff9b:0:${ones(5)}`, []],
  ['local NAT64', '64:ff9b:1::', `64:ff9b:1:${ones(5)}`, []],
  ['discard only', '100::', `100::${ones(4)}`, []],
  ['dummy prefix', '100:0:0:1::', `100:0:0:1:${ones(4)}`, []],
  ['reserved up to 2000::/3', '100:0:0:2::', `1fff:${ones(7)}`, ['2000::']],
  ['Teredo', '2001::', `2001:0:${ones(6)}`, [`2000:${ones(7)}`]],
  ['before the anycast trio', '2001:1::', '2001:1::', ['2001:1::1']],
  ['after the anycast trio', '2001:1::4', `2001:1:${ones(6)}`, ['2001:1::2', '2001:1::3']],
  ['benchmarking', '2001:2::', `2001:2:0:${ones(5)}`, []],
  ['between benchmarking and AMT', '2001:2:1::', `2001:2:${ones(6)}`, ['2001:3::']],
  ['before AS112', '2001:4::', `2001:4:111:${ones(5)}`, [`2001:3:${ones(6)}`, '2001:4:112::']],
  ['after AS112', '2001:4:113::', `2001:f:${ones(6)}`, [`2001:4:112:${ones(5)}`]],
  ['ORCHID', '2001:10::', `2001:1f:${ones(6)}`, ['2001:20::']],
  [
    'after the drone tags',
    '2001:40::',
    `2001:1ff:${ones(6)}`,
    [`2001:2f:${ones(6)}`, '2001:30::', `2001:3f:${ones(6)}`, '2001:200::'],
  ],
  ['documentation', '2001:db8::', `2001:db8:${ones(6)}`, [`2001:db7:${ones(6)}`, '2001:db9::']],
  ['6to4', '2002::', `2002:${ones(7)}`, [`2001:${ones(7)}`, '2003::']],
  ['documentation 3fff', '3fff::', `3fff:fff:${ones(6)}`, [`3ffe:${ones(7)}`, '3fff:1000::', `3fff:${ones(7)}`]],
  ['reserved up to SRv6', '4000::', `5eff:${ones(7)}`, []],
  ['SRv6', '5f00::', `5f00:${ones(7)}`, []],
  ['reserved up to unique local', '5f01::', `fbff:${ones(7)}`, []],
  ['unique local', 'fc00::', `fdff:${ones(7)}`, []],
  ['reserved up to link local', 'fe00::', `fe7f:${ones(7)}`, []],
  ['link local', 'fe80::', `febf:${ones(7)}`, []],
  ['site local', 'fec0::', `feff:${ones(7)}`, []],
  ['multicast', 'ff00::', ones(8), []],
];

describe('IPv4', () => {
  it.each(ipv4Ranges)('%s is denied from %s to %s and not beyond', (_, first, last, neighbours) => {
    expect([first, last].map(isDenied)).toEqual([true, true]);
    expect(neighbours.filter(isDenied)).toEqual([]);
  });

  it.each(['8.8.8.8', '93.184.215.14', '192.31.196.1', '192.52.193.1', '192.175.48.1'])('%s is public', (address) => {
    expect(findDeniedRange(address)).toBeUndefined();
  });
});

describe('IPv4 inside IPv6', () => {
  const hex = (address: string): string => {
    const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  };

  it.each(ipv4Ranges)('%s is denied in every disguise', (_, first, last) => {
    for (const address of [first, last]) {
      const forms = ['::ffff:', '::ffff:0:', '::', '64:ff9b::', '64:ff9b:1::'].flatMap((prefix) => [
        `${prefix}${address}`,
        `${prefix}${hex(address)}`,
      ]);
      const tunnels = [`2002:${hex(address)}::1`, `2001:0:${hex('8.8.8.8')}:0:0:${hex(address)}`];
      expect([...forms, ...tunnels].filter((form) => !isDenied(form))).toEqual([]);
    }
  });

  it('follows NAT64 to a public address and trusts no other disguise of one', () => {
    expect(['64:ff9b::8.8.8.8', '64:ff9b::808:808', '64:ff9b::c000:9'].map(isDenied)).toEqual([false, false, false]);
    expect(['::ffff:8.8.8.8', '::8.8.8.8', '2002:808:808::', '64:ff9b:1::808:808'].map(isDenied)).toEqual([
      true,
      true,
      true,
      true,
    ]);
  });
});

describe('IPv6', () => {
  it.each(ipv6Ranges)('%s is denied from %s to %s and not beyond', (_, first, last, neighbours) => {
    expect([first, last].map(isDenied)).toEqual([true, true]);
    expect(neighbours.filter(isDenied)).toEqual([]);
  });

  it.each(['2606:4700:4700::1111', '2a00:1450::1', '2620:4f:8000::1', '2620:4f:7fff::', '3fff:1000::'])(
    '%s is public',
    (address) => {
      expect(findDeniedRange(address)).toBeUndefined();
    },
  );
});

describe('what is not an address', () => {
  it.each([
    '',
    'localhost',
    '0x7f.1',
    '2130706433',
    '0177.0.0.1',
    '127.1',
    '::1%lo',
    'fe80::1%eth0',
    '2606:4700::1%eth0',
    '1.2.3.4/8',
    ' 8.8.8.8',
  ])('%j is denied', (text) => {
    expect(isDenied(text)).toBe(true);
  });
});

describe('the table', () => {
  it('has whole prefixes, each once', () => {
    const rows = [...ipv4SpecialPurposeRanges, ...ipv6SpecialPurposeRanges];
    const network = (prefix: string): string => {
      const [address, bits] = ipaddr.parseCIDR(prefix);
      const first =
        address.kind() === 'ipv4'
          ? ipaddr.IPv4.networkAddressFromCIDR(prefix)
          : ipaddr.IPv6.networkAddressFromCIDR(prefix);
      return `${first.toString()}/${String(bits)}`;
    };
    expect(rows.filter(({ prefix }) => network(prefix) !== prefix)).toEqual([]);
    expect(new Set(rows.map(({ prefix }) => prefix)).size).toBe(rows.length);
  });
});
