import { expect, test } from '@jest/globals';
import { roundTicks, tickText } from './ticks.js';

test.each([
  [0, 50, 5, [0, 10, 20, 30, 40, 50]],
  [-13.7, 13.2, 6, [-10, -5, 0, 5, 10]],
  [0, 35, 7, [0, 5, 10, 15, 20, 25, 30, 35]],
  [0.097, 50.06, 6, [10, 20, 30, 40, 50]],
  [0, 0.5, 5, [0, 0.1, 0.2, 0.3, 0.4, 0.5]],
  [-200, 1300, 3, [0, 500, 1000]],
])('from %d to %d, about %d', (low, high, count, expected) => {
  expect(roundTicks(low, high, count)).toEqual(expected);
});

test('numbers have a true minus sign', () => {
  expect(tickText(-7.5)).toBe('\u22127.5');
});
