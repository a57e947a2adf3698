import { expect, test } from '@jest/globals';
import { parseDuration } from './duration.js';

test.each([
  ['90s', 90],
  ['15m', 900],
  ['12h', 43_200],
  ['30d', 2_592_000],
])('%s', (text, seconds) => {
  expect(parseDuration(text)).toBe(seconds);
});

test.each(['', '15', 'm', '0s', '-5m', '1.5h', '15 m', '1w', '9999999d'])('refuses %j', (text) => {
  expect(() => parseDuration(text)).toThrow(
    expect.objectContaining({ name: 'UsageError', message: `"${text}" is not a duration` }),
  );
});
