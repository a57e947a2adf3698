import { expect, it } from '@jest/globals';
import { findSharedAddress } from './shared-address.js';

const at = (prefix: string, port = 8600) => ({ host: '127.0.0.1', port, prefix });

it('names the variables that share an address and prefix', () => {
  expect(findSharedAddress({ LISTEN_ESD: [at('/prod'), at('')], LISTEN_AUTH: [at('/auth'), at('')] })).toBe(
    'LISTEN_ESD and LISTEN_AUTH both name 127.0.0.1:8600: give one of them another prefix or port',
  );
});

it('lets prefixes and ports differ, and one variable repeat itself', () => {
  const byVariable = { LISTEN_ESD: [at(''), at('')], LISTEN_AUTH: [at('/auth'), at('', 8601)] };
  expect(findSharedAddress(byVariable)).toBeUndefined();
});
