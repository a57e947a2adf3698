import type { RadarProfile } from '../ts/types.js';
import { assignOptimally } from './hungarian.js';

/** distances[tracker][cluster]: squared distance, null outside of the gate. */
export type GatedDistances = readonly (readonly (number | null)[])[];

export interface Association {
  /** For each tracker the indices of its clusters. */
  readonly clustersOf: readonly (readonly number[])[];
  /** Clusters from which trackers begin. */
  readonly unassociated: readonly number[];
}

const mostClustersOfATracker = 6;

export function associate(profile: RadarProfile, distances: GatedDistances, clusterCount: number): Association {
  return profile === 'compatible' ? associateNearest(distances, clusterCount) : associateBest(distances, clusterCount);
}

/** Each cluster goes to the nearest tracker, of equals to the first; one too many for its tracker is ignored. */
function associateNearest(distances: GatedDistances, clusterCount: number): Association {
  const clustersOf = distances.map((): number[] => []);
  const unassociated: number[] = [];
  for (let cluster = 0; cluster < clusterCount; cluster += 1) {
    const nearest = clustersOf[nearestTracker(distances, cluster)];
    if (nearest === undefined) unassociated.push(cluster);
    else if (nearest.length < mostClustersOfATracker) nearest.push(cluster);
  }
  return { clustersOf, unassociated };
}

/** @returns -1 when the cluster is in no gate */
function nearestTracker(distances: GatedDistances, cluster: number): number {
  const ofCluster = distances.map((row) => row[cluster] ?? Number.POSITIVE_INFINITY);
  const least = Math.min(...ofCluster);
  return Number.isFinite(least) ? ofCluster.indexOf(least) : -1;
}

/** One to one: as many pairs within gates as there can be, then the least sum of squared distances. */
function associateBest(distances: GatedDistances, clusterCount: number): Association {
  const gated = distances.flat().filter((distance) => distance !== null);
  const outside = 1 + gated.reduce((sum, distance) => sum + distance, 0);
  const costs = distances.map((row) => row.map((distance) => distance ?? outside));
  const clustersOf = assignOptimally(costs, clusterCount).map((cluster, tracker) =>
    distances[tracker]?.[cluster] == null ? [] : [cluster],
  );
  const taken = new Set(clustersOf.flat());
  const clusters = Array.from({ length: clusterCount }, (_, cluster) => cluster);
  return { clustersOf, unassociated: clusters.filter((cluster) => !taken.has(cluster)) };
}
