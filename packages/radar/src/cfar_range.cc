#include <algorithm>

#include "cfar.h"

namespace radar {

float orderStatistic(float* values, int count) {
  float* const wanted = values + orderRank(count);
  std::nth_element(values, wanted, values + count);
  return *wanted;
}

namespace {

/** Sums of a column up to each bin. */
void sumAlongRange(const float* column, int bins, double* sums) {
  sums[0] = 0;
  for (int bin = 0; bin < bins; ++bin) sums[bin + 1] = sums[bin] + static_cast<double>(column[bin]);
}

/** The means over `count` cells beginning `offset` from each bin, from <= bin < to. */
void fillMeans(const double* sums, int offset, int count, int from, int to, double* means) {
  const double share = 1.0 / count;
  for (int bin = from; bin < to; ++bin) means[bin] = (sums[bin + offset + count] - sums[bin + offset]) * share;
}

void combine(RadarxCfar kind, const double* left, int from, int to, double* right) {
  switch (kind) {
    case RADARX_SO:
      for (int bin = from; bin < to; ++bin) right[bin] = std::min(left[bin], right[bin]);
      return;
    case RADARX_GO:
      for (int bin = from; bin < to; ++bin) right[bin] = std::max(left[bin], right[bin]);
      return;
    default:
      for (int bin = from; bin < to; ++bin) right[bin] = (left[bin] + right[bin]) / 2;
  }
}

/** Within the middle, and within either edge, every cell has the same window. */
void fillMeanNoise(const Cfar& cfar, double* noise) {
  const CfarAxis& axis = cfar.range;
  const double* sums = cfar.scratch.rangeSums;
  const auto fillLeft = [&](int from, int to, double* means) {
    if (from < to) fillMeans(sums, axis.cells[from].leftFrom - from, axis.cells[from].leftCount, from, to, means);
  };
  const auto fillRight = [&](int from, int to, double* means) {
    if (from < to) fillMeans(sums, axis.cells[from].rightFrom - from, axis.cells[from].rightCount, from, to, means);
  };
  fillRight(0, axis.firstMiddle, noise);
  fillRight(axis.firstMiddle, axis.firstLast, noise);
  fillLeft(axis.firstMiddle, axis.firstLast, cfar.scratch.leftNoise);
  combine(axis.kind, cfar.scratch.leftNoise, axis.firstMiddle, axis.firstLast, noise);
  fillLeft(axis.firstLast, axis.length, noise);
}

}  // namespace

RangeNoise::RangeNoise(const Cfar& cfar, const MapView& map, int doppler)
    : cfar_(cfar), column_(map.column(doppler)) {
  if (cfar.range.kind == RADARX_OS) return;
  sumAlongRange(column_, map.rangeBins, cfar.scratch.rangeSums);
  fillMeanNoise(cfar, cfar.scratch.noise);
  means_ = cfar.scratch.noise;
}

double RangeNoise::orderStatisticAt(int rangeBin) const {
  const CfarCell& cell = cfar_.range.cells[rangeBin];
  float* window = cfar_.scratch.window;
  float* end = std::copy_n(column_ + cell.leftFrom, cell.leftCount, window);
  std::copy_n(column_ + cell.rightFrom, cell.rightCount, end);
  return orderStatistic(window, cell.count());
}

}  // namespace radar
