#include "window.h"

#include <cmath>

namespace radar {
namespace {

constexpr double kPi = 3.14159265358979323846;
/** -60 dB */
constexpr double kSidelobeRatio = 1000;

void fillCosine(float* window, int length, double constant) {
  for (int i = 0; i < length; ++i) {
    window[i] = static_cast<float>(constant - (1 - constant) * std::cos(2 * kPi * i / (length - 1)));
  }
}

double chebyshevPolynomial(int order, double x) {
  if (std::fabs(x) <= 1) return std::cos(order * std::acos(x));
  const double value = std::cosh(order * std::acosh(std::fabs(x)));
  return x < 0 && order % 2 != 0 ? -value : value;
}

double chebyshevSample(int i, int length) {
  const int order = length - 1;
  const double x0 = std::cosh(std::acosh(kSidelobeRatio) / order);
  double sum = kSidelobeRatio;
  for (int k = 1; k <= order / 2; ++k) {
    const double level = chebyshevPolynomial(order, x0 * std::cos(kPi * k / length));
    sum += 2 * level * std::cos(2 * kPi * k * (i - order / 2.0) / length);
  }
  return sum;
}

/** C. L. Dolph, "A current distribution for broadside arrays", 1946. The middle sample is the largest. */
void fillChebyshev(float* window, int length) {
  double largest = 0;
  for (int i = 0; i < length; ++i) largest = std::fmax(largest, chebyshevSample(i, length));
  for (int i = 0; i < length; ++i) window[i] = static_cast<float>(chebyshevSample(i, length) / largest);
}

}  // namespace

void fillWindow(RadarxWindow kind, float* window, int length) {
  switch (kind) {
    case RADARX_HAMMING: return fillCosine(window, length, 0.54);
    case RADARX_CHEBYSHEV: return fillChebyshev(window, length);
    default: return fillCosine(window, length, 0.5);
  }
}

}  // namespace radar
