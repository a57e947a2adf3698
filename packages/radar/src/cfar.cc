#include "cfar.h"

#include <algorithm>
#include <cstring>

namespace radar {
namespace {

/** Where the noise estimate is 0. Finite, so that what is computed from it stays finite. */
constexpr double kLargestSnr = 1e30;

void testCell(Cfar& cfar, const MapView& map, int rangeBin, int dopplerBin, double estimate) {
  const CfarCell& cell = cfar.range.cells[rangeBin];
  const double value = map.column(dopplerBin)[rangeBin];
  const double noise = estimate * cell.noiseScale;
  if (!cfar.range.passesAll && !(value > cell.factor * noise)) return;
  const double snr = noise > 0 ? std::min(value / noise, kLargestSnr) : value > 0 ? kLargestSnr : 0;
  cfar.hits[cfar.hitCount++] = {rangeBin, dopplerBin, snr};
}

/** `correct`: the cells that fire on the Doppler axis are tested on the range axis. */
void testFiringCells(Cfar& cfar, const MapView& map) {
  for (int d = 0; d < map.dopplerBins; ++d) {
    const RangeNoise noise(cfar, map, d);
    const std::uint8_t* fires = cfar.scratch.fires + d * map.stride;
    for (int bin = 0; bin < map.rangeBins; ++bin) {
      if (fires[bin]) testCell(cfar, map, bin, d, noise.at(bin));
    }
  }
}

/** `compatible`: the order in which a column's cells are reported. */
template <typename Visit>
void forEachRangeCell(const CfarAxis& axis, Visit visit) {
  for (int bin = axis.firstMiddle; bin < axis.firstLast; ++bin) visit(bin);
  for (int bin = 0; bin < axis.firstMiddle; ++bin) visit(bin);
  for (int bin = axis.firstLast; bin < axis.length; ++bin) visit(bin);
}

/** `compatible`, OS: the window that the Doppler pass filled last serves the whole range pass. */
double lastDopplerEstimate(const Cfar& cfar, const MapView& map) {
  const CfarCell& cell = cfar.doppler.cells[map.dopplerBins - 1];
  float* window = cfar.scratch.window;
  for (int i = 0; i < cell.leftCount; ++i) window[i] = map.column(cell.leftFrom + i)[map.rangeBins - 1];
  return orderStatistic(window, cell.leftCount);
}

/** `compatible`: every cell of a column in which any cell fires; column 0 never counts. */
void testFiringColumns(Cfar& cfar, const MapView& map) {
  const bool isOrder = cfar.range.kind == RADARX_OS;
  const double staleEstimate = isOrder ? lastDopplerEstimate(cfar, map) : 0;
  for (int d = 1; d < map.dopplerBins; ++d) {
    const std::uint8_t* fires = cfar.scratch.fires + d * map.stride;
    if (std::memchr(fires, 1, map.rangeBins) == nullptr) continue;
    const RangeNoise noise(cfar, map, d);
    forEachRangeCell(cfar.range,
                     [&](int bin) { testCell(cfar, map, bin, d, isOrder ? staleEstimate : noise.at(bin)); });
  }
}

/** `compatible` knows CA and OS, the same on both axes. */
bool hasKnownKinds(const Cfar& cfar) {
  if (cfar.rules.mixesCfarKinds) return true;
  return cfar.doppler.kind == cfar.range.kind &&
         (cfar.range.kind == RADARX_CA || cfar.range.kind == RADARX_OS);
}

}  // namespace

bool findHits(Cfar& cfar, const MapView& map) {
  cfar.hitCount = 0;
  if (!testDopplerAxis(cfar, map)) return false;
  if (!hasKnownKinds(cfar)) return true;
  if (cfar.rules.testsBothAxes) {
    testFiringCells(cfar, map);
  } else {
    testFiringColumns(cfar, map);
  }
  return true;
}

}  // namespace radar
