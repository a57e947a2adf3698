import { expect, it } from '@jest/globals';
import { firstThatFit } from './first-that-fit.js';

it('takes what fits one message, in order, and one item at least', () => {
  const items = Array.from({ length: 100 }, (_, index) => ({ index, text: 'x'.repeat(1_000) }));
  const first = firstThatFit(items);
  expect(first).toEqual(items.slice(0, first.length));
  expect(JSON.stringify(first).length).toBeLessThan(50_000);
  expect(first.length).toBeGreaterThan(40);
  expect(firstThatFit(['y'.repeat(60_000), 'z'])).toHaveLength(1);
  expect(firstThatFit([1, 2, 3])).toEqual([1, 2, 3]);
  expect(firstThatFit([])).toEqual([]);
});
