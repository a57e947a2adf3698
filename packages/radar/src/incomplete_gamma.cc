#include "incomplete_gamma.h"

#include <cmath>

namespace radar {
namespace {

constexpr int kMaxTerms = 10000;
constexpr double kPrecision = 1e-16;
constexpr double kTiny = 1e-300;

double front(double shape, double x) {
  int sign = 0;
  return std::exp(shape * std::log(x) - x - lgamma_r(shape, &sign));
}

double lowerSeries(double shape, double x) {
  double term = 1 / shape;
  double sum = term;
  for (int n = 1; n < kMaxTerms && term > sum * kPrecision; ++n) {
    term *= x / (shape + n);
    sum += term;
  }
  return sum * front(shape, x);
}

/** Continued fraction by the method of Lentz, "Generating Bessel functions in Mie scattering calculations", 1976. */
double upperFraction(double shape, double x) {
  double b = x + 1 - shape;
  double c = 1 / kTiny;
  double d = 1 / b;
  double value = d;
  for (int n = 1; n < kMaxTerms; ++n) {
    const double a = -n * (n - shape);
    b += 2;
    d = a * d + b;
    if (std::fabs(d) < kTiny) d = kTiny;
    c = b + a / c;
    if (std::fabs(c) < kTiny) c = kTiny;
    d = 1 / d;
    value *= d * c;
    if (std::fabs(d * c - 1) < kPrecision) break;
  }
  return value * front(shape, x);
}

}  // namespace

GammaTails gammaTails(double shape, double x) {
  if (!(x > 0)) return {0, 1};
  if (x < shape + 1) {
    const double lower = lowerSeries(shape, x);
    return {lower, 1 - lower};
  }
  const double upper = upperFraction(shape, x);
  return {1 - upper, upper};
}

}  // namespace radar
