/**
 * Stockham autosort transform of rows: of kLanes sequences at once, one in each lane, or of one sequence that lies kLanes
 * values to a row (row_fft.h). Included by kernels.cc alone, like lanes.h.
 *
 * Where a pass reads and writes is the caller's: `in(row)` gives a Complex, `out(row, value)` takes one.
 */
#ifndef RADAR_LANES_FFT_H
#define RADAR_LANES_FFT_H

#include "butterflies.h"
#include "fft_plan.h"

namespace radar {
namespace {

/** Row k is kLanes real parts, then kLanes imaginary parts. */
struct ScratchRows {
  static constexpr std::size_t kRowFloats = 2 * kLanes;

  float* data;

  RADAR_INLINE Complex operator()(std::size_t row) const {
    const float* at = data + row * kRowFloats;
    return {load(at), load(at + kLanes)};
  }

  RADAR_INLINE void operator()(std::size_t row, Complex value) const {
    float* at = data + row * kRowFloats;
    store(at, value.re);
    store(at + kLanes, value.im);
  }
};

/** Rows less their mean, times the window: the first pass does it on the way. */
template <typename In>
struct WindowedRows {
  In rows;
  Complex mean;
  const float* window;

  RADAR_INLINE Complex operator()(std::size_t row) const { return (rows(row) - mean) * window[row]; }
};

/** Calls run(first input row, first output row, twiddles) for each butterfly of a pass. */
template <typename Run>
inline void forEachButterfly(const FftStage& stage, std::size_t stride, Run run) {
  for (int p = 0; p < stage.count; ++p) {
    const float* w = stage.twiddles + static_cast<std::size_t>(p) * (stage.radix - 1) * 2;
    for (std::size_t q = 0; q < stride; ++q) run(q + stride * p, q + stride * stage.radix * p, w);
  }
}

/** @tparam IsLast the factors of the last pass are 1 */
template <int Radix, bool IsLast, typename In, typename Out>
inline void runRadix(const FftStage& stage, std::size_t stride, In in, Out out) {
  const std::size_t apart = stride * stage.count;
  forEachButterfly(stage, stride, [&](std::size_t from, std::size_t to, const float* w) {
    Complex x[Radix];
#pragma GCC unroll 16
    for (int j = 0; j < Radix; ++j) x[j] = in(from + j * apart);
    butterfly(x);
    out(to, x[0]);
#pragma GCC unroll 16
    for (int k = 1; k < Radix; ++k) out(to + k * stride, IsLast ? x[k] : turn(x[k], w + 2 * (k - 1)));
  });
}

/** Any radix, by its definition. */
template <bool IsLast, typename In, typename Out>
inline void runAnyRadix(const FftStage& stage, std::size_t stride, In in, Out out) {
  const std::size_t apart = stride * stage.count;
  forEachButterfly(stage, stride, [&](std::size_t from, std::size_t to, const float* w) {
    Complex x[kMaxRadix];
    for (int j = 0; j < stage.radix; ++j) x[j] = in(from + j * apart);
    for (int k = 0; k < stage.radix; ++k) {
      Complex sum = x[0];
      for (int j = 1; j < stage.radix; ++j) sum = sum + turn(x[j], stage.roots + 2 * (j * k % stage.radix));
      out(to + k * stride, IsLast || k == 0 ? sum : turn(sum, w + 2 * (k - 1)));
    }
  });
}

template <bool IsLast, typename In, typename Out>
inline void runStage(const FftStage& stage, std::size_t stride, In in, Out out) {
  switch (stage.radix) {
    case 2: return runRadix<2, IsLast>(stage, stride, in, out);
    case 3: return runRadix<3, IsLast>(stage, stride, in, out);
    case 4: return runRadix<4, IsLast>(stage, stride, in, out);
    case 5: return runRadix<5, IsLast>(stage, stride, in, out);
    case 8: return runRadix<8, IsLast>(stage, stride, in, out);
    case 16: return runRadix<16, IsLast>(stage, stride, in, out);
    default: return runAnyRadix<IsLast>(stage, stride, in, out);
  }
}

/**
 * All passes. The first reads `in` and writes scratch[0] where others follow; the last writes `out`, which may be the
 * scratch area that it does not read: scratch[1] with an even number of passes, else scratch[0].
 * @param lanesInStride what a stage's stride is divided by to count rows
 */
template <typename In, typename Out>
inline void runStages(const FftStages& stages, int lanesInStride, In in, float* const (&scratch)[2], Out out) {
  const auto strideOf = [&](int i) { return static_cast<std::size_t>(stages.all[i].stride / lanesInStride); };
  const int last = stages.count - 1;
  if (last == 0) return runStage<true>(stages.all[0], strideOf(0), in, out);
  runStage<false>(stages.all[0], strideOf(0), in, ScratchRows{scratch[0]});
  for (int i = 1; i < last; ++i) {
    runStage<false>(stages.all[i], strideOf(i), ScratchRows{scratch[(i + 1) % 2]}, ScratchRows{scratch[i % 2]});
  }
  runStage<true>(stages.all[last], strideOf(last), ScratchRows{scratch[(last + 1) % 2]}, out);
}

/** The end of a convolution: the conjugate of what comes, turned by the chirp; rows beyond the length are dropped. */
template <typename Out>
struct ChirpedRows {
  const FftPlan& plan;
  Out out;

  RADAR_INLINE void operator()(std::size_t row, Complex value) const {
    if (row < static_cast<std::size_t>(plan.length)) out(row, turn({value.re, -value.im}, plan.chirp + 2 * row));
  }
};

/** The inverse transform comes as the conjugate of a forward transform of the conjugate. */
template <typename In, typename Out>
inline void convolveWithChirp(const FftPlan& plan, In in, float* const (&scratch)[2], Out out) {
  const ScratchRows rows = {scratch[0]};
  for (int k = 0; k < plan.length; ++k) rows(k, turn(in(k), plan.chirp + 2 * k));
  for (int k = plan.length; k < plan.innerLength; ++k) rows(k, Complex{});
  const bool isOdd = plan.stages.count % 2 != 0;
  float* const turned[2] = {scratch[1], scratch[0]};
  const ScratchRows spectrum = {turned[isOdd ? 0 : 1]};
  runStages(plan.stages, 1, rows, turned, spectrum);
  for (int k = 0; k < plan.innerLength; ++k) {
    const Complex product = turn(spectrum(k), plan.chirpSpectrum + 2 * k);
    spectrum(k, {product.re, -product.im});
  }
  float* const turnedAgain[2] = {turned[isOdd ? 1 : 0], spectrum.data};
  runStages(plan.stages, 1, spectrum, turnedAgain, ChirpedRows<Out>{plan, out});
}

/** Where the last pass of a transform may write: the scratch area that it does not read. */
inline float* resultArea(const FftPlan& plan, float* const (&scratch)[2]) {
  return plan.isBluestein() || plan.stages.count % 2 != 0 ? scratch[0] : scratch[1];
}

/** Transforms `length` rows. `in` may read scratch[1]; `out` may write the area that resultArea names. */
template <typename In, typename Out>
inline void transform(const FftPlan& plan, In in, float* const (&scratch)[2], Out out) {
  if (plan.isBluestein()) return convolveWithChirp(plan, in, scratch, out);
  runStages(plan.stages, 1, in, scratch, out);
}

}  // namespace
}  // namespace radar

#endif
