import { describe, expect, test } from '@jest/globals';
import { gaussian } from './gaussian.js';
import { Random } from './random.js';

describe('random integers', () => {
  test('the same seed and stream give the same numbers; another of either, others', () => {
    const first = (seed: number, stream: number) => {
      const random = new Random(seed, stream);
      return Array.from({ length: 5 }, () => random.int32());
    };
    expect(first(1, 2)).toEqual(first(1, 2));
    const starts = [first(1, 2), first(2, 2), first(1, 3), first(2, 1)].map(([value]) => value);
    expect(new Set(starts).size).toBe(4);
  });

  test('all bits are as often set as not', () => {
    const random = new Random(7);
    const counts = new Array<number>(32).fill(0);
    for (let draw = 0; draw < 4000; draw += 1) {
      const bits = random.int32();
      counts.forEach((count, bit) => (counts[bit] = count + ((bits >>> bit) & 1)));
    }
    for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(160); // five standard deviations
  });
});

describe('normal values', () => {
  const random = new Random(11);
  const values = Array.from({ length: 100_000 }, () => gaussian(random));
  const meanOf = (power: number) => values.reduce((sum, value) => sum + value ** power, 0) / values.length;

  test('have the moments 0, 1, 0, 3', () => {
    expect(meanOf(1)).toBeCloseTo(0, 1.7);
    expect(meanOf(2)).toBeCloseTo(1, 1.5);
    expect(meanOf(3)).toBeCloseTo(0, 1);
    expect(meanOf(4)).toBeCloseTo(3, 0.7);
  });

  test.each([
    [0.5, 0.617075],
    [1, 0.317311],
    [2, 0.0455],
    [3, 0.0027],
    [3.6, 0.000318],
  ])('exceed %d in size as often as they should', (limit, probability) => {
    const count = values.filter((value) => Math.abs(value) > limit).length;
    const expected = probability * values.length;
    expect(Math.abs(count - expected)).toBeLessThan(5 * Math.sqrt(expected));
  });
});
