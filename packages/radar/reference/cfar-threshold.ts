import type { CfarConfig, CfarKind } from '../ts/types.js';
import { lnGamma, upperGamma } from './gamma.js';
import { cellStatistics, cellTail, independentCells, type CellStatistics } from './noise-statistics.js';
import { orderIndex } from './order-statistic.js';

/** Noise estimates z with the weight that each has in an integral over their density. */
type Quadrature = readonly (readonly [z: number, weight: number])[];

export interface AxisThresholds {
  /** What the noise is multiplied by where both sides of a cell have a window. */
  readonly middle: number;
  /** And where one side has. */
  readonly end: number;
}

/**
 * The factors on the noise at which one axis' test fires with probability pfa on noise alone: docs/radar.md, thresholds
 * of `correct`. The idea, for one antenna and independent cells: H. M. Finn, R. S. Johnson, "Adaptive detection mode with
 * threshold control as a function of spatially sampled clutter-level estimates", 1968 (CA); V. G. Hansen, 1973 (GO);
 * G. V. Trunk, 1978 (SO); H. Rohling, 1983 (OS).
 *
 * @param weights the window of the axis
 */
export function axisThresholds(config: CfarConfig, antennas: number, weights: Float64Array): AxisThresholds {
  const { kind, pfa, trainingCells } = config;
  const cell = cellStatistics(antennas);
  const oneSide = independentCells(weights, trainingCells);
  const middle =
    kind === 'os' ? orderedNoise(cell, 2 * trainingCells, 2 * oneSide) : twoSidedNoise(kind, cell, oneSide);
  const end = kind === 'os' ? orderedNoise(cell, trainingCells, oneSide) : meanNoise(cell, oneSide);
  return { middle: factorFor(pfa, cell, middle), end: factorFor(pfa, cell, end) };
}

/** The root of a falling function, by bisection. */
function factorFor(pfa: number, cell: CellStatistics, noise: Quadrature): number {
  if (pfa >= 1) return 0;
  const probabilityAt = (factor: number): number =>
    noise.reduce((sum, [z, weight]) => sum + weight * cellTail(cell, factor * z), 0);
  let [low, high] = [0, 1];
  while (probabilityAt(high) > pfa) high *= 2;
  while (high - low > 1e-12 * high) {
    const factor = (low + high) / 2;
    if (probabilityAt(factor) > pfa) low = factor;
    else high = factor;
  }
  return (low + high) / 2;
}

function twoSidedNoise(kind: Exclude<CfarKind, 'os'>, cell: CellStatistics, oneSide: number): Quadrature {
  if (kind === 'ca') return meanNoise(cell, 2 * oneSide);
  const shape = meanShape(cell, oneSide);
  return meanNoise(cell, oneSide).map(([z, weight]) => {
    const isAbove = upperGamma(shape, (shape * z) / cell.mean);
    return [z, 2 * weight * (kind === 'so' ? isAbove : 1 - isAbove)];
  });
}

/** The mean of cells worth `cells` independent ones, taken for gamma distributed. */
function meanNoise(cell: CellStatistics, cells: number): Quadrature {
  const shape = meanShape(cell, cells);
  const lnScale = shape * Math.log(shape / cell.mean) - lnGamma(shape);
  const density = (z: number): number => Math.exp(lnScale + (shape - 1) * Math.log(z) - (shape * z) / cell.mean);
  return quadrature(cell.mean, 1 / Math.sqrt(shape), 1 / Math.sqrt(shape), density);
}

function meanShape({ mean, variance }: CellStatistics, cells: number): number {
  return (cells * mean ** 2) / variance;
}

/** The order statistic of `count` cells worth `independent` ones: the cells below it are beta distributed. */
function orderedNoise(cell: CellStatistics, count: number, independent: number): Quadrature {
  const rank = ((orderIndex(count) + 1) * (independent + 1)) / (count + 1);
  const above = independent + 1 - rank;
  const lnBeta = lnGamma(rank) + lnGamma(above) - lnGamma(rank + above);
  const spread = Math.sqrt(cell.variance) / cell.mean;
  return quadrature(cell.mean, spread, spread / Math.sqrt(independent), (z) => {
    const tail = cellTail(cell, z);
    return Math.exp((rank - 1) * Math.log1p(-tail) + (above - 1) * Math.log(tail) - lnBeta) * cellDensity(cell, z);
  });
}

/** Minus the derivative of `cellTail`. */
function cellDensity({ shape, meanSquare }: CellStatistics, x: number): number {
  const square = (shape * x * x) / meanSquare;
  return (2 / x) * Math.exp(shape * Math.log(square) - square - lnGamma(shape));
}

/**
 * The trapezoidal rule over ln(z / mean): the densities fall off on both sides, so that it converges as fast as any. A density
 * that is not finite (0 times infinity at the ends) counts as 0.
 *
 * @param reach standard deviation over mean of the widest distribution that the density could be
 * @param spread of the narrowest
 */
function quadrature(mean: number, reach: number, spread: number, density: (z: number) => number): Quadrature {
  const width = spread / 4;
  const low = -(14 * reach + 40 * reach ** 2);
  const high = Math.log1p(14 * reach + 40 * reach ** 2);
  return Array.from({ length: Math.ceil((high - low) / width) }, (_, index) => {
    const z = mean * Math.exp(low + index * width);
    const value = density(z) * z;
    return [z, Number.isFinite(value) ? value * width : 0] as const;
  });
}
