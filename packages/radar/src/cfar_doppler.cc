#include <cmath>

#include "cfar.h"

namespace radar {
namespace {

bool sumAlongDoppler(const MapView& map, double* sums) {
  for (std::size_t bin = 0; bin < map.stride; ++bin) sums[bin] = 0;
  for (int d = 0; d < map.dopplerBins; ++d) {
    const float* column = map.column(d);
    const double* before = sums + d * map.stride;
    double* after = sums + (d + 1) * map.stride;
    for (std::size_t bin = 0; bin < map.stride; ++bin) after[bin] = before[bin] + static_cast<double>(column[bin]);
  }
  const double* total = sums + map.dopplerBins * map.stride;
  bool finite = true;
  for (int bin = 0; bin < map.rangeBins; ++bin) finite &= std::isfinite(total[bin]);
  return finite;
}

/** The rows of sums at both ends of a side, and 1 / its count. */
struct Side {
  const double* from;
  const double* to;
  double share;
};

Side sideOf(const double* sums, std::size_t stride, int from, int count) {
  return {sums + from * stride, sums + (from + count) * stride, 1.0 / count};
}

double meanOf(const Side& side, int bin) { return (side.to[bin] - side.from[bin]) * side.share; }

template <typename Combine>
void combineSides(const Side& left, const Side& right, int bins, double* noise, Combine combine) {
  for (int bin = 0; bin < bins; ++bin) noise[bin] = combine(meanOf(left, bin), meanOf(right, bin));
}

void estimateMeans(const Cfar& cfar, const MapView& map, const CfarCell& cell) {
  double* noise = cfar.scratch.noise;
  const double* sums = cfar.scratch.dopplerSums;
  const int bins = map.rangeBins;
  const Side left = sideOf(sums, map.stride, cell.leftFrom, cell.leftCount);
  const Side right = sideOf(sums, map.stride, cell.rightFrom, cell.rightCount);
  if (cell.leftCount == 0) return combineSides(right, right, bins, noise, [](double a, double) { return a; });
  if (cell.rightCount == 0) return combineSides(left, left, bins, noise, [](double a, double) { return a; });
  switch (cfar.doppler.kind) {
    case RADARX_SO:
      return combineSides(left, right, bins, noise, [](double a, double b) { return a < b ? a : b; });
    case RADARX_GO:
      return combineSides(left, right, bins, noise, [](double a, double b) { return a < b ? b : a; });
    default:
      return combineSides(left, right, bins, noise, [](double a, double b) { return (a + b) / 2; });
  }
}

void testMeans(const Cfar& cfar, const MapView& map, int d) {
  const CfarCell& cell = cfar.doppler.cells[d];
  estimateMeans(cfar, map, cell);
  const float* value = map.column(d);
  std::uint8_t* fires = cfar.scratch.fires + d * map.stride;
  for (int bin = 0; bin < map.rangeBins; ++bin) {
    fires[bin] = value[bin] > cell.factor * (cfar.scratch.noise[bin] * cell.noiseScale);
  }
}

void countBelow(const MapView& map, int from, int count, const CfarCell& cell, const float* value,
                std::int32_t* counts) {
  for (int d = from; d < from + count; ++d) {
    const float* training = map.column(d);
    for (int bin = 0; bin < map.rangeBins; ++bin) {
      counts[bin] += cell.factor * (static_cast<double>(training[bin]) * cell.noiseScale) < value[bin];
    }
  }
}

/** A value is above factor x (the k-th smallest) exactly when more than k cells lie below it by that factor: no sorting. */
void testOrder(const Cfar& cfar, const MapView& map, int d) {
  const CfarCell& cell = cfar.doppler.cells[d];
  const float* value = map.column(d);
  std::int32_t* counts = cfar.scratch.counts;
  for (int bin = 0; bin < map.rangeBins; ++bin) counts[bin] = 0;
  countBelow(map, cell.leftFrom, cell.leftCount, cell, value, counts);
  countBelow(map, cell.rightFrom, cell.rightCount, cell, value, counts);
  std::uint8_t* fires = cfar.scratch.fires + d * map.stride;
  for (int bin = 0; bin < map.rangeBins; ++bin) fires[bin] = counts[bin] > orderRank(cell.count());
}

}  // namespace

bool testDopplerAxis(const Cfar& cfar, const MapView& map) {
  if (!sumAlongDoppler(map, cfar.scratch.dopplerSums)) return false;
  for (int d = 0; d < map.dopplerBins; ++d) {
    if (cfar.doppler.passesAll) {
      std::uint8_t* fires = cfar.scratch.fires + d * map.stride;
      for (int bin = 0; bin < map.rangeBins; ++bin) fires[bin] = 1;
    } else if (cfar.doppler.kind == RADARX_OS) {
      testOrder(cfar, map, d);
    } else {
      testMeans(cfar, map, d);
    }
  }
  return true;
}

}  // namespace radar
