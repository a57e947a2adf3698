const unvisited = -2;
const noise = -1;

export interface DbscanOptions {
  /** Neighbours that make a core point, itself included. */
  readonly minPoints: number;
  /** No cluster begins after this many. */
  readonly maxClusters: number;
}

/**
 * Density-based clustering. Seeds are taken in the order of the points; a border point stays with the first cluster that
 * reaches it.
 *
 * Source: M. Ester, H.-P. Kriegel, J. Sander, X. Xu, "A density-based algorithm for discovering clusters in large spatial
 * databases with noise", 1996; section 7 step 10.
 *
 * @param isNear whether two of the points, by their indices, are neighbours; true of a point and itself
 * @returns for each point the index of its cluster, -1 for none
 */
export function dbscan(
  count: number,
  isNear: (a: number, b: number) => boolean,
  { minPoints, maxClusters }: DbscanOptions,
): number[] {
  const indices = Array.from({ length: count }, (_, index) => index);
  const neighboursOf = (point: number): number[] => indices.filter((other) => isNear(point, other));
  const labels = indices.map(() => unvisited);
  let clusters = 0;
  for (const seed of indices) {
    if (clusters === maxClusters) break;
    if (labels[seed] !== unvisited) continue;
    const neighbours = neighboursOf(seed);
    if (neighbours.length < minPoints) {
      labels[seed] = noise;
      continue;
    }
    labels[seed] = clusters;
    grow(clusters, neighbours);
    clusters += 1;
  }
  return labels.map((label) => (label === unvisited ? noise : label));

  function grow(cluster: number, reached: number[]): void {
    // An array may be appended to while it is iterated: first in, first out.
    for (const point of reached) {
      const isUnvisited = labels[point] === unvisited;
      if (!isUnvisited && labels[point] !== noise) continue;
      labels[point] = cluster;
      if (!isUnvisited) continue;
      const neighbours = neighboursOf(point);
      if (neighbours.length >= minPoints) reached.push(...neighbours);
    }
  }
}
