#include "kalman.h"

#include <algorithm>
#include <cmath>

namespace radar {
namespace {

constexpr double kAccelerationVariance = 1;       // (m/s^2)^2
constexpr double kTangentialSpeedVariance = 100;  // (m/s)^2
constexpr double kLeastRange = 1e-6;

using Matrix3 = double[3][3];

double rangeOf(const Kalman& filter) {
  return std::max(std::sqrt(filter.state[0] * filter.state[0] + filter.state[1] * filter.state[1]), kLeastRange);
}

/** Derivatives of range, azimuth and range rate by the state. */
void jacobian(const Kalman& filter, double h[3][4]) {
  const double x = filter.state[0], y = filter.state[1], vx = filter.state[2], vy = filter.state[3];
  const double r = rangeOf(filter);
  const double rate = (x * vx + y * vy) / r;
  const double rows[3][4] = {{x / r, y / r, 0, 0},
                             {-y / (r * r), x / (r * r), 0, 0},
                             {vx / r - x * rate / (r * r), vy / r - y * rate / (r * r), x / r, y / r}};
  std::copy_n(&rows[0][0], 12, &h[0][0]);
}

/** Of a symmetric positive definite matrix, by cofactors. */
void invert(const Matrix3& a, Matrix3& inverse) {
  const double c00 = a[1][1] * a[2][2] - a[1][2] * a[2][1];
  const double c01 = a[1][2] * a[2][0] - a[1][0] * a[2][2];
  const double c02 = a[1][0] * a[2][1] - a[1][1] * a[2][0];
  const double determinant = a[0][0] * c00 + a[0][1] * c01 + a[0][2] * c02;
  const double cofactors[3][3] = {
      {c00, a[0][2] * a[2][1] - a[0][1] * a[2][2], a[0][1] * a[1][2] - a[0][2] * a[1][1]},
      {c01, a[0][0] * a[2][2] - a[0][2] * a[2][0], a[0][2] * a[1][0] - a[0][0] * a[1][2]},
      {c02, a[0][1] * a[2][0] - a[0][0] * a[2][1], a[0][0] * a[1][1] - a[0][1] * a[1][0]}};
  for (int i = 0; i < 3; ++i) {
    for (int j = 0; j < 3; ++j) inverse[i][j] = cofactors[i][j] / determinant;
  }
}

/** K = P H' (H P H' + R)^-1, and P H' on the way. */
void gain(const double p[4][4], const double h[3][4], const double noise[3], double k[4][3]) {
  double ph[4][3];
  for (int i = 0; i < 4; ++i) {
    for (int j = 0; j < 3; ++j) {
      ph[i][j] = 0;
      for (int l = 0; l < 4; ++l) ph[i][j] += p[i][l] * h[j][l];
    }
  }
  Matrix3 s, inverse;
  for (int i = 0; i < 3; ++i) {
    for (int j = 0; j < 3; ++j) {
      s[i][j] = i == j ? noise[i] : 0;
      for (int l = 0; l < 4; ++l) s[i][j] += h[i][l] * ph[l][j];
    }
  }
  invert(s, inverse);
  for (int i = 0; i < 4; ++i) {
    for (int j = 0; j < 3; ++j) {
      k[i][j] = 0;
      for (int l = 0; l < 3; ++l) k[i][j] += ph[i][l] * inverse[l][j];
    }
  }
}

/** P = (I - K H) P */
void shrink(double p[4][4], const double k[4][3], const double h[3][4]) {
  double result[4][4];
  for (int i = 0; i < 4; ++i) {
    for (int j = 0; j < 4; ++j) {
      result[i][j] = p[i][j];
      for (int m = 0; m < 3; ++m) {
        for (int l = 0; l < 4; ++l) result[i][j] -= k[i][m] * h[m][l] * p[l][j];
      }
    }
  }
  std::copy_n(&result[0][0], 16, &p[0][0]);
}

}  // namespace

Kalman beginKalman(const Polar& measurement, double x, double y, double variance) {
  const double c = std::cos(measurement.azimuth), s = std::sin(measurement.azimuth);
  Kalman filter = {{x, y, measurement.rangeRate * c, measurement.rangeRate * s}, {}};
  filter.covariance[0][0] = variance;
  filter.covariance[1][1] = variance;
  filter.covariance[2][2] = variance * c * c + kTangentialSpeedVariance * s * s;
  filter.covariance[3][3] = variance * s * s + kTangentialSpeedVariance * c * c;
  filter.covariance[2][3] = filter.covariance[3][2] = (variance - kTangentialSpeedVariance) * c * s;
  return filter;
}

void predict(Kalman& filter, double seconds) {
  double(&p)[4][4] = filter.covariance;
  for (int axis = 0; axis < 2; ++axis) filter.state[axis] += seconds * filter.state[axis + 2];
  for (int i = 0; i < 2; ++i) {
    for (int j = 0; j < 4; ++j) p[i][j] += seconds * p[i + 2][j];
  }
  for (int i = 0; i < 4; ++i) {
    for (int j = 0; j < 2; ++j) p[i][j] += seconds * p[i][j + 2];
  }
  const double squared = seconds * seconds;
  for (int axis = 0; axis < 2; ++axis) {
    p[axis][axis] += kAccelerationVariance * squared * squared / 4;
    p[axis][axis + 2] += kAccelerationVariance * squared * seconds / 2;
    p[axis + 2][axis] += kAccelerationVariance * squared * seconds / 2;
    p[axis + 2][axis + 2] += kAccelerationVariance * squared;
  }
}

Polar polarOf(const Kalman& filter) {
  const double range = rangeOf(filter);
  const double rate = (filter.state[0] * filter.state[2] + filter.state[1] * filter.state[3]) / range;
  return {range, std::atan2(filter.state[1], filter.state[0]), rate};
}

void update(Kalman& filter, const Polar& innovation, double variance) {
  double h[3][4], k[4][3];
  jacobian(filter, h);
  const double range = std::max(rangeOf(filter), 1.0);
  const double noise[3] = {variance, variance / (range * range), variance};
  gain(filter.covariance, h, noise, k);
  const double y[3] = {innovation.range, innovation.azimuth, innovation.rangeRate};
  for (int i = 0; i < 4; ++i) {
    for (int j = 0; j < 3; ++j) filter.state[i] += k[i][j] * y[j];
  }
  shrink(filter.covariance, k, h);
}

}  // namespace radar
