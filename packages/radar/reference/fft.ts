import { complexVector, type ComplexVector } from './complex.js';

/** Up to this length the sum is written out: it is as fast, and it serves the lengths that cannot be halved. */
const longestDirect = 8;

/**
 * Forward discrete Fourier transform, X[k] = sum of x[n] exp(-j 2 pi k n / N), of any length, unscaled.
 *
 * Source: J. W. Cooley, J. W. Tukey, "An algorithm for the machine calculation of complex Fourier series", 1965:
 * decimation in time by two, as often as the length is even.
 */
export function fft(values: ComplexVector): ComplexVector {
  return transform(values, 0, 1, values.re.length);
}

/** Transforms the `length` values that begin at `start`, `stride` apart. */
function transform(values: ComplexVector, start: number, stride: number, length: number): ComplexVector {
  if (length <= longestDirect || length % 2 === 1) return directTransform(values, start, stride, length);
  const even = transform(values, start, 2 * stride, length / 2);
  const odd = transform(values, start + stride, 2 * stride, length / 2);
  return combine(even, odd);
}

function combine(even: ComplexVector, odd: ComplexVector): ComplexVector {
  const half = even.re.length;
  const result = complexVector(2 * half);
  const turn = unitRoots(2 * half);
  for (let k = 0; k < half; k += 1) {
    const cos = turn.re[k] ?? 0;
    const sin = turn.im[k] ?? 0;
    const re = odd.re[k] ?? 0;
    const im = odd.im[k] ?? 0;
    const evenRe = even.re[k] ?? 0;
    const evenIm = even.im[k] ?? 0;
    const turnedRe = re * cos - im * sin;
    const turnedIm = re * sin + im * cos;
    result.re[k] = evenRe + turnedRe;
    result.im[k] = evenIm + turnedIm;
    result.re[k + half] = evenRe - turnedRe;
    result.im[k + half] = evenIm - turnedIm;
  }
  return result;
}

function directTransform({ re, im }: ComplexVector, start: number, stride: number, length: number): ComplexVector {
  const result = complexVector(length);
  const turn = unitRoots(length);
  for (let k = 0; k < length; k += 1) {
    let sumRe = 0;
    let sumIm = 0;
    for (let n = 0; n < length; n += 1) {
      const cos = turn.re[(k * n) % length] ?? 0;
      const sin = turn.im[(k * n) % length] ?? 0;
      const valueRe = re[start + n * stride] ?? 0;
      const valueIm = im[start + n * stride] ?? 0;
      sumRe += valueRe * cos - valueIm * sin;
      sumIm += valueRe * sin + valueIm * cos;
    }
    result.re[k] = sumRe;
    result.im[k] = sumIm;
  }
  return result;
}

const knownRoots = new Map<number, ComplexVector>();

/** exp(-j 2 pi k / N) for k from 0. */
function unitRoots(length: number): ComplexVector {
  const known = knownRoots.get(length);
  if (known !== undefined) return known;
  const roots = complexVector(length);
  for (let k = 0; k < length; k += 1) {
    roots.re[k] = Math.cos((2 * Math.PI * k) / length);
    roots.im[k] = -Math.sin((2 * Math.PI * k) / length);
  }
  knownRoots.set(length, roots);
  return roots;
}

/** Moves frequency k to index (k + floor(N/2)) mod N, so that frequency 0 lies in the middle. */
export function shiftZeroToMiddle({ re, im }: ComplexVector): ComplexVector {
  return { re: rotate(re), im: rotate(im) };
}

function rotate(values: Float64Array): Float64Array {
  const first = Math.ceil(values.length / 2);
  const rotated = new Float64Array(values.length);
  rotated.set(values.subarray(first), 0);
  rotated.set(values.subarray(0, first), values.length - first);
  return rotated;
}
