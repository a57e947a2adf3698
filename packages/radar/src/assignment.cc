#include "assignment.h"

#include <algorithm>
#include <limits>

namespace radar {
namespace {

constexpr int kColumns = kMaxTrackers + kMaxMeasurements;

/**
 * Shortest augmenting paths with potentials (R. Jonker and A. Volgenant, 1987), rows = measurements. Each row has a column of
 * its own for "none", dearer than all pairs together, so that a solution always exists and pairs come first.
 * Rows and columns count from 1; column 0 is where a path begins.
 */
class ShortestPaths {
 public:
  ShortestPaths(const PairCosts& costs, int rows, int trackers)
      : costs_(costs), rows_(rows), trackers_(trackers), columns_(trackers + rows) {
    double largest = 0;
    for (int m = 0; m < rows; ++m) largest = std::max(largest, *std::max_element(costs[m], costs[m] + trackers));
    none_ = (largest + 1) * (rows + 1);
  }

  void solve() {
    for (int row = 1; row <= rows_; ++row) augment(row);
  }

  /** The tracker of a measurement, -1 for none; both from 0. */
  int trackerOf(int measurement) const {
    for (int column = 1; column <= trackers_; ++column) {
      if (rowOf_[column] == measurement + 1) return column - 1;
    }
    return -1;
  }

 private:
  double cost(int row, int column) const {
    if (column > trackers_) return column - trackers_ == row ? none_ : kForbidden;
    const double cost = costs_[row - 1][column - 1];
    return cost == kNoPair ? kForbidden : cost;
  }

  void augment(int row) {
    std::fill_n(distance_, columns_ + 1, std::numeric_limits<double>::infinity());
    std::fill_n(isDone_, columns_ + 1, false);
    rowOf_[0] = row;
    int column = 0;
    do {
      isDone_[column] = true;
      column = extend(column);
    } while (rowOf_[column] != 0);
    for (; column != 0; column = previous_[column]) rowOf_[column] = rowOf_[previous_[column]];
  }

  /** Reaches further from a column's row, and @returns the nearest column that is not done. */
  int extend(int from) {
    const int row = rowOf_[from];
    int nearest = 0;
    double step = std::numeric_limits<double>::infinity();
    for (int column = 1; column <= columns_; ++column) {
      if (isDone_[column]) continue;
      const double reduced = cost(row, column) - rowPotential_[row] - columnPotential_[column];
      if (reduced < distance_[column]) {
        distance_[column] = reduced;
        previous_[column] = from;
      }
      if (distance_[column] < step) {
        step = distance_[column];
        nearest = column;
      }
    }
    for (int column = 0; column <= columns_; ++column) {
      if (isDone_[column]) {
        rowPotential_[rowOf_[column]] += step;
        columnPotential_[column] -= step;
      } else {
        distance_[column] -= step;
      }
    }
    return nearest;
  }

  static constexpr double kForbidden = 1e100;

  const PairCosts& costs_;
  int rows_;
  int trackers_;
  int columns_;
  double none_;
  double rowPotential_[kMaxMeasurements + 1] = {};
  double columnPotential_[kColumns + 1] = {};
  double distance_[kColumns + 1];
  int rowOf_[kColumns + 1] = {};
  int previous_[kColumns + 1] = {};
  bool isDone_[kColumns + 1];
};

}  // namespace

void assignNearest(const PairCosts& costs, int measurements, int trackers, int* trackerOf) {
  for (int m = 0; m < measurements; ++m) {
    trackerOf[m] = -1;
    for (int t = 0; t < trackers; ++t) {
      if (costs[m][t] == kNoPair) continue;
      if (trackerOf[m] < 0 || costs[m][t] < costs[m][trackerOf[m]]) trackerOf[m] = t;
    }
  }
}

void assignOptimally(const PairCosts& costs, int measurements, int trackers, int* trackerOf) {
  if (trackers == 0) {
    std::fill_n(trackerOf, measurements, -1);
    return;
  }
  ShortestPaths paths(costs, measurements, trackers);
  paths.solve();
  for (int m = 0; m < measurements; ++m) trackerOf[m] = paths.trackerOf(m);
}

}  // namespace radar
