import { magnitudes, type ComplexMatrix } from './complex.js';
import { MagnitudeMap } from './magnitude-map.js';

/**
 * Section 7 step 5: the sum of magnitudes over the antennas.
 *
 * @param spectra one of each antenna, at least one, all of one size
 */
export function sumMagnitudes(spectra: readonly ComplexMatrix[]): MagnitudeMap {
  const [first] = spectra;
  if (first === undefined) throw new RangeError('there is no antenna');
  const sums = Array.from({ length: first.rows }, () => new Float64Array(first.columns));
  for (const spectrum of spectra) {
    sums.forEach((row, rangeBin) => {
      magnitudes(spectrum.row(rangeBin)).forEach((magnitude, dopplerBin) => {
        row[dopplerBin] = (row[dopplerBin] ?? 0) + magnitude;
      });
    });
  }
  return new MagnitudeMap(sums);
}
