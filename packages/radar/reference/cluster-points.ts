import type { RadarCluster, RadarClusteringConfig, RadarPoint } from '../ts/types.js';
import { dbscan } from './dbscan.js';
import { radiansOf } from './degrees.js';

export type UnclusteredPoint = Omit<RadarPoint, 'cluster'>;

export interface Clustering {
  readonly points: readonly RadarPoint[];
  readonly clusters: readonly RadarCluster[];
}

interface Place {
  readonly point: UnclusteredPoint;
  readonly xM: number;
  readonly yM: number;
}

/** Section 7 step 10. */
export function clusterPoints(
  points: readonly UnclusteredPoint[],
  { maxDistanceM, speedWeight, minPoints, maxClusters }: RadarClusteringConfig,
): Clustering {
  const places = points.map(placeOf);
  const isNear = (a: Place, b: Place): boolean =>
    (a.xM - b.xM) ** 2 + (a.yM - b.yM) ** 2 + speedWeight * (a.point.speedMps - b.point.speedMps) ** 2 <
    maxDistanceM ** 2;
  const areNear = (a: number, b: number): boolean => {
    const [first, second] = [places[a], places[b]];
    return first !== undefined && second !== undefined && isNear(first, second);
  };
  const labels = dbscan(places.length, areNear, { minPoints, maxClusters });
  const clusterCount = Math.max(-1, ...labels) + 1;
  return {
    points: points.map((point, index) => ({ ...point, cluster: labels[index] ?? -1 })),
    clusters: Array.from({ length: clusterCount }, (_, cluster) =>
      describe(places.filter((_place, index) => labels[index] === cluster)),
    ),
  };
}

function placeOf(point: UnclusteredPoint): Place {
  const angle = radiansOf(point.angleDegrees);
  return { point, xM: point.rangeM * Math.cos(angle), yM: point.rangeM * Math.sin(angle) };
}

function describe(places: readonly Place[]): RadarCluster {
  const xs = places.map(({ xM }) => xM);
  const ys = places.map(({ yM }) => yM);
  const speeds = places.map(({ point }) => point.speedMps);
  return {
    points: places.length,
    centerXM: mean(xs),
    centerYM: mean(ys),
    halfExtentXM: largestDeviation(xs),
    halfExtentYM: largestDeviation(ys),
    speedMps: mean(speeds),
    rangeVariance: mean(places.map(({ point }) => point.rangeM ** 2 * point.snr)),
    angleVariance: mean(places.map(({ point }) => radiansOf(point.angleDegrees) ** 2)),
    speedVariance: mean(speeds.map((speed) => (speed - mean(speeds)) ** 2)),
  };
}

function largestDeviation(values: readonly number[]): number {
  return Math.max(...values.map((value) => Math.abs(value - mean(values))));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
