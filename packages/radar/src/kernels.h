#ifndef RADAR_KERNELS_H
#define RADAR_KERNELS_H

#include <cstddef>

#include "fft_plan.h"

namespace radar {

/** The widest SIMD register that a kernel is made for, in floats. Rows are padded to it. */
constexpr int kMaxLanes = 16;

constexpr int padToLanes(int count) { return (count + kMaxLanes - 1) / kMaxLanes * kMaxLanes; }

/** Range transforms of one antenna: `chirps` rows of interleaved complex samples in, split spectra out. */
struct RangeJob {
  const float* cube;
  /** floats from one chirp to the next */
  std::size_t cubeStride;
  int chirps;
  int samples;
  const float* window;
  const FftPlan* plan;
  /** two areas of innerLength * 2 * kMaxLanes floats */
  float* scratch[2];
  /** of each chirp a row of real parts, then a row of imaginary parts, `rowStride` floats each */
  float* spectra;
  std::size_t rowStride;
};

/** Doppler transforms of one antenna, in place, and its share of the map. */
struct DopplerJob {
  float* spectra;
  std::size_t rowStride;
  int chirps;
  const float* window;
  const FftPlan* plan;
  float* scratch[2];
  /** [doppler][range], rowStride floats a row; magnitudes are added */
  float* map;
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
