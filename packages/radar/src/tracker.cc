#include "tracker.h"

#include <algorithm>
#include <cmath>

namespace radar {
namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr int kMaxPairsPerTrack = 6;
constexpr int kMaxExpiries = 16;
constexpr int kIgnored = -2;

struct Measurement {
  Polar polar;
  const ClusterDescription* cluster;
};

/** The clusters of one frame and the tracks that they belong to. */
struct Frame {
  Measurement measurements[kMaxMeasurements];
  int count;
  int trackOf[kMaxMeasurements];
};

double wrapAngle(double angle) { return angle - 2 * kPi * std::ceil((angle - kPi) / (2 * kPi)); }

void readMeasurements(Frame& frame, const ClusterResult& clusters) {
  frame.count = std::min(clusters.n, kMaxMeasurements);
  for (int m = 0; m < frame.count; ++m) {
    const ClusterDescription& cluster = clusters.cd[m];
    const double x = cluster.cx, y = cluster.cy;
    frame.measurements[m] = {{std::sqrt(x * x + y * y), std::atan2(y, x), -static_cast<double>(cluster.av)}, &cluster};
  }
}

/** Squared distance by the law of cosines, kNoPair outside the gate. */
double pairCost(const Track& track, const Polar& seen, double threshold) {
  const Polar expected = polarOf(track.filter);
  const double distance = expected.range * expected.range + seen.range * seen.range -
                          2 * expected.range * seen.range * std::cos(expected.azimuth - seen.azimuth);
  const double radius = std::max(threshold, std::sqrt(track.halfX * track.halfX + track.halfY * track.halfY));
  const double opening = 2 * std::atan2(threshold, expected.range);
  const double gate = radius * radius + opening * opening + threshold * threshold;
  return distance < gate ? std::max(distance, 0.0) : kNoPair;
}

/** A track takes so many clusters and no more. */
void dropSurplus(Frame& frame) {
  int pairs[kMaxTrackers] = {};
  for (int m = 0; m < frame.count; ++m) {
    const int track = frame.trackOf[m];
    if (track >= 0 && ++pairs[track] > kMaxPairsPerTrack) frame.trackOf[m] = kIgnored;
  }
}

void associate(Frame& frame, const Tracker& tracker, const RadarParam& param) {
  PairCosts costs;
  for (int m = 0; m < frame.count; ++m) {
    for (int t = 0; t < tracker.count; ++t) {
      costs[m][t] = pairCost(tracker.tracks[t], frame.measurements[m].polar, param.tat);
    }
  }
  if (tracker.rules.assignsOptimally) {
    assignOptimally(costs, frame.count, tracker.count, frame.trackOf);
  } else {
    assignNearest(costs, frame.count, tracker.count, frame.trackOf);
  }
  dropSurplus(frame);
}

/** The mean innovation of a track's clusters, weighted by their points, and their largest extents. */
struct Combined {
  double weight = 0;
  Polar innovation = {0, 0, 0};
  double halfX = 0;
  double halfY = 0;
};

Combined combine(const Frame& frame, const Track& track, int index) {
  Combined all;
  const Polar expected = polarOf(track.filter);
  for (int m = 0; m < frame.count; ++m) {
    if (frame.trackOf[m] != index) continue;
    const Polar& seen = frame.measurements[m].polar;
    const ClusterDescription& cluster = *frame.measurements[m].cluster;
    const double weight = cluster.n;
    all.weight += weight;
    all.innovation.range += weight * (seen.range - expected.range);
    all.innovation.azimuth += weight * wrapAngle(seen.azimuth - expected.azimuth);
    all.innovation.rangeRate += weight * (seen.rangeRate - expected.rangeRate);
    all.halfX = std::max(all.halfX, static_cast<double>(cluster.rx));
    all.halfY = std::max(all.halfY, static_cast<double>(cluster.ry));
  }
  all.innovation.range /= std::max(all.weight, 1.0);
  all.innovation.azimuth /= std::max(all.weight, 1.0);
  all.innovation.rangeRate /= std::max(all.weight, 1.0);
  return all;
}

void hit(Tracker& tracker, Track& track, const Combined& seen, const RadarParam& param) {
  update(track.filter, seen.innovation, param.mnv);
  const double share = param.iff;
  track.halfX = (1 - share) * track.halfX + share * seen.halfX;
  track.halfY = (1 - share) * track.halfY + share * seen.halfY;
  if (!track.isActive && track.hits > param.at) {
    track.isActive = true;
    track.id = tracker.nextId++;
  }
  track.hits += 1;
  track.misses = 0;
}

/** @returns true when the track has expired */
bool miss(Track& track, const RadarParam& param, bool mayExpire) {
  if (mayExpire && track.misses > param.ft) return true;
  track.misses += 1;
  return false;
}

void begin(Tracker& tracker, const Measurement& measurement, double variance) {
  if (tracker.count == kMaxTrackers) return;
  const ClusterDescription& cluster = *measurement.cluster;
  Track& track = tracker.tracks[tracker.count++];
  track.filter = beginKalman(measurement.polar, cluster.cx, cluster.cy, variance);
  track.halfX = cluster.rx;
  track.halfY = cluster.ry;
  track.hits = 0;
  track.misses = 0;
  track.isActive = false;
  track.id = 0;
}

/** Hits and misses; the expired leave the list, the others keep their order. */
void settle(Tracker& tracker, const Frame& frame, const RadarParam& param) {
  int kept = 0;
  int expired = 0;
  for (int t = 0; t < tracker.count; ++t) {
    Track& track = tracker.tracks[t];
    const Combined seen = combine(frame, track, t);
    if (seen.weight > 0) {
      hit(tracker, track, seen, param);
    } else if (miss(track, param, expired < kMaxExpiries)) {
      expired += 1;
      continue;
    }
    tracker.tracks[kept++] = track;
  }
  tracker.count = kept;
}

}  // namespace

void resetTracker(Tracker& tracker, const Rules& rules) {
  tracker.rules = rules;
  tracker.count = 0;
  tracker.nextId = 1;
}

void advanceTracks(Tracker& tracker, const RadarParam& param, const ClusterResult& clusters) {
  for (int t = 0; t < tracker.count; ++t) predict(tracker.tracks[t].filter, 1.0 / param.tpf);
  Frame frame;
  readMeasurements(frame, clusters);
  associate(frame, tracker, param);
  settle(tracker, frame, param);
  for (int m = 0; m < frame.count; ++m) {
    if (frame.trackOf[m] == -1) begin(tracker, frame.measurements[m], param.mnv);
  }
}

}  // namespace radar
