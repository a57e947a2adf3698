import { describe, expect, test } from '@jest/globals';
import { complexOf, magnitudes } from './complex.js';
import { fft } from './fft.js';
import { windowWeights } from './window.js';

const close = (values: readonly number[]) => values.map((value) => expect.closeTo(value, 12));

test('Hann of five', () => {
  expect([...windowWeights('hann', 5)]).toEqual(close([0, 0.5, 1, 0.5, 0]));
});

test('Hamming of five', () => {
  expect([...windowWeights('hamming', 5)]).toEqual(close([0.08, 0.54, 1, 0.54, 0.08]));
});

test.each(['hann', 'hamming', 'chebyshev'] as const)('%s of one lets the value pass', (kind) => {
  expect([...windowWeights(kind, 1)]).toEqual([1]);
});

describe('Chebyshev', () => {
  test.each([32, 33])('of %d is symmetric with its largest value 1', (length) => {
    const weights = [...windowWeights('chebyshev', length)];
    expect([...weights].reverse()).toEqual(close(weights));
    expect(Math.max(...weights)).toBe(1);
  });

  test.each([32, 33])('of %d has all sidelobes at -60 dB', (length) => {
    const padded = [...windowWeights('chebyshev', length), ...Array.from({ length: 4096 - length }, () => 0)];
    const spectrum = [...magnitudes(fft(complexOf(padded)))].slice(0, 2048);
    const lobes = spectrum.filter(
      (value, k) => k > 0 && value > (spectrum[k - 1] ?? 0) && value > (spectrum[k + 1] ?? 0),
    );
    expect(lobes.length).toBeGreaterThan(10);
    for (const lobe of lobes) expect(20 * Math.log10(lobe / (spectrum[0] ?? 0))).toBeCloseTo(-60, 1);
  });
});
