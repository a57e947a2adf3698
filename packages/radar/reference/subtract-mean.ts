import type { ComplexVector } from './complex.js';

/**
 * Section 7 steps 1 and 3: over the samples of a chirp it takes away the constant part, over the chirps of a range bin
 * whatever stands still.
 */
export function subtractMean({ re, im }: ComplexVector): ComplexVector {
  return { re: withoutMean(re), im: withoutMean(im) };
}

function withoutMean(values: Float64Array): Float64Array {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.map((value) => value - mean);
}
