import { describe, expect, test } from '@jest/globals';
import type { CfarHit } from '../ts/types.js';
import { groupPeaks } from './group-peaks.js';

/** A block of hits, 20 bins wide, whose SNR is highest in its middle column. */
function ridge(count: number): CfarHit[] {
  return Array.from({ length: count }, (_, index) => {
    const [rangeBin, dopplerBin] = [Math.floor(index / 20), index % 20];
    return { rangeBin, dopplerBin, snr: 100 - Math.abs(dopplerBin - 10) - (rangeBin === 5 ? 0 : 1) };
  });
}

describe('grouping of peaks', () => {
  test('fewer than 200 hits stay as they are', () => {
    expect(groupPeaks(ridge(199), 64, 64)).toHaveLength(199);
  });

  test('of 200 the strict maxima stay', () => {
    expect(groupPeaks(ridge(200), 64, 64)).toEqual([{ rangeBin: 5, dopplerBin: 10, snr: 100 }]);
  });

  test('equal neighbours are no maxima, a missing one counts as 0', () => {
    const lonely = { rangeBin: 40, dopplerBin: 40, snr: 0.1 };
    const twins = [30, 31].map((dopplerBin) => ({ rangeBin: 40, dopplerBin, snr: 7 }));
    expect(groupPeaks([...ridge(200), ...twins, lonely], 64, 64).slice(1)).toEqual([lonely]);
  });

  test('the borders of the map are left out', () => {
    const atBorder = [
      [0, 30],
      [63, 30],
      [30, 0],
      [30, 63],
    ].map(([rangeBin = 0, dopplerBin = 0]) => ({ rangeBin, dopplerBin, snr: 50 }));
    expect(groupPeaks([...ridge(200), ...atBorder], 64, 64)).toHaveLength(1);
  });
});
