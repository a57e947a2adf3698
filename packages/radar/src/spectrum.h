#ifndef RADAR_SPECTRUM_H
#define RADAR_SPECTRUM_H

#include "arena.h"
#include "cfar.h"
#include "kernels.h"
#include "rules.h"

namespace radar {

/** From the cube to the range-Doppler map, and what both leave behind for the angles. */
struct Spectrum {
  const Kernels* kernels;
  RadarxLayout layout;
  int antennas;
  int chirps;
  int samples;
  std::size_t rowStride;
  FftPlan rangePlan;
  RowFftPlan rangeRowPlan;
  FftPlan dopplerPlan;
  const float* rangeWindow;
  const float* dopplerWindow;
  /** [antenna][Doppler bin][real, imaginary][range bin] */
  float* values;
  float* map;
  float* scratch[2];

  MapView view() const { return {map, samples, chirps, rowStride}; }
};

void planSpectrum(Spectrum& spectrum, const RadarParam& param, const RadarxOptions& options, const Rules& rules,
                  Arena& arena);

/** The range spectra of a cube. @returns false when a sample is not finite */
bool transformChirps(const Spectrum& spectrum, const cfloat* cube);

/** From the range spectra to those over both axes, and the map. */
void transformRangeBins(const Spectrum& spectrum);

/** The values of all antennas in one cell. */
void readSnapshot(const Spectrum& spectrum, int rangeBin, int dopplerBin, float* re, float* im);

}  // namespace radar

#endif
