import { describe, expect, test } from '@jest/globals';
import type { CfarKind } from '../ts/types.js';
import { gaussian } from '../sim/gaussian.js';
import { Random } from '../sim/random.js';
import { detectCorrect, type AxisTest } from './cfar-correct.js';
import { axisThresholds } from './cfar-threshold.js';
import { MagnitudeMap } from './magnitude-map.js';
import { independentCells } from './noise-statistics.js';
import { windowWeights } from './window.js';

const passAll: AxisTest = {
  config: { kind: 'ca', pfa: 1, guardCells: 1, trainingCells: 2 },
  thresholds: { middle: 0, end: 0 },
};

function testOf(kind: CfarKind): AxisTest {
  return { config: { kind, pfa: 0.5, guardCells: 1, trainingCells: 2 }, thresholds: { middle: 2, end: 3 } };
}

/** A column of cells along range. */
function columnOf(values: readonly number[]): MagnitudeMap {
  return new MagnitudeMap(values.map((value) => Float64Array.of(value)));
}

describe('noise estimates', () => {
  // Cell 5: left 2 and 3 (mean 2), right 7 and 8 (mean 4); the guards 4 and 6 do not count.
  const map = columnOf([1, 1, 1, 3, 50, 12, 50, 3, 5, 1, 1]);

  test.each([
    ['ca', 12 / 3],
    ['so', 12 / 2],
    ['go', 12 / 4],
    ['os', 12 / 5],
  ] as const)('%s', (kind, snr) => {
    const hit = detectCorrect(map, passAll, testOf(kind)).find(({ rangeBin }) => rangeBin === 5);
    expect(hit?.snr).toBeCloseTo(snr, 12);
  });

  test('near an end the side that fits, with its own threshold', () => {
    const high = columnOf([2.9, 1, 1, 1, 1, 1, 1, 1, 1, 3.1]);
    expect(detectCorrect(high, passAll, testOf('ca')).map(({ rangeBin }) => rangeBin)).toEqual([9]);
  });
});

test('a hit passes on both axes', () => {
  const rows = Array.from({ length: 9 }, () => new Float64Array(9).fill(1));
  rows[4]?.set([9, 9, 9, 9, 9, 9, 9, 9, 9]);
  const map = new MagnitudeMap(rows);
  expect(detectCorrect(map, passAll, testOf('ca'))).toHaveLength(9);
  expect(detectCorrect(map, testOf('ca'), testOf('ca'))).toEqual([]);
});

describe('thresholds', () => {
  const rectangular = new Float64Array(64).fill(1);

  test('without a taper, neighbours are independent; under Hann, eight are worth 4.33', () => {
    expect(independentCells(rectangular, 8)).toBeCloseTo(8, 9);
    expect(independentCells(windowWeights('hann', 64), 8)).toBeCloseTo(4.3349, 3);
  });

  test('of one antenna and many cells, that of a known level: sqrt(-ln pfa) over the mean sqrt(pi)/2', () => {
    const config = { kind: 'ca', pfa: 1e-4, guardCells: 0, trainingCells: 400 } as const;
    const { middle } = axisThresholds(config, 1, new Float64Array(1000).fill(1));
    expect(middle).toBeCloseTo(Math.sqrt(-Math.log(1e-4)) / (Math.sqrt(Math.PI) / 2), 1);
  });

  test('of one antenna and one cell, by hand: of two equal magnitudes one is alpha times the other at 1 / (1 + alpha^2)', () => {
    const config = { kind: 'os', pfa: 1e-4, guardCells: 0, trainingCells: 1 } as const;
    expect(axisThresholds(config, 1, rectangular).end).toBeCloseTo(Math.sqrt(9999), 9);
  });

  test('pfa 1 asks for nothing', () => {
    const config = { kind: 'go', pfa: 1, guardCells: 1, trainingCells: 4 } as const;
    expect(axisThresholds(config, 4, rectangular)).toEqual({ middle: 0, end: 0 });
  });

  test.each(['ca', 'so', 'go', 'os'] as const)('%s fires on noise as often as it was asked to', (kind) => {
    const config = { kind, pfa: 0.02, guardCells: 2, trainingCells: 8 } as const;
    const antennas = 4;
    const test: AxisTest = { config, thresholds: axisThresholds(config, antennas, rectangular) };
    const cells = 40_000;
    const hits = detectCorrect(noiseColumn(cells, antennas), passAll, test).length;
    // Neighbouring tests share windows, so the count varies more than a binomial one (28).
    expect(hits / cells / config.pfa).toBeGreaterThan(0.9);
    expect(hits / cells / config.pfa).toBeLessThan(1.1);
  });
});

function noiseColumn(cells: number, antennas: number): MagnitudeMap {
  const random = new Random(5);
  const value = () => gaussian(random) / Math.SQRT2;
  const magnitude = () => Math.sqrt(value() ** 2 + value() ** 2);
  return columnOf(
    Array.from({ length: cells }, () => Array.from({ length: antennas }, magnitude).reduce((sum, one) => sum + one, 0)),
  );
}
