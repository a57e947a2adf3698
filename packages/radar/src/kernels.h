#ifndef RADAR_KERNELS_H
#define RADAR_KERNELS_H

#include <cstddef>
#include <cstdint>

#include "cfar_axis.h"
#include "fft_plan.h"

namespace radar {

/** The widest SIMD register that a kernel is made for, in floats. Rows are padded to it. */
constexpr int kMaxLanes = 16;

constexpr int padToLanes(int count) { return (count + kMaxLanes - 1) / kMaxLanes * kMaxLanes; }

/** Range transforms of a cube: rows of interleaved complex samples in, split spectra out. */
struct RangeJob {
  const float* cube;
  /** floats from one antenna to the next, and from one chirp to the next */
  std::size_t antennaStride;
  std::size_t chirpStride;
  int antennas;
  int chirps;
  int samples;
  const float* window;
  const FftPlan* plan;
  const RowFftPlan* rowPlan;
  /** two areas of innerLength * 2 * kMaxLanes floats */
  float* scratch[2];
  /** of each antenna, of each chirp: a row of real parts, then a row of imaginary parts, `rowStride` floats each */
  float* spectra;
  std::size_t rowStride;
};

/** Doppler transforms of one antenna, in place, and its share of the map. */
struct DopplerJob {
  float* spectra;
  std::size_t rowStride;
  int chirps;
  int samples;
  const float* window;
  const FftPlan* plan;
  float* scratch[2];
  /** [doppler][range], rowStride floats a row; magnitudes are added */
  float* map;
};

/** How many range bins are summed up along the Doppler axis at a time. */
constexpr int kSumColumns = 32;

/** CFAR along the Doppler axis by means of the training cells: CA, SO, GO. */
struct DopplerMeansJob {
  RadarxCfar kind;
  /** one for each Doppler bin */
  const CfarCell* cells;
  /** [doppler][range], rowStride floats a row */
  const float* map;
  std::size_t rowStride;
  int rangeBins;
  int dopplerBins;
  /** [dopplerBins + 1][kSumColumns] */
  double* sums;
  /** [doppler][range], rowStride bytes a row: 1 where a cell fires */
  std::uint8_t* fires;
};

/** Steering vectors of `angles` directions: re and im are [antenna][angle], `stride` floats a row, zeros in the padding. */
struct SteeringTable {
  const float* re;
  const float* im;
  int antennas;
  int angles;
  std::size_t stride;
};

struct Kernels {
  const char* name;
  /** Removes the mean of each chirp, applies the window, transforms. False when a sample is not finite. */
  bool (*transformRange)(const RangeJob& job);
  /** Removes the mean over chirps, applies the window, transforms and shifts. */
  void (*transformDoppler)(const DopplerJob& job);
  /** False when the map is not finite. */
  bool (*testDopplerMeans)(const DopplerMeansJob& job);
  /** The index of the steering vector with the largest response to the snapshot; of equals the first. */
  int (*strongestDirection)(const SteeringTable& table, const float* re, const float* im);
};

extern const Kernels kBaselineKernels;
#if defined(__x86_64__)
extern const Kernels kAvx2Kernels;
extern const Kernels kAvx512Kernels;
#endif

/** The fastest kernels that this machine can run. */
const Kernels& chooseKernels();

/** Tests and measurements may ask for a slower set by name; null lifts that. */
void limitKernels(const char* name);

}  // namespace radar

#endif
