import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { count, durationMs, flag, listenAddress, readConfig } from './index.js';

describe('readConfig', () => {
  const schema = z.object({ GRACE_MS: durationMs.default(25_000), SLOTS: count, DEBUG: flag.default(false) });

  it('fills defaults, converts, and takes an empty variable for unset', () => {
    expect(readConfig(schema, { GRACE_MS: '', SLOTS: '4', DEBUG: 'false', UNRELATED: 'x' })).toEqual({
      GRACE_MS: 25_000,
      SLOTS: 4,
      DEBUG: false,
    });
  });

  it('names every variable at fault and repeats no value', () => {
    expect(() => readConfig(schema, { GRACE_MS: 'hunter2', SLOTS: '0' })).toThrow(/GRACE_MS[^]*SLOTS/u);
    expect(() => readConfig(schema, { GRACE_MS: 'hunter2', SLOTS: '1' })).not.toThrow(/hunter2/u);
  });
});

describe('listenAddress', () => {
  it.each([
    ['127.0.0.1:8080', { host: '127.0.0.1', port: 8080, prefix: '' }],
    ['[::1]:0/prod/', { host: '::1', port: 0, prefix: '/prod' }],
    ['localhost:80/a/b', { host: 'localhost', port: 80, prefix: '/a/b' }],
  ])('reads %s', (text, expected) => {
    expect(listenAddress.parse(text)).toEqual(expected);
  });

  it.each(['8080', 'localhost', 'localhost:99999', 'local host:1', 'localhost:1?x'])('refuses %s', (text) => {
    expect(listenAddress.safeParse(text).success).toBe(false);
  });
});
