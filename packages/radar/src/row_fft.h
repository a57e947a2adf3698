/**
 * Transform of one sequence that lies in a row. The first pass, of radix 16, turns kLanes butterflies at once and transposes
 * what it writes; from then on every stride is a multiple of kLanes, and the passes of lanes_fft.h do the rest. Included by
 * kernels.cc alone, like lanes.h.
 */
#ifndef RADAR_ROW_FFT_H
#define RADAR_ROW_FFT_H

#include "lanes_fft.h"

namespace radar {
namespace {

/** Real and imaginary parts in turn, kLanes of them in two registers. */
inline Complex separate(Lanes a, Lanes b) { return {evenLanes(a, b), oddLanes(a, b)}; }

/**
 * The mean over a row of interleaved values, real and imaginary part in turn. length must be a multiple of kLanes. The row
 * behind it is read next: it is asked for on the way.
 */
inline Lanes meanOfRow(const float* row, int length) {
  Lanes sums[2] = {};
  for (int i = 0; i < 2 * length; i += 2 * kLanes) {
    __builtin_prefetch(row + 2 * length + i);
    __builtin_prefetch(row + 2 * length + i + kLanes);
    sums[0] += load(row + i);
    sums[1] += load(row + i + kLanes);
  }
  return sumOfPairs(sums[0] + sums[1]) * (1.0f / static_cast<float>(length));
}

/** Rows of kRowRadix outputs of one butterfly each, as rows of kLanes values. */
RADAR_INLINE void storeTransposed(Complex (&x)[kRowRadix], ScratchRows out) {
  constexpr int kBlocks = kRowRadix / kLanes;
#pragma GCC unroll 4
  for (int block = 0; block < kBlocks; ++block) {
    Lanes re[kLanes], im[kLanes];
#pragma GCC unroll 16
    for (int i = 0; i < kLanes; ++i) {
      re[i] = x[block * kLanes + i].re;
      im[i] = x[block * kLanes + i].im;
    }
    transpose(re);
    transpose(im);
#pragma GCC unroll 16
    for (int i = 0; i < kLanes; ++i) out(i * kBlocks + block, {re[i], im[i]});
  }
}

inline void runFirstRowPass(const RowFftPlan& plan, const float* row, Lanes mean, const float* window, float* out) {
  for (int first = 0; first < plan.count; first += kLanes) {
    Complex x[kRowRadix];
#pragma GCC unroll 16
    for (int j = 0; j < kRowRadix; ++j) {
      const float* at = row + 2 * (first + j * plan.count);
      const Lanes factor = load(window + first + j * plan.count);
      const Complex value = separate(load(at) - mean, load(at + kLanes) - mean);
      x[j] = {value.re * factor, value.im * factor};
    }
    butterfly(x);
#pragma GCC unroll 16
    for (int k = 1; k < kRowRadix; ++k) {
      const float* w = plan.twiddles + 2 * (k - 1) * plan.count + first;
      x[k] = turn(x[k], Complex{load(w), load(w + plan.count)});
    }
    storeTransposed(x, ScratchRows{out + 2 * first * kRowRadix});
  }
}

inline bool canTransformRow(const RowFftPlan& plan) { return plan.count > 0 && plan.count % kLanes == 0; }

/** @param out takes kLanes values of the spectrum at a time */
template <typename Out>
inline void transformRow(const RowFftPlan& plan, const float* row, Lanes mean, const float* window,
                         float* const (&scratch)[2], Out out) {
  runFirstRowPass(plan, row, mean, window, scratch[1]);
  finishStages(plan.stages, 0, kLanes, scratch, out);
}

}  // namespace
}  // namespace radar

#endif
