import type { RadarCluster, RadarProfile, RadarTrack, RadarTrackingConfig } from '../ts/types.js';
import { associate, type Association } from './associate.js';
import { gatedDistance, measurementOf, type HalfExtents } from './gate.js';
import { difference, measure, predict, startEstimate, update, type Estimate } from './kalman.js';

const mostTrackers = 64;
const mostClusters = 24;
const mostExpiriesAFrame = 16;

interface Tracker {
  /** 0 while not active. */
  readonly id: number;
  readonly estimate: Estimate;
  readonly halfExtents: HalfExtents;
  readonly hits: number;
  readonly misses: number;
}

/** Section 7 step 11 with the choices of docs/radar.md. One of these follows one radar from frame to frame. */
export class ReferenceTracker {
  readonly #config: RadarTrackingConfig;
  readonly #profile: RadarProfile;
  #trackers: readonly Tracker[] = [];
  #nextId = 1;

  constructor(config: RadarTrackingConfig, profile: RadarProfile) {
    this.#config = config;
    this.#profile = profile;
  }

  /** @returns the whole list; slots that are not active are zeros */
  advance(allClusters: readonly RadarCluster[]): readonly RadarTrack[] {
    const clusters = allClusters.slice(0, mostClusters);
    const predicted = this.#trackers.map((tracker) => this.#predict(tracker));
    const association = this.#associate(predicted, clusters);
    const followed = this.#follow(predicted, clusters, association);
    const fresh = association.unassociated.flatMap((index) => this.#start(clusters[index]));
    this.#trackers = [...followed, ...fresh].slice(0, mostTrackers);
    return this.#trackers.map(describe);
  }

  #predict(tracker: Tracker): Tracker {
    return { ...tracker, estimate: predict(tracker.estimate, 1 / this.#config.framesPerSecond) };
  }

  #associate(trackers: readonly Tracker[], clusters: readonly RadarCluster[]): Association {
    const measurements = clusters.map(measurementOf);
    const distances = trackers.map(({ estimate, halfExtents }) =>
      measurements.map((measurement) =>
        gatedDistance(estimate.state, halfExtents, measurement, this.#config.associationDistanceM),
      ),
    );
    return associate(this.#profile, distances, clusters.length);
  }

  #follow(
    trackers: readonly Tracker[],
    clusters: readonly RadarCluster[],
    { clustersOf }: Association,
  ): readonly Tracker[] {
    let expiries = 0;
    return trackers.flatMap((tracker, index) => {
      const own = (clustersOf[index] ?? []).flatMap((cluster) => clusters[cluster] ?? []);
      if (own.length > 0) return [this.#hit(tracker, own)];
      if (tracker.misses > this.#config.forgetThreshold && expiries < mostExpiriesAFrame) {
        expiries += 1;
        return [];
      }
      return [{ ...tracker, misses: tracker.misses + 1 }];
    });
  }

  #hit(tracker: Tracker, clusters: readonly RadarCluster[]): Tracker {
    const isActive = tracker.id > 0 || tracker.hits > this.#config.activeThreshold;
    return {
      id: isActive && tracker.id === 0 ? this.#takeId() : tracker.id,
      estimate: update(tracker.estimate, meanInnovation(tracker, clusters), this.#config.measurementNoiseVariance),
      halfExtents: this.#smooth(tracker.halfExtents, clusters),
      hits: tracker.hits + 1,
      misses: 0,
    };
  }

  #takeId(): number {
    const id = this.#nextId;
    this.#nextId += 1;
    return id;
  }

  /** First-order low-pass filter. */
  #smooth({ xM, yM }: HalfExtents, clusters: readonly RadarCluster[]): HalfExtents {
    const newest = this.#config.sizeForgetFactor;
    const largestX = Math.max(...clusters.map(({ halfExtentXM }) => halfExtentXM));
    const largestY = Math.max(...clusters.map(({ halfExtentYM }) => halfExtentYM));
    return { xM: (1 - newest) * xM + newest * largestX, yM: (1 - newest) * yM + newest * largestY };
  }

  #start(cluster: RadarCluster | undefined): Tracker[] {
    if (cluster === undefined) return [];
    const { centerXM, centerYM, speedMps, halfExtentXM, halfExtentYM } = cluster;
    const estimate = startEstimate(centerXM, centerYM, -speedMps, this.#config.measurementNoiseVariance);
    return [{ id: 0, estimate, halfExtents: { xM: halfExtentXM, yM: halfExtentYM }, hits: 0, misses: 0 }];
  }
}

/** A cluster counts as often as it has points. */
function meanInnovation({ estimate }: Tracker, clusters: readonly RadarCluster[]): readonly number[] {
  const expected = measure(estimate.state);
  const total = clusters.reduce((sum, { points }) => sum + points, 0);
  const innovations = clusters.map((cluster) => difference(measurementOf(cluster), expected));
  return [0, 1, 2].map((row) =>
    innovations.reduce((sum, innovation, index) => {
      const weight = (clusters[index]?.points ?? 0) / total;
      return sum + weight * (innovation[row] ?? 0);
    }, 0),
  );
}

function describe({ id, estimate, halfExtents }: Tracker): RadarTrack {
  if (id === 0) {
    return { id, state: 'detection', xM: 0, yM: 0, vxMps: 0, vyMps: 0, halfExtentXM: 0, halfExtentYM: 0 };
  }
  const [xM, yM, vxMps, vyMps] = estimate.state;
  return {
    id,
    state: 'active',
    xM,
    yM,
    vxMps,
    vyMps,
    halfExtentXM: halfExtents.xM,
    halfExtentYM: halfExtents.yM,
  };
}
