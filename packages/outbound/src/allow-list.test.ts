import { describe, expect, it } from '@jest/globals';
import { AllowList } from './allow-list.js';

describe('AllowList', () => {
  it.each([
    ['minio', 'minio', 9000, true],
    ['minio', 'minio.', 80, true],
    ['minio:9000', 'minio', 9000, true],
    ['minio:9000', 'minio', 9001, false],
    ['minio', 'minio.example', 80, false],
    ['MINIO.Example', 'minio.example', 80, true],
    ['m\u00fcnchen.example', 'xn--mnchen-3ya.example', 443, true],
    ['127.0.0.1:80', '127.0.0.1', 80, true],
    ['127.0.0.1', '127.0.0.2', 80, false],
    ['[::1]:8080', '[::1]', 8080, true],
    ['[::1]:8080', '[::1]', 8081, false],
    ['0:0:0:0:0:0:0:1', '[::1]', 8081, true],
    ['10.0.0.0/8', '10.0.0.1', 80, false],
  ])('%s and %s:%i: %s', (entry, hostname, port, expected) => {
    expect(new AllowList([entry]).hasHost(hostname, port)).toBe(expected);
  });

  it.each([
    ['10.1.0.0/16', '10.1.255.255', true],
    ['10.1.0.0/16', '10.2.0.0', false],
    ['fd00::/8', 'fdff::1', true],
    ['fd00::/8', 'fc00::1', false],
    ['10.0.0.0/8', '::ffff:10.0.0.1', false],
    ['fd00::/8', 'fd00::1%eth0', false],
    ['127.0.0.1', '127.0.0.1', false],
  ])('%s holds the address %s: %s', (entry, address, expected) => {
    expect(new AllowList([entry]).hasAddress(address)).toBe(expected);
  });

  it.each(['', '*', '10.0.0.0/40', 'http://minio', 'a b', 'minio:99999', 'user@host', 'host/path', '[::1'])(
    'refuses %j',
    (entry) => {
      expect(() => new AllowList([entry])).toThrow(/allow-list/u);
    },
  );
});
