/** CFAR by means along the Doppler axis. Included by kernels.cc alone, like lanes.h. */
#ifndef RADAR_DOPPLER_MEANS_H
#define RADAR_DOPPLER_MEANS_H

#include <cstring>

#include "kernels.h"
#include "lanes.h"

namespace radar {
namespace {

/** Some range bins, at most kSumColumns of them: their sums along the Doppler axis stay in the nearest cache. */
struct Columns {
  int first;
  int count;
};

/** @returns false when a cell is not finite */
bool sumAlongDoppler(const DopplerMeansJob& job, Columns columns) {
  std::memset(job.sums, 0, kSumColumns * sizeof(double));
  for (int d = 0; d < job.dopplerBins; ++d) {
    const float* row = job.map + d * job.rowStride + columns.first;
    const double* before = job.sums + d * kSumColumns;
    double* after = job.sums + (d + 1) * kSumColumns;
    for (int i = 0; i < columns.count; ++i) after[i] = before[i] + static_cast<double>(row[i]);
  }
  const double* total = job.sums + job.dopplerBins * kSumColumns;
  double zero = 0;
  for (int i = 0; i < columns.count; ++i) zero += total[i] - total[i];
  return zero == 0;
}

/** The rows of sums at both ends of a side of the window, and 1 / its count. */
struct Side {
  const double* from;
  const double* to;
  double share;

  RADAR_INLINE double mean(int i) const { return (to[i] - from[i]) * share; }
};

Side sideOf(const double* sums, int from, int count) {
  return {sums + from * kSumColumns, sums + (from + count) * kSumColumns, 1.0 / count};
}

template <typename Noise>
RADAR_INLINE void compare(const CfarCell& cell, const float* values, int count, std::uint8_t* fires, Noise noise) {
  const double factor = cell.factor, scale = cell.noiseScale;
  double thresholds[kSumColumns];
  for (int i = 0; i < count; ++i) thresholds[i] = factor * (noise(i) * scale);
  for (int i = 0; i < count; ++i) fires[i] = values[i] > thresholds[i];
}

void testRow(const DopplerMeansJob& job, Columns columns, int d) {
  const CfarCell& cell = job.cells[d];
  const Side left = sideOf(job.sums, cell.leftFrom, cell.leftCount);
  const Side right = sideOf(job.sums, cell.rightFrom, cell.rightCount);
  const float* values = job.map + d * job.rowStride + columns.first;
  std::uint8_t* fires = job.fires + d * job.rowStride + columns.first;
  const auto test = [&](auto noise) { compare(cell, values, columns.count, fires, noise); };
  if (cell.leftCount == 0) return test([&](int i) { return right.mean(i); });
  if (cell.rightCount == 0) return test([&](int i) { return left.mean(i); });
  switch (job.kind) {
    case RADARX_SO: return test([&](int i) { return left.mean(i) < right.mean(i) ? left.mean(i) : right.mean(i); });
    case RADARX_GO: return test([&](int i) { return left.mean(i) < right.mean(i) ? right.mean(i) : left.mean(i); });
    default: return test([&](int i) { return (left.mean(i) + right.mean(i)) / 2; });
  }
}

bool testDopplerMeans(const DopplerMeansJob& job) {
  for (int first = 0; first < job.rangeBins; first += kSumColumns) {
    const Columns columns = {first, first + kSumColumns < job.rangeBins ? kSumColumns : job.rangeBins - first};
    if (!sumAlongDoppler(job, columns)) return false;
    for (int d = 0; d < job.dopplerBins; ++d) testRow(job, columns, d);
  }
  return true;
}

}  // namespace
}  // namespace radar

#endif
