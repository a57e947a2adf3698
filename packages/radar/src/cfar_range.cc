#include <algorithm>

#include "cfar.h"

namespace radar {

float orderStatistic(float* values, int count) {
  float* const wanted = values + orderRank(count);
  std::nth_element(values, wanted, values + count);
  return *wanted;
}

RangeNoise::RangeNoise(const Cfar& cfar, const MapView& map, int doppler)
    : cfar_(cfar), column_(map.column(doppler)) {
  if (cfar.range.kind == RADARX_OS) return;
  double* sums = cfar.scratch.rangeSums;
  sums[0] = 0;
  for (int bin = 0; bin < map.rangeBins; ++bin) sums[bin + 1] = sums[bin] + static_cast<double>(column_[bin]);
}

double RangeNoise::mean(int from, int count) const {
  const double* sums = cfar_.scratch.rangeSums;
  return (sums[from + count] - sums[from]) / count;
}

double RangeNoise::at(int rangeBin) const {
  const CfarCell& cell = cfar_.range.cells[rangeBin];
  if (cfar_.range.kind == RADARX_OS) {
    float* window = cfar_.scratch.window;
    float* end = std::copy_n(column_ + cell.leftFrom, cell.leftCount, window);
    std::copy_n(column_ + cell.rightFrom, cell.rightCount, end);
    return orderStatistic(window, cell.count());
  }
  if (cell.leftCount == 0) return mean(cell.rightFrom, cell.rightCount);
  if (cell.rightCount == 0) return mean(cell.leftFrom, cell.leftCount);
  const double left = mean(cell.leftFrom, cell.leftCount);
  const double right = mean(cell.rightFrom, cell.rightCount);
  switch (cfar_.range.kind) {
    case RADARX_SO: return std::min(left, right);
    case RADARX_GO: return std::max(left, right);
    default: return (left + right) / 2;
  }
}

}  // namespace radar
