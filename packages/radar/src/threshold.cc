#include "threshold.h"

#include <cmath>

#include "incomplete_gamma.h"

namespace radar {
namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr int kIntegrationSteps = 1200;

double logGamma(double x) {
  int sign = 0;
  return lgamma_r(x, &sign);
}

/** Moments of the sum of the magnitudes of complex normal noise over the antennas, and the gamma fit of its square. */
struct NoiseSum {
  double mean;
  double meanSquare;
  double shape;
};

NoiseSum noiseSum(int antennas) {
  const double one[5] = {1, std::sqrt(kPi) / 2, 1, 3 * std::sqrt(kPi) / 4, 2};
  const int choose[5][5] = {{1}, {1, 1}, {1, 2, 1}, {1, 3, 3, 1}, {1, 4, 6, 4, 1}};
  double sum[5] = {1, 0, 0, 0, 0};
  for (int antenna = 0; antenna < antennas; ++antenna) {
    double next[5] = {};
    for (int order = 0; order < 5; ++order) {
      for (int k = 0; k <= order; ++k) next[order] += choose[order][k] * sum[k] * one[order - k];
    }
    for (int order = 0; order < 5; ++order) sum[order] = next[order];
  }
  return {sum[1], sum[2], 1 / (sum[4] / (sum[2] * sum[2]) - 1)};
}

/** |rho|^2 of two bins this far apart: the correlation that the window function brings about. */
double powerCorrelation(const float* window, int length, int distance) {
  double re = 0, im = 0, total = 0;
  for (int i = 0; i < length; ++i) {
    const double power = static_cast<double>(window[i]) * window[i];
    re += power * std::cos(2 * kPi * distance * i / length);
    im += power * std::sin(2 * kPi * distance * i / length);
    total += power;
  }
  return (re * re + im * im) / (total * total);
}

/** How many independent cells a window on one side is worth. */
double independentCells(const ThresholdCase& wanted) {
  const int n = wanted.training;
  double sum = n;
  for (int d = 1; d < n; ++d) sum += 2.0 * (n - d) * powerCorrelation(wanted.window, wanted.length, d);
  return n * static_cast<double>(n) / sum;
}

/** The density of the noise estimate over u = log z, and where it matters. */
class NoiseEstimate {
 public:
  NoiseEstimate(const ThresholdCase& wanted, const NoiseSum& noise) : wanted_(wanted), noise_(noise) {
    const double oneSide = independentCells(wanted);
    cells_ = wanted.hasBothSides ? 2 * oneSide : oneSide;
    const double perCell = noise.mean * noise.mean / (noise.meanSquare - noise.mean * noise.mean);
    const bool averages = wanted.kind == RADARX_CA || !wanted.hasBothSides;
    shape_ = (averages ? cells_ : oneSide) * perCell;
    const int n = wanted.hasBothSides ? 2 * wanted.training : wanted.training;
    rank_ = (3 * n / 4 + 1) * (cells_ + 1) / (n + 1);
  }

  double from() const {
    const double decay = wanted_.kind == RADARX_OS ? 2 * noise_.shape * rank_ : shape_;
    return std::log(noise_.mean) - 60 / decay - 8 / std::sqrt(decay);
  }

  double to() const {
    if (wanted_.kind == RADARX_OS) return 0.5 * std::log(noise_.meanSquare * (1 + 100 / noise_.shape)) + 0.3;
    return std::log(noise_.mean) + std::fmin(12 / std::sqrt(shape_), 4);
  }

  /** times du */
  double density(double u) const { return wanted_.kind == RADARX_OS ? orderStatistic(u) : mean(u); }

 private:
  double mean(double u) const {
    const double x = shape_ * std::exp(u) / noise_.mean;
    const double g = std::exp(shape_ * std::log(x) - x - logGamma(shape_));
    if (!wanted_.hasBothSides || wanted_.kind == RADARX_CA) return g;
    const GammaTails tails = gammaTails(shape_, x);
    return 2 * g * (wanted_.kind == RADARX_SO ? tails.upper : tails.lower);
  }

  double orderStatistic(double u) const {
    const double x = noise_.shape * std::exp(2 * u) / noise_.meanSquare;
    const GammaTails tails = gammaTails(noise_.shape, x);
    if (tails.lower <= 0 || tails.upper <= 0) return 0;
    const double other = cells_ + 1 - rank_;
    const double beta = logGamma(rank_) + logGamma(other) - logGamma(cells_ + 1);
    const double ofRank = (rank_ - 1) * std::log(tails.lower) + (other - 1) * std::log(tails.upper) - beta;
    const double ofCell = noise_.shape * std::log(x) - x - logGamma(noise_.shape);
    return 2 * std::exp(ofRank + ofCell);
  }

  const ThresholdCase& wanted_;
  const NoiseSum& noise_;
  double cells_;
  double shape_;
  double rank_;
};

/** By the trapezoidal rule, which converges geometrically on such smooth peaks. */
double firingProbability(double factor, const NoiseSum& noise, const NoiseEstimate& estimate) {
  const double from = estimate.from();
  const double step = (estimate.to() - from) / kIntegrationSteps;
  double sum = 0;
  for (int i = 0; i <= kIntegrationSteps; ++i) {
    const double u = from + i * step;
    const double z = factor * std::exp(u);
    sum += estimate.density(u) * gammaTails(noise.shape, noise.shape * z * z / noise.meanSquare).upper;
  }
  return sum * step;
}

}  // namespace

double thresholdFactor(const ThresholdCase& wanted) {
  const NoiseSum noise = noiseSum(wanted.antennas);
  const NoiseEstimate estimate(wanted, noise);
  const double goal = std::log(wanted.probability);
  const auto excess = [&](double logFactor) {
    return std::log(firingProbability(std::exp(logFactor), noise, estimate)) - goal;
  };
  double low = -1, high = 0;
  double lowExcess = excess(low), highExcess = excess(high);
  for (; lowExcess < 0; lowExcess = excess(low)) low -= 1;
  for (; highExcess > 0; highExcess = excess(high)) {
    low = high;
    lowExcess = highExcess;
    high += 0.5;
  }
  // False position, Illinois variant: the end that stays has its weight halved.
  for (int round = 0; round < 100 && high - low > 1e-13; ++round) {
    const double middle = (low * highExcess - high * lowExcess) / (highExcess - lowExcess);
    const double value = excess(middle);
    if (std::fabs(value) < 1e-12) return std::exp(middle);
    if (value > 0) {
      low = middle;
      lowExcess = value;
      highExcess /= 2;
    } else {
      high = middle;
      highExcess = value;
      lowExcess /= 2;
    }
  }
  return std::exp((low + high) / 2);
}

}  // namespace radar
