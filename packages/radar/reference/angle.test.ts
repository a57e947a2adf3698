import { describe, expect, test } from '@jest/globals';
import { raddetConfig } from '../sim/index.js';
import { angleByFft } from './angle-fft.js';
import { angleByScan } from './angle-scan.js';
import { compensateTdm } from './compensate-tdm.js';
import { complexVector, type ComplexVector } from './complex.js';

/** What eight antennas see of a plane wave. */
function waveFrom(degrees: number, antennas = 8): ComplexVector {
  const values = complexVector(antennas);
  for (let antenna = 0; antenna < antennas; antenna += 1) {
    const phase = Math.PI * antenna * Math.sin((degrees * Math.PI) / 180) + 0.7;
    values.re[antenna] = 300 * Math.cos(phase);
    values.im[antenna] = 300 * Math.sin(phase);
  }
  return values;
}

describe('FFT', () => {
  test('angles between which it can choose are exact', () => {
    expect(angleByFft(waveFrom(0), 64)).toBe(0);
    expect(angleByFft(waveFrom(30), 64)).toBeCloseTo(30, 9); // index 48: asin(1/2)
    expect(angleByFft(waveFrom(-30), 64)).toBeCloseTo(-30, 9);
    // The strongest point of RADDet's frame 559, reported with the sign turned: 18.21 degrees, index 22.
    expect(angleByFft(waveFrom(-18.21), 64)).toBeCloseTo(-18.21, 2);
  });

  test('antennas beyond its length do not count', () => {
    expect(angleByFft(waveFrom(30, 12), 8)).toBeCloseTo(30, 9);
  });
});

test.each(['dbf', 'capon', 'music'] as const)('%s finds the nearest half degree', (method) => {
  for (const degrees of [-90, -61.5, -18.2, 0, 12.3, 44.9, 72]) {
    expect(angleByScan(method, waveFrom(degrees))).toBeCloseTo(Math.round(2 * degrees) / 2, 9);
  }
});

test('of one antenna every angle is as good: the first', () => {
  for (const method of ['dbf', 'capon', 'music'] as const) {
    const values = complexVector(1);
    values.re[0] = 1;
    expect(angleByScan(method, values)).toBe(-90);
  }
});

test('the phase of time division is taken out', () => {
  const { basic } = raddetConfig;
  const seen = waveFrom(20);
  // Doppler bin 48 is 16 bins above 0: 2 pi 16 / (64 * 2) = 45 degrees more for the second transmitter.
  const turned = complexVector(8);
  for (let antenna = 0; antenna < 8; antenna += 1) {
    const phase = antenna < 4 ? 0 : Math.PI / 4;
    const [re, im] = [seen.re[antenna] ?? 0, seen.im[antenna] ?? 0];
    turned.re[antenna] = re * Math.cos(phase) - im * Math.sin(phase);
    turned.im[antenna] = re * Math.sin(phase) + im * Math.cos(phase);
  }
  const compensated = compensateTdm(turned, 48, basic);
  compensated.re.forEach((re, antenna) => {
    expect(re).toBeCloseTo(seen.re[antenna] ?? Number.NaN, 9);
    expect(compensated.im[antenna]).toBeCloseTo(seen.im[antenna] ?? Number.NaN, 9);
  });
  expect(angleByScan('dbf', turned)).not.toBeCloseTo(20, 0);
});
