import { describe, expect, test } from '@jest/globals';
import { clusterPoints, type UnclusteredPoint } from './cluster-points.js';
import { dbscan } from './dbscan.js';

const options = { minPoints: 3, maxClusters: 10 };

/** Points on a line, near when less than 1.5 apart. */
function labelsOf(places: readonly number[], limits = options): number[] {
  return dbscan(places.length, (a, b) => Math.abs((places[a] ?? 0) - (places[b] ?? 0)) < 1.5, limits);
}

describe('DBSCAN', () => {
  test('finds groups in the order of their seeds, and loners', () => {
    expect(labelsOf([50, 1, 2, 3, 20, 21, 22])).toEqual([-1, 0, 0, 0, 1, 1, 1]);
  });

  test('a border point stays with the first cluster that reaches it', () => {
    // 4 has two neighbours, itself and 3 of the first or 5 of the second group, but three together with itself.
    const places = [1, 2, 3, 4.2, 5.4, 6.4, 7.4];
    expect(labelsOf(places, { minPoints: 4, maxClusters: 10 })).toEqual([-1, -1, -1, -1, -1, -1, -1]);
    expect(labelsOf([1, 1.1, 1.2, 2.65, 4.1, 4.2, 4.3], { minPoints: 4, maxClusters: 10 })).toEqual([
      0, 0, 0, 0, 1, 1, 1,
    ]);
  });

  test('a point first taken for noise joins the cluster that reaches it later', () => {
    expect(labelsOf([1, 2.4, 2.5, 2.6, 2.7], { minPoints: 4, maxClusters: 10 })).toEqual([0, 0, 0, 0, 0]);
    expect(labelsOf([1, 2.45, 2.6, 3.9, 3.95], { minPoints: 4, maxClusters: 10 })).toEqual([0, 0, 0, 0, 0]);
  });

  test('no cluster begins after the last allowed one', () => {
    expect(labelsOf([1, 2, 3, 20, 21, 22], { minPoints: 3, maxClusters: 1 })).toEqual([0, 0, 0, -1, -1, -1]);
  });
});

describe('clusters of points', () => {
  const point = (rangeM: number, angleDegrees: number, speedMps: number, snr = 2): UnclusteredPoint => ({
    rangeIndex: 0,
    speedIndex: 0,
    rangeM,
    angleDegrees,
    speedMps,
    snr,
  });
  const config = { maxDistanceM: 5, speedWeight: 0, minPoints: 2, maxClusters: 20, maxPoints: 100 };

  test('report means, largest deviations and the three variances', () => {
    const { clusters } = clusterPoints([point(10, 0, 1), point(12, 0, 3), point(11, 0, 5, 4)], config);
    expect(clusters).toEqual([
      {
        points: 3,
        centerXM: expect.closeTo(11, 12),
        centerYM: 0,
        halfExtentXM: expect.closeTo(1, 12),
        halfExtentYM: 0,
        speedMps: 3,
        rangeVariance: expect.closeTo((200 + 288 + 484) / 3, 9),
        angleVariance: 0,
        speedVariance: expect.closeTo(8 / 3, 12),
      },
    ]);
  });

  test('angles are taken from the x axis, y is lateral', () => {
    const { clusters } = clusterPoints([point(10, 30, 0), point(10, 30, 0)], config);
    expect(clusters[0]).toMatchObject({
      centerXM: expect.closeTo(8.660254, 6),
      centerYM: expect.closeTo(5, 9),
      angleVariance: expect.closeTo((Math.PI / 6) ** 2, 9),
    });
  });

  test('the distance must be less than eps, and a difference of speed can keep points apart', () => {
    const points = [point(10, 0, 0), point(13, 0, 2)];
    expect(clusterPoints(points, { ...config, maxDistanceM: 3 }).clusters).toEqual([]);
    expect(clusterPoints(points, { ...config, maxDistanceM: 3.01 }).points.map(({ cluster }) => cluster)).toEqual([
      0, 0,
    ]);
    expect(clusterPoints(points, { ...config, speedWeight: 4 }).clusters).toEqual([]);
  });
});
