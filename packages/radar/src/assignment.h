#ifndef RADAR_ASSIGNMENT_H
#define RADAR_ASSIGNMENT_H

namespace radar {

constexpr int kMaxTrackers = 64;
/** Of a frame's clusters, the first so many are tracked. */
constexpr int kMaxMeasurements = 24;
constexpr double kNoPair = -1;

/** cost[m][t]: squared distance of measurement m to tracker t, kNoPair where the gate keeps them apart. */
using PairCosts = double[kMaxMeasurements][kMaxTrackers];

/** The nearest tracker of each measurement, -1 for none. */
void assignNearest(const PairCosts& costs, int measurements, int trackers, int* trackerOf);

/** One to one: as many pairs as possible, then the least sum of costs. */
void assignOptimally(const PairCosts& costs, int measurements, int trackers, int* trackerOf);

}  // namespace radar

#endif
