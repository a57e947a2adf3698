import { describe, expect, it } from '@jest/globals';
import { fitNumber, meetsRule } from './fit-number.js';
import { fitSize } from './fit-size.js';

describe('fitNumber', () => {
  it.each([
    [5, {}, 5],
    [44_100, { supported: [16_000, 44_100] }, 44_100],
    [48_000, { supported: [16_000, 44_100] }, 16_000],
    [5, { minimum: 10 }, 10],
    [5, { maximum: 3 }, 3],
    [100, { alignTo: 8 }, 104],
    [99, { alignTo: 8 }, 96],
    [511, { alignTo: 8, maximum: 511 }, 504],
    [1, { alignTo: 8 }, 8],
    [61, { alignTo: 8, minimum: 61 }, 64],
  ])('%d under %o becomes %d', (actual, rule, expected) => {
    expect(fitNumber(actual, rule)).toBe(expected);
    expect(meetsRule(fitNumber(actual, rule), rule)).toBe(true);
    expect(meetsRule(actual, rule)).toBe(actual === expected);
  });

  it('leaves a number without a rule alone', () => {
    expect([fitNumber(7, undefined), meetsRule(7, undefined)]).toEqual([7, true]);
  });

  it('meets a limit within a tolerance', () => {
    expect(meetsRule(104, { maximum: 100 }, { share: 0.05 })).toBe(true);
    expect(meetsRule(106, { maximum: 100 }, { share: 0.05 })).toBe(false);
  });
});

describe('fitSize', () => {
  const wide = { width: 1600, height: 900 };

  it('leaves what fits', () => {
    expect(fitSize(wide, { width: { maximum: 2000 }, keepAspectRatio: true })).toEqual(wide);
  });

  it('fits each side by itself unless told to keep the ratio', () => {
    expect(fitSize(wide, { width: { maximum: 800 } })).toEqual({ width: 800, height: 900 });
    expect(fitSize(wide, { width: { maximum: 800 }, keepAspectRatio: true })).toEqual({ width: 800, height: 450 });
  });

  it('grows and shrinks both sides alike', () => {
    const limits = { minimum: 512, maximum: 1024, alignTo: 64 };
    const wishes = { width: limits, height: limits, keepAspectRatio: true };
    expect(fitSize(wide, wishes)).toEqual({ width: 1024, height: 576 });
    expect(fitSize({ width: 400, height: 300 }, wishes)).toEqual({ width: 704, height: 512 });
  });

  it('gives up the ratio where the limits leave no other way', () => {
    const limits = { minimum: 128, maximum: 512 };
    expect(fitSize({ width: 100, height: 1000 }, { width: limits, height: limits, keepAspectRatio: true })).toEqual({
      width: 128,
      height: 512,
    });
  });

  it('follows one supported side with the other', () => {
    expect(fitSize(wide, { width: { supported: [640] }, keepAspectRatio: true })).toEqual({ width: 640, height: 360 });
  });

  it('takes a pair as a whole', () => {
    const sizes: [number, number][] = [
      [512, 512],
      [1600, 900],
    ];
    expect(fitSize(wide, { sizes })).toEqual(wide);
    expect(fitSize({ width: 1600, height: 901 }, { sizes })).toEqual({ width: 512, height: 512 });
  });

  it('never ends at no pixel', () => {
    expect(fitSize({ width: 10_000, height: 1 }, { width: { maximum: 10 }, keepAspectRatio: true })).toEqual({
      width: 10,
      height: 1,
    });
  });
});
