import type { CfarConfig, CfarHit, CfarKind } from '../ts/types.js';
import type { AxisThresholds } from './cfar-threshold.js';
import type { MagnitudeMap } from './magnitude-map.js';
import { orderStatistic } from './order-statistic.js';

/** What one axis' tests need. */
export interface AxisTest {
  readonly config: CfarConfig;
  readonly thresholds: AxisThresholds;
}

interface CellNoise {
  readonly noise: number;
  readonly factor: number;
}

/** docs/radar.md, profile `correct`: a hit is a cell that passes on both axes; by Doppler bin, then by range bin. */
export function detectCorrect(map: MagnitudeMap, doppler: AxisTest, range: AxisTest): CfarHit[] {
  const hits: CfarHit[] = [];
  for (let dopplerBin = 0; dopplerBin < map.dopplerBins; dopplerBin += 1) {
    const column = map.column(dopplerBin);
    column.forEach((value, rangeBin) => {
      const onRange = noiseAt(column, rangeBin, range);
      if (!passes(value, onRange, range)) return;
      if (!passes(value, noiseAt(map.row(rangeBin), dopplerBin, doppler), doppler)) return;
      hits.push({ rangeBin, dopplerBin, snr: value / onRange.noise });
    });
  }
  return hits;
}

function passes(value: number, { noise, factor }: CellNoise, { config }: AxisTest): boolean {
  return config.pfa === 1 || value > factor * noise;
}

/** Training cells lie beyond the guard cells on each side; near an end only the side that fits is used. */
function noiseAt(line: Float64Array, cell: number, { config, thresholds }: AxisTest): CellNoise {
  const { guardCells, trainingCells, kind } = config;
  const reach = guardCells + trainingCells;
  const left = cell >= reach ? line.slice(cell - reach, cell - guardCells) : null;
  const right = cell + reach < line.length ? line.slice(cell + guardCells + 1, cell + reach + 1) : null;
  if (left !== null && right !== null) return { noise: twoSided(kind, left, right), factor: thresholds.middle };
  return { noise: oneSided(kind, left ?? right ?? new Float64Array()), factor: thresholds.end };
}

function twoSided(kind: CfarKind, left: Float64Array, right: Float64Array): number {
  switch (kind) {
    case 'ca':
      return (mean(left) + mean(right)) / 2;
    case 'so':
      return Math.min(mean(left), mean(right));
    case 'go':
      return Math.max(mean(left), mean(right));
    case 'os':
      return orderStatistic(Float64Array.of(...left, ...right));
  }
}

function oneSided(kind: CfarKind, cells: Float64Array): number {
  return kind === 'os' ? orderStatistic(cells) : mean(cells);
}

function mean(cells: Float64Array): number {
  return cells.reduce((sum, cell) => sum + cell, 0) / cells.length;
}
