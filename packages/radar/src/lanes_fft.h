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

/** The places of one butterfly: R inputs `from` apart, R outputs `to` apart. */
struct Span {
  const float* in;
  float* out;
  std::size_t from;
  std::size_t to;
};

inline void butterfly2(Span at, const float* w) {
  const Complex a = loadRow(at.in, 0);
  const Complex b = loadRow(at.in, at.from);
  storeRow(at.out, 0, a + b);
  storeRow(at.out, at.to, turn(a - b, w));
}

inline void butterfly3(Span at, const float* w) {
  const Complex a = loadRow(at.in, 0);
  const Complex b = loadRow(at.in, at.from);
  const Complex c = loadRow(at.in, 2 * at.from);
  const Complex sum = b + c;
  const Complex middle = a - sum * 0.5f;
  const Complex side = turnBack(b - c) * 0.86602540378443864676f;
  storeRow(at.out, 0, a + sum);
  storeRow(at.out, at.to, turn(middle + side, w));
  storeRow(at.out, 2 * at.to, turn(middle - side, w + 2));
}

inline void butterfly4(Span at, const float* w) {
  const Complex a = loadRow(at.in, 0);
  const Complex b = loadRow(at.in, at.from);
  const Complex c = loadRow(at.in, 2 * at.from);
  const Complex d = loadRow(at.in, 3 * at.from);
  const Complex evenSum = a + c;
  const Complex evenDifference = a - c;
  const Complex oddSum = b + d;
  const Complex oddDifference = turnBack(b - d);
  storeRow(at.out, 0, evenSum + oddSum);
  storeRow(at.out, at.to, turn(evenDifference + oddDifference, w));
  storeRow(at.out, 2 * at.to, turn(evenSum - oddSum, w + 2));
  storeRow(at.out, 3 * at.to, turn(evenDifference - oddDifference, w + 4));
}

inline void butterfly5(Span at, const float* w) {
  constexpr float c1 = 0.30901699437494742410f, c2 = -0.80901699437494742410f;
  constexpr float s1 = 0.95105651629515357212f, s2 = 0.58778525229247312917f;
  const Complex a = loadRow(at.in, 0);
  const Complex b = loadRow(at.in, at.from);
  const Complex c = loadRow(at.in, 2 * at.from);
  const Complex d = loadRow(at.in, 3 * at.from);
  const Complex e = loadRow(at.in, 4 * at.from);
  const Complex outerSum = b + e, outerDifference = turnBack(b - e);
  const Complex innerSum = c + d, innerDifference = turnBack(c - d);
  const Complex middle1 = a + outerSum * c1 + innerSum * c2;
  const Complex middle2 = a + outerSum * c2 + innerSum * c1;
  const Complex side1 = outerDifference * s1 + innerDifference * s2;
  const Complex side2 = outerDifference * s2 - innerDifference * s1;
  storeRow(at.out, 0, a + outerSum + innerSum);
  storeRow(at.out, at.to, turn(middle1 + side1, w));
  storeRow(at.out, 2 * at.to, turn(middle2 + side2, w + 2));
  storeRow(at.out, 3 * at.to, turn(middle2 - side2, w + 4));
  storeRow(at.out, 4 * at.to, turn(middle1 - side1, w + 6));
}

/** Any radix, by its definition. */
inline void butterflyAny(Span at, const float* w, int radix, const float* roots) {
  Complex in[kMaxRadix];
  for (int j = 0; j < radix; ++j) in[j] = loadRow(at.in, j * at.from);
  for (int k = 0; k < radix; ++k) {
    Complex sum = in[0];
    for (int j = 1; j < radix; ++j) sum = sum + turn(in[j], roots + 2 * (j * k % radix));
    storeRow(at.out, k * at.to, k == 0 ? sum : turn(sum, w + 2 * (k - 1)));
  }
}

template <typename Butterfly>
inline void forEachButterfly(const FftStage& stage, const float* in, float* out, Butterfly butterfly) {
  const std::size_t stride = stage.stride;
  const std::size_t from = stride * stage.count;
  for (int p = 0; p < stage.count; ++p) {
    const float* w = stage.twiddles + static_cast<std::size_t>(p) * (stage.radix - 1) * 2;
    for (std::size_t q = 0; q < stride; ++q) {
      const float* first = in + (q + stride * p) * kRowFloats;
      float* to = out + (q + stride * stage.radix * p) * kRowFloats;
      butterfly(Span{first, to, from, stride}, w);
    }
  }
}

inline void runStage(const FftStage& stage, const float* in, float* out) {
  switch (stage.radix) {
    case 2: return forEachButterfly(stage, in, out, butterfly2);
    case 3: return forEachButterfly(stage, in, out, butterfly3);
    case 4: return forEachButterfly(stage, in, out, butterfly4);
    case 5: return forEachButterfly(stage, in, out, butterfly5);
    default:
      return forEachButterfly(stage, in, out, [&stage](Span at, const float* w) {
        butterflyAny(at, w, stage.radix, stage.roots);
      });
  }
}

/** Transforms innerLength rows in data. @returns where the result is: data or spare */
inline float* runStages(const FftPlan& plan, float* data, float* spare) {
  for (int i = 0; i < plan.stageCount; ++i) {
    runStage(plan.stages[i], data, spare);
    float* const result = spare;
    spare = data;
    data = result;
  }
  return data;
}

/** The inverse transform comes as the conjugate of a forward transform of the conjugate. */
inline float* convolveWithChirp(const FftPlan& plan, float* data, float* spare) {
  for (int k = 0; k < plan.length; ++k) storeRow(data, k, turn(loadRow(data, k), plan.chirp + 2 * k));
  for (int k = plan.length; k < plan.innerLength; ++k) storeRow(data, k, Complex{});
  float* spectrum = runStages(plan, data, spare);
  for (int k = 0; k < plan.innerLength; ++k) {
    const Complex product = turn(loadRow(spectrum, k), plan.chirpSpectrum + 2 * k);
    storeRow(spectrum, k, {product.re, -product.im});
  }
  float* result = runStages(plan, spectrum, spectrum == data ? spare : data);
  for (int k = 0; k < plan.length; ++k) {
    const Complex value = loadRow(result, k);
    storeRow(result, k, turn({value.re, -value.im}, plan.chirp + 2 * k));
  }
  return result;
}

/** Transforms `length` rows in data. @returns where the result is: data or spare, innerLength rows each */
inline float* transform(const FftPlan& plan, float* data, float* spare) {
  return plan.isBluestein() ? convolveWithChirp(plan, data, spare) : runStages(plan, data, spare);
}

}  // namespace
}  // namespace radar

#endif
