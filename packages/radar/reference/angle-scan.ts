import { complexVector, power, projectionPower, type ComplexVector } from './complex.js';
import { radiansOf } from './degrees.js';

/** Section 7 step 8: -90 to 89.5 degrees in steps of half a degree. */
const scannedDegrees = Array.from({ length: 360 }, (_, index) => -90 + index / 2);

export type ScanMethod = 'dbf' | 'capon' | 'music';

/**
 * The angle at which the spectrum of the method is largest, of equals the first. The antennas stand half a wavelength
 * apart.
 *
 * @returns degrees, as x_v ~ exp(+j pi v sin(angle)) has it
 */
export function angleByScan(method: ScanMethod, values: ComplexVector): number {
  const total = power(values);
  let best = { degrees: scannedDegrees[0] ?? 0, badness: Number.POSITIVE_INFINITY };
  for (const degrees of scannedDegrees) {
    const badness = reciprocalSpectrum[method](steering(degrees, values.re.length), values, total);
    if (badness < best.badness) best = { degrees, badness };
  }
  return best.degrees;
}

/**
 * One over the spectrum, up to a constant factor: the smallest is looked for, which also stands where the spectrum has a
 * pole. `a` is the steering vector, `x` the snapshot, `p` its power.
 */
const reciprocalSpectrum = {
  /** Bartlett's beam former: |a^H x|^2. */
  dbf: (a: ComplexVector, x: ComplexVector) => -projectionPower(a, x),

  /**
   * a^H R^-1 a with R = x x^H + 1e-8 I, by Sherman and Morrison's formula, times 1e-8. J. Capon, "High-resolution
   * frequency-wavenumber spectrum analysis", 1969.
   */
  capon: (a: ComplexVector, x: ComplexVector, p: number) => a.re.length - projectionPower(a, x) / (p + 1e-8),

  /**
   * a^H (I - x x^H / p) a: how much of the steering vector lies outside of the signal's space. R. O. Schmidt, "Multiple
   * emitter location and signal parameter estimation", 1986, for one source and one snapshot.
   */
  music: (a: ComplexVector, x: ComplexVector, p: number) => a.re.length - projectionPower(a, x) / p,
} satisfies Record<ScanMethod, (a: ComplexVector, x: ComplexVector, p: number) => number>;

function steering(degrees: number, antennas: number): ComplexVector {
  const vector = complexVector(antennas);
  for (let antenna = 0; antenna < antennas; antenna += 1) {
    const phase = Math.PI * antenna * Math.sin(radiansOf(degrees));
    vector.re[antenna] = Math.cos(phase);
    vector.im[antenna] = Math.sin(phase);
  }
  return vector;
}
