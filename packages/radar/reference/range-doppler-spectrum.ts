import { ComplexMatrix, type ComplexVector } from './complex.js';
import { fft, shiftZeroToMiddle } from './fft.js';
import { subtractMean } from './subtract-mean.js';

export interface SpectrumWindows {
  /** One weight a sample. */
  readonly range: Float64Array;
  /** One weight a chirp. */
  readonly doppler: Float64Array;
}

/**
 * Section 7 steps 1 to 4 for one antenna.
 *
 * @param chirps one row a chirp, one column a sample
 * @returns one row a range bin, one column a Doppler bin; speed 0 in column floor(columns / 2)
 */
export function rangeDopplerSpectrum(chirps: ComplexMatrix, windows: SpectrumWindows): ComplexMatrix {
  const ranges = new ComplexMatrix(chirps.rows, chirps.columns);
  for (let chirp = 0; chirp < chirps.rows; chirp += 1) {
    ranges.setRow(chirp, fft(weighted(subtractMean(chirps.row(chirp)), windows.range)));
  }
  const spectrum = new ComplexMatrix(chirps.columns, chirps.rows);
  for (let rangeBin = 0; rangeBin < spectrum.rows; rangeBin += 1) {
    const moving = subtractMean(ranges.column(rangeBin));
    spectrum.setRow(rangeBin, shiftZeroToMiddle(fft(weighted(moving, windows.doppler))));
  }
  return spectrum;
}

function weighted({ re, im }: ComplexVector, weights: Float64Array): ComplexVector {
  return {
    re: re.map((value, index) => value * (weights[index] ?? 0)),
    im: im.map((value, index) => value * (weights[index] ?? 0)),
  };
}
