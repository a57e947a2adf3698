import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import type { Exchange } from './exchange.js';
import { hopAfter } from './redirect.js';

const headers = {
  authorization: 'Bearer x',
  cookie: 'a=b',
  'x-api-key': 'k',
  accept: '*/*',
  'content-type': 'text/plain',
  'user-agent': 'u',
  'accept-encoding': 'identity',
};

const aHop = (changes: Partial<Exchange> = {}): Exchange => ({
  method: 'POST',
  headers,
  body: 'text',
  signal: new AbortController().signal,
  connectTimeoutMs: 1_000,
  idleTimeoutMs: 1_000,
  ca: undefined,
  ...changes,
});

const here = new URL('https://a.example/x');

describe('hopAfter', () => {
  it.each([
    [301, 'POST', 'GET'],
    [302, 'POST', 'GET'],
    [303, 'PUT', 'GET'],
    [303, 'HEAD', 'HEAD'],
    [302, 'PUT', 'PUT'],
    [307, 'POST', 'POST'],
    [308, 'POST', 'POST'],
  ] as const)('%i after %s is %s', (status, method, expected) => {
    const hop = hopAfter(aHop({ method }), status, here, here);
    const hasBody = expected === method && method !== 'HEAD';
    expect([hop.method, hop.headers['authorization']]).toEqual([expected, 'Bearer x']);
    if (expected === 'GET') expect([hop.body, hop.headers['content-type']]).toEqual([undefined, undefined]);
    else expect(hasBody ? hop.body : 'text').toBe('text');
  });

  it.each(['https://b.example/', 'https://a.example:8443/', 'https://sub.a.example/'])('keeps keys from %s', (to) => {
    const hop = hopAfter(aHop(), 307, here, new URL(to));
    expect(Object.keys(hop.headers).toSorted()).toEqual(['accept', 'accept-encoding', 'content-type', 'user-agent']);
  });

  it('refuses the way from https to http, and no other', () => {
    expect(() => hopAfter(aHop(), 302, here, new URL('http://a.example/'))).toThrow(/from https to http/u);
    expect(hopAfter(aHop(), 302, new URL('http://a.example/'), here).method).toBe('GET');
  });

  it('does not send a stream twice', () => {
    expect(() => hopAfter(aHop({ body: Readable.from(['x']) }), 307, here, here)).toThrow(/sent already/u);
  });
});
