import { complexVector, magnitudes, type ComplexVector } from './complex.js';
import { fft, shiftZeroToMiddle } from './fft.js';
import { degreesOf } from './degrees.js';

/**
 * Section 7 step 8, FFT: the antennas' values, zero-padded (or cut) to `length`, transformed; the strongest spatial
 * frequency, of equals the first.
 *
 * @returns degrees, as x_v ~ exp(+j pi v sin(angle)) has it
 */
export function angleByFft({ re, im }: ComplexVector, length: number): number {
  const padded = complexVector(length);
  padded.re.set(re.subarray(0, length));
  padded.im.set(im.subarray(0, length));
  const spectrum = magnitudes(shiftZeroToMiddle(fft(padded)));
  const strongest = spectrum.indexOf(Math.max(...spectrum));
  return degreesOf(Math.asin((2 * strongest) / length - 1));
}
