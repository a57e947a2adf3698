import { upperGamma } from './gamma.js';

/** Moments 0 to 4 of the magnitude of one complex normal value with mean square 1. */
const momentsOfOne = [1, Math.sqrt(Math.PI) / 2, 1, (3 * Math.sqrt(Math.PI)) / 4, 2];
const binomials = [[1], [1, 1], [1, 2, 1], [1, 3, 3, 1], [1, 4, 6, 4, 1]];

/** One cell of noise on the map: the sum of magnitudes over the antennas (docs/radar.md, thresholds of `correct`). */
export interface CellStatistics {
  readonly mean: number;
  readonly variance: number;
  readonly meanSquare: number;
  /** Shape of the gamma distribution that the square of a cell is taken for. */
  readonly shape: number;
}

export function cellStatistics(antennas: number): CellStatistics {
  let moments = [1, 0, 0, 0, 0];
  for (let antenna = 0; antenna < antennas; antenna += 1) moments = addMagnitude(moments);
  const [, mean = 0, meanSquare = 0, , fourth = 0] = moments;
  const shape = 1 / (fourth / meanSquare ** 2 - 1);
  return { mean, variance: meanSquare - mean ** 2, meanSquare, shape };
}

/** E[(s + x)^k] = sum over i of binomial(k, i) E[s^i] E[x^(k - i)] for independent s and x. */
function addMagnitude(moments: readonly number[]): number[] {
  return binomials.map((row, k) =>
    row.reduce((sum, binomial, i) => sum + binomial * (moments[i] ?? 0) * (momentsOfOne[k - i] ?? 0), 0),
  );
}

/** The probability that a cell of noise exceeds `x`. */
export function cellTail({ shape, meanSquare }: CellStatistics, x: number): number {
  return upperGamma(shape, (shape * x * x) / meanSquare);
}

/** How many independent cells `cells` neighbours on a line are worth, of which `weights` is the window. */
export function independentCells(weights: Float64Array, cells: number): number {
  let sum = cells;
  for (let distance = 1; distance < cells; distance += 1) {
    sum += 2 * (cells - distance) * squaredCorrelation(weights, distance);
  }
  return cells ** 2 / sum;
}

/** |rho(d)|^2 of the spectrum of white noise under a window, between bins `distance` apart. */
function squaredCorrelation(weights: Float64Array, distance: number): number {
  let [re, im, total] = [0, 0, 0];
  weights.forEach((weight, index) => {
    const angle = (2 * Math.PI * distance * index) / weights.length;
    re += weight ** 2 * Math.cos(angle);
    im += weight ** 2 * Math.sin(angle);
    total += weight ** 2;
  });
  return (re ** 2 + im ** 2) / total ** 2;
}
