#ifndef RADAR_CFAR_H
#define RADAR_CFAR_H

#include <cstddef>
#include <cstdint>

#include "kernels.h"

namespace radar {

/** The range-Doppler map, kept as [doppler][range] so that both CFAR axes run along SIMD registers. */
struct MapView {
  const float* values;
  int rangeBins;
  int dopplerBins;
  /** floats from one Doppler bin to the next */
  std::size_t stride;

  const float* column(int doppler) const { return values + doppler * stride; }
};

/** Memory of the CFAR steps. */
struct CfarScratch {
  /** [dopplerBins + 1][kSumColumns]: sums along the Doppler axis */
  double* dopplerSums;
  /** along one column: noise estimates, and those from the left side alone */
  double* noise;
  double* leftNoise;
  /** one row of counts */
  std::int32_t* counts;
  /** [dopplerBins][stride]: 1 where the Doppler axis fires */
  std::uint8_t* fires;
  /** rangeBins + 1 sums along one column */
  double* rangeSums;
  /** the training cells of one cell */
  float* window;
};

struct Cfar {
  const Kernels* kernels;
  CfarAxis doppler;
  CfarAxis range;
  Rules rules;
  CfarScratch scratch;
  RadarxHit* hits;
  int hitCount;
};

/** Fills cfar.hits. @returns false when the map is not finite */
bool findHits(Cfar& cfar, const MapView& map);

/** Tests every cell along the Doppler axis into scratch.fires. @returns false when the map is not finite */
bool testDopplerAxis(const Cfar& cfar, const MapView& map);

/** The noise estimates along the range axis of one Doppler column, before a cell's noiseScale. */
class RangeNoise {
 public:
  RangeNoise(const Cfar& cfar, const MapView& map, int doppler);

  double at(int rangeBin) const { return means_ != nullptr ? means_[rangeBin] : orderStatisticAt(rangeBin); }

 private:
  double orderStatisticAt(int rangeBin) const;

  const Cfar& cfar_;
  const float* column_;
  /** Null for OS, which is sorted cell by cell. */
  const double* means_ = nullptr;
};

/** The value at index floor(3n/4) of the n sorted values; reorders them. */
float orderStatistic(float* values, int count);

constexpr int orderRank(int count) { return 3 * count / 4; }

}  // namespace radar

#endif
