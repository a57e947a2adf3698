import { describe, expect, test } from '@jest/globals';
import type { RadarCluster, RadarTrackingConfig } from '../ts/types.js';
import { raddetConfig } from '../sim/index.js';
import { associate } from './associate.js';
import { assignOptimally } from './hungarian.js';
import { difference, measure, predict, startEstimate, update } from './kalman.js';
import { identity, invert, multiply } from './matrix.js';
import { ReferenceTracker } from './tracker.js';

function clusterAt(centerXM: number, centerYM: number, more: Partial<RadarCluster> = {}): RadarCluster {
  return {
    points: 5,
    centerXM,
    centerYM,
    halfExtentXM: 0.5,
    halfExtentYM: 0.25,
    speedMps: 0,
    rangeVariance: 0,
    angleVariance: 0,
    speedVariance: 0,
    ...more,
  };
}

function trackerWith(more: Partial<RadarTrackingConfig> = {}, profile: 'compatible' | 'correct' = 'compatible') {
  return new ReferenceTracker({ ...raddetConfig.tracking, ...more }, profile);
}

describe('matrices', () => {
  test('times its inverse is the identity, also when a pivot is 0', () => {
    const matrix = [
      [0, 2, 1],
      [1, 1, 0],
      [3, 0, 4],
    ];
    const product = multiply(matrix, invert(matrix));
    expect(product).toEqual(identity(3).map((row) => row.map((value) => expect.closeTo(value, 12))));
  });
});

describe('extended Kalman filter', () => {
  test('predicts a straight line: the second row of the golden list, then its third', () => {
    const start = { state: [14.085057, -5.482941, -2.822289, 0.676843], covariance: identity(4) } as const;
    const [x, y, vx, vy] = predict(start, 0.1).state;
    expect(x).toBeCloseTo(13.802829, 5);
    expect(y).toBeCloseTo(-5.415257, 5);
    expect([vx, vy]).toEqual([-2.822289, 0.676843]);
  });

  test('a new estimate goes along the line of sight', () => {
    const { state, covariance } = startEstimate(3, 4, -10, 0.1);
    expect(state.map((value) => Math.round(value * 1e9) / 1e9)).toEqual([3, 4, -6, -8]);
    const along = [0.6, 0.8];
    const speedVariance = along.reduce(
      (sum, a, i) => sum + along.reduce((part, b, k) => part + a * b * (covariance[2 + i]?.[2 + k] ?? 0), 0),
      0,
    );
    expect(speedVariance).toBeCloseTo(0.1, 12);
  });

  test('range alone, by hand: along x the gain is P / (P + R)', () => {
    const estimate = { state: [10, 0, 0, 0], covariance: identity(4) } as const;
    const { state, covariance } = update(estimate, [1, 0, 0], 0.25);
    expect(state[0]).toBeCloseTo(10 + 1 / 1.25, 12);
    expect(covariance[0]?.[0]).toBeCloseTo(1 - 1 / 1.25, 12);
  });

  test('azimuths differ by the short way round', () => {
    const there = measure([-10, 0.1, 0, 0]);
    const here = { ...there, azimuthRad: -there.azimuthRad };
    expect(difference(here, there)[1]).toBeCloseTo(0.02, 4);
  });

  test('follows a target that crosses the line of sight', () => {
    let estimate = startEstimate(20, -5, 0, 0.1);
    for (let frame = 1; frame <= 40; frame += 1) {
      estimate = predict(estimate, 0.1);
      const seen = measure([20, -5 + 0.3 * frame, 0, 3]);
      estimate = update(estimate, difference(seen, measure(estimate.state)), 0.1);
    }
    const [x, y, vx, vy] = estimate.state;
    expect(x).toBeCloseTo(20, 1);
    expect(y).toBeCloseTo(7, 1);
    expect(vx).toBeCloseTo(0, 1);
    expect(vy).toBeCloseTo(3, 1);
  });
});

describe('optimal assignment', () => {
  test('beats taking the nearest first', () => {
    expect(
      assignOptimally(
        [
          [1, 2],
          [2, 9],
        ],
        2,
      ),
    ).toEqual([1, 0]);
  });

  test('with more rows than columns some stay without, and the other way round', () => {
    expect(assignOptimally([[5], [1], [3]], 1)).toEqual([-1, 0, -1]);
    expect(assignOptimally([[5, 1, 3]], 3)).toEqual([1]);
    expect(assignOptimally([], 3)).toEqual([]);
    expect(assignOptimally([[], []], 0)).toEqual([-1, -1]);
  });

  test('is the best of all permutations', () => {
    const costs = Array.from({ length: 6 }, (_, row) =>
      Array.from({ length: 6 }, (_, k) => ((row * 7 + k * 13 + row * k * 5) % 17) + 1),
    );
    const sum = assignOptimally(costs, 6).reduce((total, column, row) => total + (costs[row]?.[column] ?? 99), 0);
    const all = permutations([0, 1, 2, 3, 4, 5]).map((columns) =>
      columns.reduce((total, column, row) => total + (costs[row]?.[column] ?? 0), 0),
    );
    expect(sum).toBe(Math.min(...all));
  });
});

describe('association', () => {
  test('compatible: each cluster to the nearest tracker, six at most, the seventh is ignored', () => {
    const near = Array.from({ length: 8 }, (_, index) => index + 1);
    const { clustersOf, unassociated } = associate('compatible', [near, near.map(() => null)], 9);
    expect(clustersOf).toEqual([[0, 1, 2, 3, 4, 5], []]);
    expect(unassociated).toEqual([8]);
  });

  test('correct: one to one, most pairs first', () => {
    const distances = [
      [1, 4, null],
      [2, null, null],
    ];
    expect(associate('correct', distances, 3)).toEqual({ clustersOf: [[1], [0]], unassociated: [2] });
    expect(associate('compatible', distances, 3)).toEqual({ clustersOf: [[0, 1], []], unassociated: [2] });
  });
});

describe('tracker', () => {
  test('a target is a detection, and again, then active: its numbers are zeros until then', () => {
    const tracker = trackerWith();
    const empty = { id: 0, state: 'detection', xM: 0, yM: 0, vxMps: 0, vyMps: 0, halfExtentXM: 0, halfExtentYM: 0 };
    expect(tracker.advance([clusterAt(10, 0)])).toEqual([empty]);
    expect(tracker.advance([clusterAt(10, 0)])).toEqual([empty]);
    expect(tracker.advance([clusterAt(10, 0)])).toMatchObject([
      { id: 1, state: 'active', xM: expect.closeTo(10, 6), yM: 0, halfExtentXM: 0.5, halfExtentYM: 0.25 },
    ]);
  });

  test('a missed frame is a pure prediction; a second miss ends a track that may forget at once', () => {
    const tracker = trackerWith();
    for (let frame = 0; frame < 5; frame += 1) tracker.advance([clusterAt(20 - frame, 2, { speedMps: 10 })]);
    const [before] = tracker.advance([clusterAt(15, 2, { speedMps: 10 })]);
    const [after] = tracker.advance([]);
    expect(after).toEqual({
      ...before,
      xM: (before?.xM ?? 0) + 0.1 * (before?.vxMps ?? 0),
      yM: (before?.yM ?? 0) + 0.1 * (before?.vyMps ?? 0),
    });
    expect(tracker.advance([])).toEqual([]);
  });

  test('thresholds put off promotion and end', () => {
    const tracker = trackerWith({ activeThreshold: 2, forgetThreshold: 1 });
    const isActive = () => tracker.advance([clusterAt(10, 0)]).map(({ state }) => state === 'active');
    expect([isActive(), isActive(), isActive(), isActive(), isActive()].flat()).toEqual([
      false,
      false,
      false,
      false,
      true,
    ]);
    expect([tracker.advance([]).length, tracker.advance([]).length, tracker.advance([]).length]).toEqual([1, 1, 0]);
  });

  test('sizes follow by the forget factor', () => {
    const tracker = trackerWith({ sizeForgetFactor: 0.25 });
    tracker.advance([clusterAt(10, 0)]);
    tracker.advance([clusterAt(10, 0)]);
    const [track] = tracker.advance([clusterAt(10, 0, { halfExtentXM: 2.5 })]);
    expect(track?.halfExtentXM).toBeCloseTo(1, 12);
  });

  test('outside of the gate a second track begins; ids rise and are not used again', () => {
    const tracker = trackerWith();
    // th = 2, range 10: the gate is sqrt(4 + (2 atan 0.2)^2 + 4) = 2.855 m.
    const both = [clusterAt(10, 0), clusterAt(12.9, 0)];
    for (let frame = 0; frame < 2; frame += 1) tracker.advance(both);
    expect(tracker.advance(both).map(({ id }) => id)).toEqual([1, 2]);
    tracker.advance([]);
    tracker.advance([]);
    for (let frame = 0; frame < 2; frame += 1) tracker.advance(both);
    expect(tracker.advance([clusterAt(10, 0), clusterAt(12.8, 0)]).map(({ id }) => id)).toEqual([3, 4]);
  });

  test('inside of the gate there is one track; two clusters pull it as one in their middle does, by their points', () => {
    const [tracker, other] = [trackerWith(), trackerWith()];
    for (const each of [tracker, other]) each.advance([clusterAt(10, 0)]);
    for (const each of [tracker, other]) each.advance([clusterAt(10, 0)]);
    const tracks = tracker.advance([clusterAt(10.4, 0, { points: 6 }), clusterAt(9.6, 0, { points: 2 })]);
    expect(tracks).toEqual(
      other
        .advance([clusterAt(10.2, 0)])
        .map((track) => ({ ...track, xM: expect.closeTo(track.xM, 9), vxMps: expect.closeTo(track.vxMps, 9) })),
    );
  });

  test('no more than 24 clusters of a frame, and 64 trackers', () => {
    const tracker = trackerWith({ forgetThreshold: 100 });
    const row = (y: number) => Array.from({ length: 30 }, (_, index) => clusterAt(10 + 10 * index, y));
    expect(tracker.advance(row(0))).toHaveLength(24);
    expect(tracker.advance(row(50))).toHaveLength(48);
    expect(tracker.advance(row(100))).toHaveLength(64);
  });

  test('at most 16 expire in one frame', () => {
    const tracker = trackerWith();
    tracker.advance(Array.from({ length: 20 }, (_, index) => clusterAt(10 + 10 * index, 0)));
    expect([tracker.advance([]).length, tracker.advance([]).length, tracker.advance([]).length]).toEqual([20, 4, 0]);
  });

  test.each(['compatible', 'correct'] as const)('%s keeps the identities of two that cross 3 m apart', (profile) => {
    const tracker = trackerWith({}, profile);
    const seen = (frame: number) => [
      clusterAt(20, -10 + 0.5 * frame, { speedMps: (-5 * (-10 + 0.5 * frame)) / Math.hypot(20, -10 + 0.5 * frame) }),
      clusterAt(23, 10 - 0.5 * frame, { speedMps: (5 * (10 - 0.5 * frame)) / Math.hypot(23, 10 - 0.5 * frame) }),
    ];
    for (let frame = 0; frame < 40; frame += 1) {
      const tracks = tracker.advance(seen(frame)).filter(({ state }) => state === 'active');
      if (frame < 2) continue;
      expect(tracks.map(({ id }) => id)).toEqual([1, 2]);
      expect(tracks.map(({ xM }) => Math.round(xM))).toEqual([20, 23]);
    }
  });
});

function permutations(values: readonly number[]): number[][] {
  if (values.length === 0) return [[]];
  return values.flatMap((first) =>
    permutations(values.filter((value) => value !== first)).map((rest) => [first, ...rest]),
  );
}
