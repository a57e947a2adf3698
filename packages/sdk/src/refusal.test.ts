import { describe, expect, test } from '@jest/globals';
import { parseRetryAfter } from './refusal.js';

describe('parseRetryAfter', () => {
  const now = Date.parse('2026-01-05T06:00:00Z');

  test.each([
    ['7', 7000],
    ['0', 0],
    ['Mon, 05 Jan 2026 06:00:30 GMT', 30_000],
    ['Mon, 05 Jan 2026 05:00:00 GMT', 0],
    ['soon', undefined],
    [null, undefined],
  ])('%j', (header, expected) => {
    expect(parseRetryAfter(header, now)).toBe(expected);
  });
});
