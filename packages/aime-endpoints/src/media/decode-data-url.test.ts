import { randomBytes } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { decodeDataUrl, decodeLongDataUrl } from './decode-data-url.js';

const { signal } = new AbortController();
const long = randomBytes(4_000_001); // ends in one character of padding
const base64 = long.toString('base64');
const urlOf = (body: string): string => `data:image/png;base64,${body}`;

/** Turns that others had while the work went on. */
async function turnsDuring<Value>(work: Promise<Value>): Promise<{ value: Value; turns: number }> {
  const state = { isDone: false, turns: 0 };
  const ended = work.finally(() => (state.isDone = true));
  while (!state.isDone) {
    await setImmediate();
    state.turns += 1;
  }
  return { value: await ended, turns: state.turns };
}

function withoutBytes(read: ReturnType<typeof decodeDataUrl>) {
  return read.ok ? { ...read.value, bytes: null } : read;
}

test.each([
  ['as it is', base64],
  ['in lines', base64.replace(/(.{76})/gu, '$1\r\n')],
  ['without padding', base64.replace(/=+$/u, '')],
  ['with a blank in front', ` ${base64}`],
])('a long body, %s, is decoded bit for bit, and others have their turns', async (_name, body) => {
  const { value, turns } = await turnsDuring(decodeLongDataUrl(urlOf(body), long.length, signal));
  expect(turns).toBeGreaterThan(10);
  const atOnce = decodeDataUrl(urlOf(body), long.length);
  // Jest compares bytes one by one: four million take ten seconds
  for (const read of [value, atOnce]) expect(read.ok && long.equals(read.value.bytes)).toBe(true);
  expect(withoutBytes(atOnce)).toEqual(withoutBytes(value));
});

test.each([
  ['a stray character', `${base64.slice(0, 3_000_000)}!${base64.slice(3_000_001)}`, 'not valid base64'],
  ['the other alphabet', `${base64.slice(0, 3_000_000)}_${base64.slice(3_000_001)}`, 'not valid base64'],
  ['padding inside', `${base64.slice(0, 3_000_000)}=${base64.slice(3_000_001)}`, 'not valid base64'],
  ['half a group', base64.slice(0, -3), 'not valid base64'],
  ['a byte too many', Buffer.concat([long, Buffer.alloc(1)]).toString('base64'), 'the most that is taken is 4000001'],
  ['blanks alone', ' '.repeat(2_000_000), 'the data is empty'],
])('a long body with %s is refused', async (_name, body, reason) => {
  expect(await decodeLongDataUrl(urlOf(body), long.length, signal)).toEqual({
    ok: false,
    errors: [expect.stringContaining(reason)],
  });
});

test('decoding ends when nobody waits any more', async () => {
  const leaving = new AbortController();
  const decoding = decodeLongDataUrl(urlOf(base64), long.length, leaving.signal);
  leaving.abort();
  await expect(decoding).rejects.toBe(leaving.signal.reason);
});
