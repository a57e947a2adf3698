#include <algorithm>

#include "cfar.h"

namespace radar {
namespace {

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

bool isFinite(const MapView& map) {
  float zero = 0;
  for (int d = 0; d < map.dopplerBins; ++d) {
    for (int bin = 0; bin < map.rangeBins; ++bin) zero += map.column(d)[bin] - map.column(d)[bin];
  }
  return zero == 0;
}

bool testMeans(const Cfar& cfar, const MapView& map) {
  return cfar.kernels->testDopplerMeans({cfar.doppler.kind, cfar.doppler.cells, map.values, map.stride, map.rangeBins,
                                         map.dopplerBins, cfar.scratch.dopplerSums, cfar.scratch.fires});
}

}  // namespace

bool testDopplerAxis(const Cfar& cfar, const MapView& map) {
  const bool isOrder = cfar.doppler.kind == RADARX_OS;
  if (!isOrder && !cfar.doppler.passesAll) return testMeans(cfar, map);
  if (!isFinite(map)) return false;
  for (int d = 0; d < map.dopplerBins; ++d) {
    if (cfar.doppler.passesAll) {
      std::fill_n(cfar.scratch.fires + d * map.stride, map.rangeBins, std::uint8_t{1});
    } else {
      testOrder(cfar, map, d);
    }
  }
  return true;
}

}  // namespace radar
