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

/** Rows `apart` floats from each other: kLanes real parts, and as many imaginary parts toImaginary floats later. */
struct Rows {
  const float* first;
  std::size_t apart;
  std::size_t toImaginary;

  RADAR_INLINE Complex operator()(std::size_t row) const {
    const float* at = first + row * apart;
    return {load(at), load(at + toImaginary)};
  }
};

/** Rows less their mean, times the window: the first pass does it on the way. */
struct WindowedRows {
  Rows rows;
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
 * The passes from `from` on, to and fro between the scratch areas: pass i reads scratch[(i + 1) % 2]. The last writes `out`,
 * which may be the area that it does not read: resultArea.
 * @param lanesInStride what a stage's stride is divided by to count rows
 */
template <typename Out>
inline void finishStages(const FftStages& stages, int from, int lanesInStride, float* const (&scratch)[2], Out out) {
  const auto strideOf = [&](int i) { return static_cast<std::size_t>(stages.all[i].stride / lanesInStride); };
  const int last = stages.count - 1;
  for (int i = from; i < last; ++i) {
    runStage<false>(stages.all[i], strideOf(i), ScratchRows{scratch[(i + 1) % 2]}, ScratchRows{scratch[i % 2]});
  }
  runStage<true>(stages.all[last], strideOf(last), ScratchRows{scratch[(last + 1) % 2]}, out);
}

inline float* resultArea(const FftStages& stages, float* const (&scratch)[2]) { return scratch[(stages.count + 1) % 2]; }

/** The rows lie in scratch[1]; the inverse transform comes as the conjugate of a forward transform of the conjugate. */
template <typename Out>
inline void convolveWithChirp(const FftPlan& plan, float* const (&scratch)[2], Out out) {
  const ScratchRows rows = {scratch[1]};
  for (int k = 0; k < plan.length; ++k) rows(k, turn(rows(k), plan.chirp + 2 * k));
  for (int k = plan.length; k < plan.innerLength; ++k) rows(k, Complex{});
  const ScratchRows spectrum = {resultArea(plan.stages, scratch)};
  finishStages(plan.stages, 0, 1, scratch, spectrum);
  for (int k = 0; k < plan.innerLength; ++k) {
    const Complex product = turn(spectrum(k), plan.chirpSpectrum + 2 * k);
    spectrum(k, {product.re, -product.im});
  }
  float* const again[2] = {spectrum.data == scratch[0] ? scratch[1] : scratch[0], spectrum.data};
  const ScratchRows result = {resultArea(plan.stages, again)};
  finishStages(plan.stages, 0, 1, again, result);
  for (int k = 0; k < plan.length; ++k) {
    const Complex value = result(k);
    out(k, turn({value.re, -value.im}, plan.chirp + 2 * k));
  }
}

/** Transforms `length` rows. `in` may read scratch[1]; all of it is read before `out` is called. */
template <typename Out>
inline void transform(const FftPlan& plan, const WindowedRows& in, float* const (&scratch)[2], Out out) {
  if (plan.stages.count > 1 && !plan.isBluestein()) {
    runStage<false>(plan.stages.all[0], plan.stages.all[0].stride, in, ScratchRows{scratch[0]});
    return finishStages(plan.stages, 1, 1, scratch, out);
  }
  for (int row = 0; row < plan.length; ++row) ScratchRows{scratch[1]}(row, in(row));
  if (plan.isBluestein()) return convolveWithChirp(plan, scratch, out);
  finishStages(plan.stages, 0, 1, scratch, out);
}

}  // namespace
}  // namespace radar

#endif
