/**
 * Complex values in lanes, and transforms of short lengths, in place and in natural order. Included by kernels.cc alone,
 * like lanes.h.
 */
#ifndef RADAR_BUTTERFLIES_H
#define RADAR_BUTTERFLIES_H

#include "lanes.h"

namespace radar {
namespace {

struct Complex {
  Lanes re;
  Lanes im;
};

inline Complex operator+(Complex a, Complex b) { return {a.re + b.re, a.im + b.im}; }
inline Complex operator-(Complex a, Complex b) { return {a.re - b.re, a.im - b.im}; }
inline Complex operator*(Complex a, float factor) { return {a.re * factor, a.im * factor}; }

/** a * -j */
inline Complex turnBack(Complex a) { return {a.im, -a.re}; }

/** a * exp(-j pi/4) */
inline Complex turnEighth(Complex a) {
  constexpr float half = 0.70710678118654752440f;
  return Complex{a.re + a.im, a.im - a.re} * half;
}

/** The same factor in every lane. */
inline Complex turn(Complex a, const float* w) { return {a.re * w[0] - a.im * w[1], a.re * w[1] + a.im * w[0]}; }

/** A factor for each lane. */
inline Complex turn(Complex a, Complex w) { return {a.re * w.re - a.im * w.im, a.re * w.im + a.im * w.re}; }

RADAR_INLINE void butterfly(Complex (&x)[2]) {
  const Complex difference = x[0] - x[1];
  x[0] = x[0] + x[1];
  x[1] = difference;
}

RADAR_INLINE void butterfly(Complex (&x)[3]) {
  const Complex sum = x[1] + x[2];
  const Complex middle = x[0] - sum * 0.5f;
  const Complex side = turnBack(x[1] - x[2]) * 0.86602540378443864676f;
  x[0] = x[0] + sum;
  x[1] = middle + side;
  x[2] = middle - side;
}

RADAR_INLINE void butterfly(Complex (&x)[4]) {
  const Complex evenSum = x[0] + x[2];
  const Complex evenDifference = x[0] - x[2];
  const Complex oddSum = x[1] + x[3];
  const Complex oddDifference = turnBack(x[1] - x[3]);
  x[0] = evenSum + oddSum;
  x[1] = evenDifference + oddDifference;
  x[2] = evenSum - oddSum;
  x[3] = evenDifference - oddDifference;
}

RADAR_INLINE void butterfly(Complex (&x)[5]) {
  constexpr float c1 = 0.30901699437494742410f, c2 = -0.80901699437494742410f;
  constexpr float s1 = 0.95105651629515357212f, s2 = 0.58778525229247312917f;
  const Complex outerSum = x[1] + x[4], outerDifference = turnBack(x[1] - x[4]);
  const Complex innerSum = x[2] + x[3], innerDifference = turnBack(x[2] - x[3]);
  const Complex middle1 = x[0] + outerSum * c1 + innerSum * c2;
  const Complex middle2 = x[0] + outerSum * c2 + innerSum * c1;
  const Complex side1 = outerDifference * s1 + innerDifference * s2;
  const Complex side2 = outerDifference * s2 - innerDifference * s1;
  x[0] = x[0] + outerSum + innerSum;
  x[1] = middle1 + side1;
  x[2] = middle2 + side2;
  x[3] = middle2 - side2;
  x[4] = middle1 - side1;
}

/** Two transforms of length 4, over the even and the odd inputs, and a step of radix 2. */
RADAR_INLINE void butterfly(Complex (&x)[8]) {
  Complex even[4] = {x[0], x[2], x[4], x[6]};
  Complex odd[4] = {x[1], x[3], x[5], x[7]};
  butterfly(even);
  butterfly(odd);
  odd[1] = turnEighth(odd[1]);
  odd[2] = turnBack(odd[2]);
  odd[3] = turnEighth(turnBack(odd[3]));
#pragma GCC unroll 4
  for (int k = 0; k < 4; ++k) {
    x[k] = even[k] + odd[k];
    x[k + 4] = even[k] - odd[k];
  }
}

/** exp(-j pi/8) and exp(-j 3 pi/8) */
constexpr float kSixteenth[2] = {0.92387953251128675613f, -0.38268343236508977173f};
constexpr float kThreeSixteenths[2] = {0.38268343236508977173f, -0.92387953251128675613f};

/** Four transforms of length 4 over every fourth input, and four across them. */
RADAR_INLINE void butterfly(Complex (&x)[16]) {
  Complex part[4][4];
#pragma GCC unroll 4
  for (int j = 0; j < 4; ++j) {
    part[j][0] = x[j];
    part[j][1] = x[j + 4];
    part[j][2] = x[j + 8];
    part[j][3] = x[j + 12];
    butterfly(part[j]);
  }
  part[1][1] = turn(part[1][1], kSixteenth);
  part[1][2] = turnEighth(part[1][2]);
  part[1][3] = turn(part[1][3], kThreeSixteenths);
  part[2][1] = turnEighth(part[2][1]);
  part[2][2] = turnBack(part[2][2]);
  part[2][3] = turnEighth(turnBack(part[2][3]));
  part[3][1] = turn(part[3][1], kThreeSixteenths);
  part[3][2] = turnEighth(turnBack(part[3][2]));
  part[3][3] = turn(part[3][3], kSixteenth) * -1.0f;
#pragma GCC unroll 4
  for (int k = 0; k < 4; ++k) {
    Complex across[4] = {part[0][k], part[1][k], part[2][k], part[3][k]};
    butterfly(across);
    x[k] = across[0];
    x[k + 4] = across[1];
    x[k + 8] = across[2];
    x[k + 12] = across[3];
  }
}

}  // namespace
}  // namespace radar

#endif
