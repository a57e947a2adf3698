/**
 * Stockham autosort transform of kLanes sequences at once, one in each lane. Row k of the data is kLanes real parts, then
 * kLanes imaginary parts. Included by kernels.cc alone, like lanes.h.
 */
#ifndef RADAR_LANES_FFT_H
#define RADAR_LANES_FFT_H

#include "fft_plan.h"
#include "lanes.h"

namespace radar {
namespace {

constexpr int kRowFloats = 2 * kLanes;

struct Complex {
  Lanes re;
  Lanes im;
};

inline Complex loadRow(const float* data, std::size_t row) {
  const float* at = data + row * kRowFloats;
  return {load(at), load(at + kLanes)};
}

inline void storeRow(float* data, std::size_t row, Complex value) {
  float* at = data + row * kRowFloats;
  store(at, value.re);
  store(at + kLanes, value.im);
}

inline Complex operator+(Complex a, Complex b) { return {a.re + b.re, a.im + b.im}; }
inline Complex operator-(Complex a, Complex b) { return {a.re - b.re, a.im - b.im}; }
inline Complex operator*(Complex a, float factor) { return {a.re * factor, a.im * factor}; }
/** a * -j */
inline Complex turnBack(Complex a) { return {a.im, -a.re}; }
inline Complex turn(Complex a, const float* w) {
  return {a.re * w[0] - a.im * w[1], a.re * w[1] + a.im * w[0]};
}

/** Where the outputs of one butterfly go, `apart` rows from each other. */
struct Outputs {
  float* first;
  std::size_t apart;

  void set(int k, Complex value) const { storeRow(first, k * apart, value); }
};

inline void butterfly(const Complex (&in)[2], Outputs out, const float* w) {
  out.set(0, in[0] + in[1]);
  out.set(1, turn(in[0] - in[1], w));
}

inline void butterfly(const Complex (&in)[3], Outputs out, const float* w) {
  const Complex sum = in[1] + in[2];
  const Complex middle = in[0] - sum * 0.5f;
  const Complex side = turnBack(in[1] - in[2]) * 0.86602540378443864676f;
  out.set(0, in[0] + sum);
  out.set(1, turn(middle + side, w));
  out.set(2, turn(middle - side, w + 2));
}

inline void fourPoints(Complex a, Complex b, Complex c, Complex d, Complex (&out)[4]) {
  const Complex evenSum = a + c;
  const Complex evenDifference = a - c;
  const Complex oddSum = b + d;
  const Complex oddDifference = turnBack(b - d);
  out[0] = evenSum + oddSum;
  out[1] = evenDifference + oddDifference;
  out[2] = evenSum - oddSum;
  out[3] = evenDifference - oddDifference;
}

inline void butterfly(const Complex (&in)[4], Outputs out, const float* w) {
  Complex values[4];
  fourPoints(in[0], in[1], in[2], in[3], values);
  out.set(0, values[0]);
  for (int k = 1; k < 4; ++k) out.set(k, turn(values[k], w + 2 * (k - 1)));
}

inline void butterfly(const Complex (&in)[5], Outputs out, const float* w) {
  constexpr float c1 = 0.30901699437494742410f, c2 = -0.80901699437494742410f;
  constexpr float s1 = 0.95105651629515357212f, s2 = 0.58778525229247312917f;
  const Complex outerSum = in[1] + in[4], outerDifference = turnBack(in[1] - in[4]);
  const Complex innerSum = in[2] + in[3], innerDifference = turnBack(in[2] - in[3]);
  const Complex middle1 = in[0] + outerSum * c1 + innerSum * c2;
  const Complex middle2 = in[0] + outerSum * c2 + innerSum * c1;
  const Complex side1 = outerDifference * s1 + innerDifference * s2;
  const Complex side2 = outerDifference * s2 - innerDifference * s1;
  out.set(0, in[0] + outerSum + innerSum);
  out.set(1, turn(middle1 + side1, w));
  out.set(2, turn(middle2 + side2, w + 2));
  out.set(3, turn(middle2 - side2, w + 4));
  out.set(4, turn(middle1 - side1, w + 6));
}

/** Two transforms of length 4, over the even and the odd inputs, and a step of radix 2. */
inline void butterfly(const Complex (&in)[8], Outputs out, const float* w) {
  constexpr float half = 0.70710678118654752440f;
  Complex even[4], odd[4];
  fourPoints(in[0], in[2], in[4], in[6], even);
  fourPoints(in[1], in[3], in[5], in[7], odd);
  odd[1] = Complex{odd[1].re + odd[1].im, odd[1].im - odd[1].re} * half;
  odd[2] = turnBack(odd[2]);
  odd[3] = Complex{odd[3].im - odd[3].re, -(odd[3].re + odd[3].im)} * half;
  out.set(0, even[0] + odd[0]);
  for (int k = 1; k < 4; ++k) out.set(k, turn(even[k] + odd[k], w + 2 * (k - 1)));
  for (int k = 0; k < 4; ++k) out.set(k + 4, turn(even[k] - odd[k], w + 2 * (k + 3)));
}

/** Any radix, by its definition. */
inline void butterflyAny(const Complex* in, Outputs out, const float* w, int radix, const float* roots) {
  for (int k = 0; k < radix; ++k) {
    Complex sum = in[0];
    for (int j = 1; j < radix; ++j) sum = sum + turn(in[j], roots + 2 * (j * k % radix));
    out.set(k, k == 0 ? sum : turn(sum, w + 2 * (k - 1)));
  }
}

/** Rows as they are. */
struct PlainRows {
  const float* rows;

  Complex operator()(std::size_t row) const { return loadRow(rows, row); }
};

/** Rows less their mean, times the window: the first pass does it on the way. */
struct WindowedRows {
  const float* rows;
  Complex mean;
  const float* window;

  Complex operator()(std::size_t row) const { return (loadRow(rows, row) - mean) * window[row]; }
};

/** Calls run(first input row, outputs, twiddles) for each butterfly of a pass. */
template <typename Run>
inline void forEachButterfly(const FftStage& stage, float* out, Run run) {
  const std::size_t stride = stage.stride;
  for (int p = 0; p < stage.count; ++p) {
    const float* w = stage.twiddles + static_cast<std::size_t>(p) * (stage.radix - 1) * 2;
    for (std::size_t q = 0; q < stride; ++q) {
      run(q + stride * p, Outputs{out + (q + stride * stage.radix * p) * kRowFloats, stride}, w);
    }
  }
}

template <int Radix, typename Rows>
inline void runRadix(const FftStage& stage, Rows rows, float* out) {
  const std::size_t apart = static_cast<std::size_t>(stage.stride) * stage.count;
  forEachButterfly(stage, out, [&](std::size_t first, Outputs outputs, const float* w) {
    Complex in[Radix];
    for (int j = 0; j < Radix; ++j) in[j] = rows(first + j * apart);
    butterfly(in, outputs, w);
  });
}

template <typename Rows>
inline void runAnyRadix(const FftStage& stage, Rows rows, float* out) {
  const std::size_t apart = static_cast<std::size_t>(stage.stride) * stage.count;
  forEachButterfly(stage, out, [&](std::size_t first, Outputs outputs, const float* w) {
    Complex in[kMaxRadix];
    for (int j = 0; j < stage.radix; ++j) in[j] = rows(first + j * apart);
    butterflyAny(in, outputs, w, stage.radix, stage.roots);
  });
}

template <typename Rows>
inline void runStage(const FftStage& stage, Rows rows, float* out) {
  switch (stage.radix) {
    case 2: return runRadix<2>(stage, rows, out);
    case 3: return runRadix<3>(stage, rows, out);
    case 4: return runRadix<4>(stage, rows, out);
    case 5: return runRadix<5>(stage, rows, out);
    case 8: return runRadix<8>(stage, rows, out);
    default: return runAnyRadix(stage, rows, out);
  }
}

/** Transforms innerLength rows, which lie in data. @returns where the result is: data or spare */
template <typename Rows>
inline float* runStages(const FftPlan& plan, Rows rows, float* data, float* spare) {
  runStage(plan.stages[0], rows, spare);
  float* from = spare;
  float* to = data;
  for (int i = 1; i < plan.stageCount; ++i) {
    runStage(plan.stages[i], PlainRows{from}, to);
    float* const result = to;
    to = from;
    from = result;
  }
  return from;
}

/** The inverse transform comes as the conjugate of a forward transform of the conjugate. */
template <typename Rows>
inline float* convolveWithChirp(const FftPlan& plan, Rows rows, float* data, float* spare) {
  for (int k = 0; k < plan.length; ++k) storeRow(data, k, turn(rows(k), plan.chirp + 2 * k));
  for (int k = plan.length; k < plan.innerLength; ++k) storeRow(data, k, Complex{});
  float* spectrum = runStages(plan, PlainRows{data}, data, spare);
  for (int k = 0; k < plan.innerLength; ++k) {
    const Complex product = turn(loadRow(spectrum, k), plan.chirpSpectrum + 2 * k);
    storeRow(spectrum, k, {product.re, -product.im});
  }
  float* result = runStages(plan, PlainRows{spectrum}, spectrum, spectrum == data ? spare : data);
  for (int k = 0; k < plan.length; ++k) {
    const Complex value = loadRow(result, k);
    storeRow(result, k, turn({value.re, -value.im}, plan.chirp + 2 * k));
  }
  return result;
}

/** Transforms `length` rows, which lie in data. @returns where the result is: data or spare, innerLength rows each */
template <typename Rows>
inline float* transform(const FftPlan& plan, Rows rows, float* data, float* spare) {
  return plan.isBluestein() ? convolveWithChirp(plan, rows, data, spare) : runStages(plan, rows, data, spare);
}

}  // namespace
}  // namespace radar

#endif
