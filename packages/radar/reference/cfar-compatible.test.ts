import { describe, expect, test } from '@jest/globals';
import type { CfarConfig, RadarDetectionConfig } from '../ts/types.js';
import { raddetConfig } from '../sim/index.js';
import { detectCompatible } from './cfar-compatible.js';
import { MagnitudeMap } from './magnitude-map.js';

const axis: CfarConfig = { kind: 'ca', pfa: 2, guardCells: 1, trainingCells: 3 };

function configOf(doppler: Partial<CfarConfig> = {}, range: Partial<CfarConfig> = {}): RadarDetectionConfig {
  return { ...raddetConfig.detection, dopplerCfar: { ...axis, ...doppler }, rangeCfar: { ...axis, ...range } };
}

/** 20 x 20 ones, but for the cells named. */
function mapWith(cells: readonly (readonly [rangeBin: number, dopplerBin: number, value: number])[]): MagnitudeMap {
  const rows = Array.from({ length: 20 }, () => new Float64Array(20).fill(1));
  for (const [rangeBin, dopplerBin, value] of cells) rows[rangeBin]?.fill(value, dopplerBin, dopplerBin + 1);
  return new MagnitudeMap(rows);
}

describe('CA', () => {
  test('finds a cell above the factor, with its SNR against the mean of both sides', () => {
    expect(detectCompatible(mapWith([[10, 10, 2.5]]), configOf())).toEqual([
      { rangeBin: 10, dopplerBin: 10, snr: 2.5 },
    ]);
    expect(detectCompatible(mapWith([[10, 10, 2]]), configOf())).toEqual([]);
  });

  test('the windows are j-T-G to j-G-2 and j+G+1 to j+T+G-1', () => {
    // T = 3, G = 1: cells 6 and 7, 12 and 13 of cell 10.
    for (const [cell, noise] of [
      [5, 1],
      [6, 2],
      [7, 2],
      [8, 1],
      [9, 1],
      [11, 1],
      [12, 2],
      [13, 2],
      [14, 1],
    ] as const) {
      const [hit] = detectCompatible(
        mapWith([
          [10, 10, 20],
          [cell, 10, 5],
        ]),
        configOf(),
      ).filter(({ rangeBin }) => rangeBin === 10);
      expect(hit?.snr).toBeCloseTo(20 / noise, 12);
    }
  });

  test('at the edges the noise is halved; the last one of the range pass has the factor 4', () => {
    const found = (rangeBin: number, value: number) =>
      detectCompatible(mapWith([[rangeBin, 10, value]]), configOf()).filter((hit) => hit.rangeBin === rangeBin);
    expect(found(1, 2.1)).toEqual([{ rangeBin: 1, dopplerBin: 10, snr: expect.closeTo(4.2, 12) }]);
    expect(found(1, 1.9)).toEqual([]);
    expect(found(18, 3.9)).toEqual([]);
    expect(found(18, 4.1)).toEqual([{ rangeBin: 18, dopplerBin: 10, snr: expect.closeTo(8.2, 12) }]);
  });

  test('the last edge looks at all T+G cells to the left', () => {
    const map = mapWith([
      [18, 10, 40],
      [17, 10, 5],
    ]);
    const hit = detectCompatible(map, configOf()).find(({ rangeBin }) => rangeBin === 18);
    expect(hit?.snr).toBeCloseTo(40 / 1, 12); // (1 + 1 + 1 + 5) / 4 / 2
  });

  test('the Doppler pass yields columns: every cell of one is tested along range', () => {
    // (4, 10) is hidden along Doppler by its strong neighbours, but column 10 is known from (15, 10).
    const map = mapWith([
      [15, 10, 9],
      [4, 10, 3],
      [4, 6, 9],
      [4, 13, 9],
    ]);
    const column = detectCompatible(map, configOf()).filter(({ dopplerBin }) => dopplerBin === 10);
    expect(column.map(({ rangeBin }) => rangeBin)).toEqual([4, 15]);
  });

  test('column 0 is dropped; columns rise; within one: middle, first edge, last edge', () => {
    const cells = [18, 9, 1].flatMap((rangeBin) => [0, 12, 5].map((dopplerBin) => [rangeBin, dopplerBin, 9] as const));
    const hits = detectCompatible(mapWith(cells), configOf());
    expect(hits.map(({ rangeBin, dopplerBin }) => [dopplerBin, rangeBin])).toEqual([
      [5, 9],
      [5, 1],
      [5, 18],
      [12, 9],
      [12, 1],
      [12, 18],
    ]);
  });
});

describe('OS', () => {
  const os = configOf({ kind: 'os' }, { kind: 'os' });

  test('takes the value at floor(3n/4) of the sorted cells of both sides', () => {
    // Doppler cells 6, 7, 12, 13 of cell 10, sorted: the last one counts.
    const hides = mapWith([
      [10, 10, 7],
      [10, 6, 4],
    ]);
    expect(detectCompatible(hides, os).filter(({ dopplerBin }) => dopplerBin === 10)).toEqual([]);
    expect(detectCompatible(mapWith([[10, 10, 7]]), os)).toEqual([{ rangeBin: 10, dopplerBin: 10, snr: 7 }]);
  });

  test('its range pass keeps the last Doppler window: cells 15 to 18 of row 19', () => {
    const map = mapWith([
      [10, 10, 7],
      [2, 10, 7],
      [19, 16, 3],
    ]);
    const hits = detectCompatible(map, os).filter(({ dopplerBin }) => dopplerBin === 10);
    expect(hits).toEqual([
      { rangeBin: 10, dopplerBin: 10, snr: expect.closeTo(7 / 3, 12) },
      { rangeBin: 2, dopplerBin: 10, snr: expect.closeTo(7 / 1.5, 12) },
    ]);
  });
});

test.each([
  ['ca', 'os'],
  ['os', 'ca'],
  ['so', 'so'],
  ['go', 'go'],
] as const)('%s with %s detects nothing', (doppler, range) => {
  expect(detectCompatible(mapWith([[10, 10, 99]]), configOf({ kind: doppler }, { kind: range }))).toEqual([]);
});
