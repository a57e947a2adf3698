import type { CubeLayout, RadarBasicConfig } from '../ts/types.js';
import { ComplexMatrix } from './complex.js';

/**
 * Sorts a cube by antennas.
 *
 * @param cube interleaved real and imaginary parts, 2 * antennas * chirps * samples
 * @returns for each antenna one row a chirp, one column a sample
 */
export function readCube(cube: Float32Array, layout: CubeLayout, basic: RadarBasicConfig): ComplexMatrix[] {
  const antennas = basic.receivers * basic.transmitters;
  const { chirps, samples } = basic;
  return Array.from({ length: antennas }, (_, antenna) => {
    const matrix = new ComplexMatrix(chirps, samples);
    for (let chirp = 0; chirp < chirps; chirp += 1) {
      const line = layout === 'chirp-antenna-sample' ? chirp * antennas + antenna : antenna * chirps + chirp;
      const values = cube.subarray(2 * line * samples, 2 * (line + 1) * samples);
      const row = matrix.row(chirp);
      values.forEach((value, index) => {
        (index % 2 === 0 ? row.re : row.im)[index >> 1] = value;
      });
    }
    return matrix;
  });
}
