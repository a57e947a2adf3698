import type { RangeDopplerMap } from '../ts/types.js';

/** The range-Doppler map in float64: one row a range bin, one column a Doppler bin. */
export class MagnitudeMap {
  readonly rangeBins: number;
  readonly dopplerBins: number;
  readonly #rows: readonly Float64Array[];

  constructor(rows: readonly Float64Array[]) {
    this.#rows = rows;
    this.rangeBins = rows.length;
    this.dopplerBins = rows[0]?.length ?? 0;
  }

  row(rangeBin: number): Float64Array {
    const row = this.#rows[rangeBin];
    if (row === undefined) throw new RangeError(`the map has no range bin ${rangeBin}`);
    return row;
  }

  column(dopplerBin: number): Float64Array {
    return Float64Array.from(this.#rows, (row) => row[dopplerBin] ?? 0);
  }

  toFloat32(): RangeDopplerMap {
    const { rangeBins, dopplerBins } = this;
    const magnitudes = new Float32Array(rangeBins * dopplerBins);
    this.#rows.forEach((row, rangeBin) => {
      magnitudes.set(row, rangeBin * dopplerBins);
    });
    return { rangeBins, dopplerBins, magnitudes };
  }
}
