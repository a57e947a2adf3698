#include "peak_grouping.h"

#include <algorithm>

namespace radar {
namespace {

bool isBorder(const RadarxHit& hit, const MapView& map) {
  return hit.rangeBin == 0 || hit.dopplerBin == 0 || hit.rangeBin == map.rangeBins - 1 ||
         hit.dopplerBin == map.dopplerBins - 1;
}

bool isPeak(const RadarxHit& hit, const double* snrMap, std::size_t stride) {
  const double* at = snrMap + hit.dopplerBin * stride + hit.rangeBin;
  return hit.snr > at[-1] && hit.snr > at[1] && hit.snr > *(at - stride) && hit.snr > at[stride];
}

}  // namespace

int groupPeaks(const Cfar& cfar, const MapView& map, double* snrMap, int* kept) {
  int count = 0;
  if (cfar.hitCount < kGroupingThreshold) {
    for (; count < cfar.hitCount; ++count) kept[count] = count;
    return count;
  }
  std::fill_n(snrMap, map.dopplerBins * map.stride, 0.0);
  for (int i = 0; i < cfar.hitCount; ++i) {
    const RadarxHit& hit = cfar.hits[i];
    snrMap[hit.dopplerBin * map.stride + hit.rangeBin] = hit.snr;
  }
  for (int i = 0; i < cfar.hitCount; ++i) {
    const RadarxHit& hit = cfar.hits[i];
    if (!isBorder(hit, map) && isPeak(hit, snrMap, map.stride)) kept[count++] = i;
  }
  return count;
}

}  // namespace radar
