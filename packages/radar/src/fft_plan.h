#ifndef RADAR_FFT_PLAN_H
#define RADAR_FFT_PLAN_H

#include "arena.h"

namespace radar {

constexpr int kMaxStages = 20;
/** Larger prime factors go through Bluestein's chirp transform. */
constexpr int kMaxRadix = 31;

/** One pass of a Stockham transform: `count` butterflies, each for `stride` interleaved sub-transforms. */
struct FftStage {
  int radix;
  int count;
  int stride;
  /** (radix - 1) complex factors for each butterfly */
  const float* twiddles;
  /** exp(-j 2 pi k / radix), k < radix; for the radices without a butterfly of their own */
  const float* roots;
};

struct FftStages {
  int count;
  FftStage all[kMaxStages];
};

/** How to transform a length: forward, unscaled. The kernels run it on several transforms at once, one in each SIMD lane. */
struct FftPlan {
  int length;
  FftStages stages;
  /** Bluestein: the power of two that the stages are made for, else equal to length */
  int innerLength;
  /** Bluestein: exp(-j pi k^2 / length), k < length; else null */
  const float* chirp;
  /** Bluestein: transform of the conjugate chirp, divided by innerLength */
  const float* chirpSpectrum;

  bool isBluestein() const { return innerLength != length; }
};

constexpr int kRowRadix = 16;

/** How to transform a row of kRowRadix * count values that lie beside each other: a first pass, then the stages. */
struct RowFftPlan {
  /** 0: the length does not lend itself to it */
  int count;
  /** For each output k = 1 .. kRowRadix - 1 of the first pass: `count` real parts of its factors, then the imaginary parts */
  const float* twiddles;
  /** Their strides begin with kRowRadix. */
  FftStages stages;
};

/** The length that scratch memory must have for a transform of this length. */
int innerFftLength(int length);

/** Fills a plan, its tables in the arena. */
void planFft(FftPlan& plan, int length, Arena& arena);

void planRowFft(RowFftPlan& plan, int length, Arena& arena);

}  // namespace radar

#endif
