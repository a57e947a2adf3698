import type { CfarConfig, CfarHit, RadarDetectionConfig } from '../ts/types.js';
import type { MagnitudeMap } from './magnitude-map.js';
import { orderStatistic } from './order-statistic.js';

/** Where a cell lies on its line; `reach` is guard + training cells. */
type Zone = 'middle' | 'first' | 'last';

interface CellTest {
  readonly noise: number;
  readonly fires: boolean;
}

type NoiseOf = (line: Float64Array, cell: number) => number;

/**
 * Section 7 step 6, its quirks included: a pass along Doppler on every range row, which yields columns, then a pass along
 * range on these columns, which yields the hits.
 */
export function detectCompatible(map: MagnitudeMap, { dopplerCfar, rangeCfar }: RadarDetectionConfig): CfarHit[] {
  if (dopplerCfar.kind !== rangeCfar.kind) return [];
  switch (dopplerCfar.kind) {
    case 'ca':
      return twoPasses(map, dopplerCfar, rangeCfar, meanNoise(dopplerCfar), meanNoise(rangeCfar));
    case 'os':
      return twoPasses(map, dopplerCfar, rangeCfar, orderedNoise(dopplerCfar), staleNoise(map, dopplerCfar, rangeCfar));
    case 'so':
    case 'go':
      return [];
  }
}

function twoPasses(
  map: MagnitudeMap,
  dopplerCfar: CfarConfig,
  rangeCfar: CfarConfig,
  dopplerNoise: NoiseOf,
  rangeNoise: NoiseOf,
): CfarHit[] {
  const columns = findColumns(map, dopplerCfar, dopplerNoise);
  return columns.flatMap((dopplerBin) => {
    const line = map.column(dopplerBin);
    const hits: CfarHit[] = [];
    for (const rangeBin of cellsInOutputOrder(line.length, reachOf(rangeCfar))) {
      const { fires, noise } = testCell(line, rangeBin, rangeCfar, rangeNoise, 4);
      if (fires) hits.push({ rangeBin, dopplerBin, snr: (line[rangeBin] ?? 0) / noise });
    }
    return hits;
  });
}

/** Doppler columns with any hit, rising; column 0 is dropped. */
function findColumns(map: MagnitudeMap, config: CfarConfig, noiseOf: NoiseOf): number[] {
  const columns = new Set<number>();
  for (let rangeBin = 0; rangeBin < map.rangeBins; rangeBin += 1) {
    const line = map.row(rangeBin);
    for (let cell = 1; cell < line.length; cell += 1) {
      if (testCell(line, cell, config, noiseOf, 2).fires) columns.add(cell);
    }
  }
  return [...columns].sort((a, b) => a - b);
}

/** At the edges the noise is halved; `lastFactor` is what the pass multiplies pfa by at the last one. */
function testCell(line: Float64Array, cell: number, config: CfarConfig, noiseOf: NoiseOf, lastFactor: 2 | 4): CellTest {
  const noise = noiseOf(line, cell);
  const factor = { middle: 1, first: 2, last: lastFactor }[zoneOf(cell, line.length, reachOf(config))];
  return { noise, fires: (line[cell] ?? 0) > factor * config.pfa * noise };
}

function reachOf({ guardCells, trainingCells }: CfarConfig): number {
  return guardCells + trainingCells;
}

function zoneOf(cell: number, length: number, reach: number): Zone {
  if (cell < reach) return 'first';
  return cell >= length - reach ? 'last' : 'middle';
}

function cellsInOutputOrder(length: number, reach: number): number[] {
  const cells = Array.from({ length }, (_, cell) => cell);
  return [
    ...cells.filter((cell) => zoneOf(cell, length, reach) === 'middle'),
    ...cells.filter((cell) => zoneOf(cell, length, reach) === 'first'),
    ...cells.filter((cell) => zoneOf(cell, length, reach) === 'last'),
  ];
}

function meanNoise(config: CfarConfig): NoiseOf {
  return (line, cell) => {
    const { left, right } = windowsOf(line, cell, config);
    switch (zoneOf(cell, line.length, reachOf(config))) {
      case 'middle':
        return (mean(left) + mean(right)) / 2;
      case 'first':
        return mean(right) / 2;
      case 'last':
        return mean(left) / 2;
    }
  };
}

function orderedNoise(config: CfarConfig): NoiseOf {
  return (line, cell) => {
    const { left, right } = windowsOf(line, cell, config);
    switch (zoneOf(cell, line.length, reachOf(config))) {
      case 'middle':
        return orderStatistic(Float64Array.of(...left, ...right));
      case 'first':
        return orderStatistic(right) / 2;
      case 'last':
        return orderStatistic(left) / 2;
    }
  };
}

/** The quirk of the OS range pass: its windows are still those of the last cell that the Doppler pass tested. */
function staleNoise(map: MagnitudeMap, dopplerCfar: CfarConfig, rangeCfar: CfarConfig): NoiseOf {
  const lastRow = map.row(map.rangeBins - 1);
  const stale = orderStatistic(windowsOf(lastRow, lastRow.length - 1, dopplerCfar).left);
  return (line, cell) => (zoneOf(cell, line.length, reachOf(rangeCfar)) === 'middle' ? stale : stale / 2);
}

function windowsOf(line: Float64Array, cell: number, { guardCells, trainingCells }: CfarConfig) {
  const reach = guardCells + trainingCells;
  const isLast = zoneOf(cell, line.length, reach) === 'last';
  return {
    left: line.slice(Math.max(0, cell - reach), Math.max(0, isLast ? cell : cell - guardCells - 1)),
    right: line.slice(cell + guardCells + 1, cell + reach),
  };
}

function mean(cells: Float64Array): number {
  return cells.reduce((sum, cell) => sum + cell, 0) / cells.length;
}
