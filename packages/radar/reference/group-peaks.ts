import type { CfarHit } from '../ts/types.js';

/** With fewer hits than this, all are kept. */
const fewHits = 200;

/** Section 7 step 7: of many hits, those whose SNR is strictly above that of their four neighbours, borders excluded. */
export function groupPeaks(hits: readonly CfarHit[], rangeBins: number, dopplerBins: number): readonly CfarHit[] {
  if (hits.length < fewHits) return hits;
  const keyOf = (rangeBin: number, dopplerBin: number): number => rangeBin * dopplerBins + dopplerBin;
  const snrs = new Map(hits.map(({ rangeBin, dopplerBin, snr }) => [keyOf(rangeBin, dopplerBin), snr]));
  const snrAt = (rangeBin: number, dopplerBin: number): number => snrs.get(keyOf(rangeBin, dopplerBin)) ?? 0;
  return hits.filter(
    ({ rangeBin: r, dopplerBin: d, snr }) =>
      r > 0 &&
      d > 0 &&
      r < rangeBins - 1 &&
      d < dopplerBins - 1 &&
      snr > Math.max(snrAt(r - 1, d), snrAt(r + 1, d), snrAt(r, d - 1), snrAt(r, d + 1)),
  );
}
