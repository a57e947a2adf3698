import { describe, expect, test } from '@jest/globals';
import { complexOf, magnitudes, type ComplexVector } from './complex.js';
import { fft, shiftZeroToMiddle } from './fft.js';

function toneOf(length: number, frequency: number): ComplexVector {
  const phases = Array.from({ length }, (_, n) => (2 * Math.PI * frequency * n) / length);
  return complexOf(
    phases.map((phase) => Math.cos(phase)),
    phases.map((phase) => Math.sin(phase)),
  );
}

describe('fft', () => {
  test('of 1, 2, 3, 4, by hand', () => {
    const { re, im } = fft(complexOf([1, 2, 3, 4]));
    [10, -2, -2, -2].forEach((value, k) => {
      expect(re[k]).toBeCloseTo(value, 12);
    });
    [0, 2, 0, -2].forEach((value, k) => {
      expect(im[k]).toBeCloseTo(value, 12);
    });
  });

  test.each([1, 3, 8, 16, 17, 24, 60, 96, 256, 100])(
    'a tone of length %d has one line, as high as the length',
    (length) => {
      const frequency = Math.floor(length / 3);
      const spectrum = magnitudes(fft(toneOf(length, frequency)));
      spectrum.forEach((magnitude, k) => {
        expect(magnitude).toBeCloseTo(k === frequency ? length : 0, 9);
      });
    },
  );

  test('an impulse has all frequencies', () => {
    expect([...magnitudes(fft(complexOf([0, 1, 0, 0, 0, 0])))]).toEqual(
      Array.from({ length: 6 }, () => expect.closeTo(1, 12)),
    );
  });
});

test.each([
  [4, [2, 3, 0, 1]],
  [5, [3, 4, 0, 1, 2]],
  [1, [0]],
])('the shift of %d values brings frequency 0 to floor(N/2)', (length, expected) => {
  const { re } = shiftZeroToMiddle(complexOf(Array.from({ length }, (_, k) => k)));
  expect([...re]).toEqual(expected);
  expect(re[Math.floor(length / 2)]).toBe(0);
});
