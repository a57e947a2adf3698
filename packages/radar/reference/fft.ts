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
  const length = values.re.length;
  const result = complexVector(length);
  transform({ values, start: 0, stride: 1, length }, result, 0);
  return result;
}

/** The `length` values that begin at `start`, `stride` apart. */
interface Comb {
  readonly values: ComplexVector;
  readonly start: number;
  readonly stride: number;
  readonly length: number;
}

/** Writes the transform of a comb from `offset` on. */
function transform({ values, start, stride, length }: Comb, result: ComplexVector, offset: number): void {
  if (length <= longestDirect || length % 2 === 1) {
    directTransform({ values, start, stride, length }, result, offset);
    return;
  }
  const half = length / 2;
  transform({ values, start, stride: 2 * stride, length: half }, result, offset);
  transform({ values, start: start + stride, stride: 2 * stride, length: half }, result, offset + half);
  combine(result, offset, half);
}

/** Of the transforms of the even and of the odd values, one after the other, makes that of all. */
function combine({ re, im }: ComplexVector, offset: number, half: number): void {
  const turn = unitRoots(2 * half);
  for (let even = offset; even < offset + half; even += 1) {
    const odd = even + half;
    const cos = turn.re[even - offset] ?? 0;
    const sin = turn.im[even - offset] ?? 0;
    const turnedRe = (re[odd] ?? 0) * cos - (im[odd] ?? 0) * sin;
    const turnedIm = (re[odd] ?? 0) * sin + (im[odd] ?? 0) * cos;
    re[odd] = (re[even] ?? 0) - turnedRe;
    im[odd] = (im[even] ?? 0) - turnedIm;
    re[even] = (re[even] ?? 0) + turnedRe;
    im[even] = (im[even] ?? 0) + turnedIm;
  }
}

function directTransform({ values, start, stride, length }: Comb, result: ComplexVector, offset: number): void {
  const turn = unitRoots(length);
  for (let k = 0; k < length; k += 1) {
    let sumRe = 0;
    let sumIm = 0;
    for (let n = 0; n < length; n += 1) {
      const cos = turn.re[(k * n) % length] ?? 0;
      const sin = turn.im[(k * n) % length] ?? 0;
      const re = values.re[start + n * stride] ?? 0;
      const im = values.im[start + n * stride] ?? 0;
      sumRe += re * cos - im * sin;
      sumIm += re * sin + im * cos;
    }
    result.re[offset + k] = sumRe;
    result.im[offset + k] = sumIm;
  }
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
