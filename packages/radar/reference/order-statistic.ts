/** Index, from 0, of the cell that OS-CFAR takes of `count` sorted ones. */
export function orderIndex(count: number): number {
  return Math.floor((3 * count) / 4);
}

/**
 * The noise estimate of OS-CFAR: the value at index floor(3n/4) of the n sorted cells.
 *
 * Source: section 7 step 6; H. Rohling, "Radar CFAR thresholding in clutter and multiple target situations", 1983, who
 * recommends 3n/4 as well.
 */
export function orderStatistic(cells: Float64Array): number {
  return cells.toSorted()[orderIndex(cells.length)] ?? Number.NaN;
}
