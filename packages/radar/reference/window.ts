import type { WindowKind } from '../ts/types.js';

/** -60 dB: the height of the main lobe over the sidelobes of the Chebyshev window. */
const chebyshevRatio = 1000;

/**
 * Symmetric windows of `length` weights. Section 7 steps 2 and 4 give Hann; Hamming and Hann as in F. J. Harris, "On the
 * use of windows for harmonic analysis with the discrete Fourier transform", 1978.
 */
export function windowWeights(kind: WindowKind, length: number): Float64Array {
  if (length === 1) return Float64Array.of(1);
  switch (kind) {
    case 'hann':
      return raisedCosine(length, 0.5);
    case 'hamming':
      return raisedCosine(length, 0.54);
    case 'chebyshev':
      return chebyshev(length);
  }
}

function raisedCosine(length: number, offset: number): Float64Array {
  return Float64Array.from(
    { length },
    (_, index) => offset - (1 - offset) * Math.cos((2 * Math.PI * index) / (length - 1)),
  );
}

/** Source: C. L. Dolph, "A current distribution for broadside arrays", 1946, in the form of R. G. Lyons' textbook. */
function chebyshev(length: number): Float64Array {
  const order = length - 1;
  const x0 = Math.cosh(Math.acosh(chebyshevRatio) / order);
  const weights = Float64Array.from({ length }, (_, index) => {
    let sum = chebyshevRatio;
    for (let k = 1; k <= Math.floor(order / 2); k += 1) {
      const height = chebyshevPolynomial(order, x0 * Math.cos((Math.PI * k) / length));
      sum += 2 * height * Math.cos((2 * Math.PI * k * (index - order / 2)) / length);
    }
    return sum;
  });
  const largest = Math.max(...weights);
  return weights.map((weight) => weight / largest);
}

function chebyshevPolynomial(order: number, x: number): number {
  if (Math.abs(x) <= 1) return Math.cos(order * Math.acos(x));
  const value = Math.cosh(order * Math.acosh(Math.abs(x)));
  return x < 0 && order % 2 === 1 ? -value : value;
}
