import { expect, test } from '@jest/globals';
import { resolveConnection } from './settings.js';

const saved = { url: 'https://mesh.example.org/prod', apiKey: 'saved-key' };
const none = { url: undefined, apiKey: undefined };

test('without any setting: this machine, no key', () => {
  expect(resolveConnection({}, none, null)).toEqual({ baseUrl: 'http://127.0.0.1:8600/prod', apiKey: undefined });
});

test('a saved login gives both', () => {
  expect(resolveConnection({}, none, saved)).toEqual({ baseUrl: saved.url, apiKey: 'saved-key' });
});

test('variables go before the saved login, flags before variables', () => {
  const variables = { url: 'http://env.example/prod', apiKey: 'env-key' };
  expect(resolveConnection({}, variables, saved)).toEqual({ baseUrl: 'http://env.example/prod', apiKey: 'env-key' });
  const flags = { url: 'http://flag.example/prod', key: 'flag-key' };
  expect(resolveConnection(flags, variables, saved)).toEqual({
    baseUrl: 'http://flag.example/prod',
    apiKey: 'flag-key',
  });
});

test('a saved key goes to its own gateway only, however its address is written', () => {
  expect(resolveConnection({ url: 'https://other.example/prod' }, none, saved).apiKey).toBeUndefined();
  expect(resolveConnection({}, { ...none, url: 'http://mesh.example.org/prod' }, saved).apiKey).toBeUndefined();
  expect(resolveConnection({ url: 'https://MESH.example.org/' }, none, saved).apiKey).toBe('saved-key');
});
