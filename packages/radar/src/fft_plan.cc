#include "fft_plan.h"

#include <cmath>
#include <initializer_list>

namespace radar {
namespace {

constexpr double kTwoPi = 6.283185307179586476925286766559;

int largestPrimeFactor(int n) {
  int largest = 1;
  for (int factor = 2; factor * factor <= n; ++factor) {
    for (; n % factor == 0; n /= factor) largest = factor;
  }
  return n > 1 && n > largest ? n : largest;
}

/** The larger powers of two first: fewer passes. Then the primes. */
int nextRadix(int n) {
  if (n == 16 || n == 256) return 16;
  if (n % 8 == 0) return 8;
  if (n % 4 == 0) return 4;
  for (int radix = 2;; ++radix) {
    if (n % radix == 0) return radix;
  }
}

void setRoot(float* at, double turns) {
  at[0] = static_cast<float>(std::cos(kTwoPi * turns));
  at[1] = static_cast<float>(-std::sin(kTwoPi * turns));
}

const float* stageTwiddles(int radix, int count, Arena& arena) {
  float* table = arena.take<float>(static_cast<std::size_t>(count) * (radix - 1) * 2);
  if (table == nullptr) return nullptr;
  const double length = static_cast<double>(radix) * count;
  for (int p = 0; p < count; ++p) {
    for (int k = 1; k < radix; ++k) setRoot(table + (p * (radix - 1) + k - 1) * 2, p * static_cast<double>(k) / length);
  }
  return table;
}

const float* rowTwiddles(int count, Arena& arena) {
  float* table = arena.take<float>(static_cast<std::size_t>(count) * (kRowRadix - 1) * 2);
  if (table == nullptr) return nullptr;
  const double length = static_cast<double>(kRowRadix) * count;
  for (int k = 1; k < kRowRadix; ++k) {
    float* re = table + (k - 1) * 2 * count;
    for (int p = 0; p < count; ++p) {
      float root[2];
      setRoot(root, p * static_cast<double>(k) / length);
      re[p] = root[0];
      re[p + count] = root[1];
    }
  }
  return table;
}

const float* radixRoots(int radix, Arena& arena) {
  float* table = arena.take<float>(static_cast<std::size_t>(radix) * 2);
  if (table == nullptr) return nullptr;
  for (int k = 0; k < radix; ++k) setRoot(table + 2 * k, static_cast<double>(k) / radix);
  return table;
}

void planStages(FftStages& stages, int length, int stride, Arena& arena) {
  stages.count = 0;
  for (int left = length; left > 1;) {
    FftStage& stage = stages.all[stages.count++];
    stage.radix = nextRadix(left);
    stage.count = left / stage.radix;
    stage.stride = stride;
    stage.twiddles = stageTwiddles(stage.radix, stage.count, arena);
    stage.roots = radixRoots(stage.radix, arena);
    stride *= stage.radix;
    left = stage.count;
  }
}

/** In-place transform of a power of two, in double precision; only for tables. */
void transformDouble(double* data, int length) {
  for (int i = 1, j = 0; i < length; ++i) {
    int bit = length >> 1;
    for (; (j & bit) != 0; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i >= j) continue;
    for (int part = 0; part < 2; ++part) {
      const double kept = data[2 * i + part];
      data[2 * i + part] = data[2 * j + part];
      data[2 * j + part] = kept;
    }
  }
  for (int span = 2; span <= length; span *= 2) {
    for (int k = 0; k < span / 2; ++k) {
      const double c = std::cos(kTwoPi * k / span);
      const double s = -std::sin(kTwoPi * k / span);
      for (int at = k; at < length; at += span) {
        double* a = data + 2 * at;
        double* b = a + span;
        const double re = b[0] * c - b[1] * s;
        const double im = b[0] * s + b[1] * c;
        b[0] = a[0] - re;
        b[1] = a[1] - im;
        a[0] += re;
        a[1] += im;
      }
    }
  }
}

/** Turns of the chirp at k: k^2 / (2 length), the whole turns left out for precision. */
double chirpTurns(int k, int length) {
  const long long square = static_cast<long long>(k) * k % (2LL * length);
  return static_cast<double>(square) / (2.0 * length);
}

/** L. Bluestein, "A linear filtering approach to the computation of discrete Fourier transform", 1970. */
void planChirp(FftPlan& plan, Arena& arena) {
  const int n = plan.length;
  const int m = plan.innerLength;
  float* chirp = arena.take<float>(static_cast<std::size_t>(n) * 2);
  float* spectrum = arena.take<float>(static_cast<std::size_t>(m) * 2);
  double* work = arena.take<double>(static_cast<std::size_t>(m) * 2);
  plan.chirp = chirp;
  plan.chirpSpectrum = spectrum;
  if (chirp == nullptr) return;
  for (int i = 0; i < 2 * m; ++i) work[i] = 0;
  for (int k = 0; k < n; ++k) {
    const double turns = chirpTurns(k, n);
    setRoot(chirp + 2 * k, turns);
    for (const int at : {k, (m - k) % m}) {
      work[2 * at] = std::cos(kTwoPi * turns);
      work[2 * at + 1] = std::sin(kTwoPi * turns);
    }
  }
  transformDouble(work, m);
  for (int i = 0; i < 2 * m; ++i) spectrum[i] = static_cast<float>(work[i] / m);
}

}  // namespace

int innerFftLength(int length) {
  if (largestPrimeFactor(length) <= kMaxRadix) return length;
  int inner = 1;
  while (inner < 2 * length - 1) inner *= 2;
  return inner;
}

void planFft(FftPlan& plan, int length, Arena& arena) {
  plan.length = length;
  plan.innerLength = innerFftLength(length);
  plan.chirp = nullptr;
  plan.chirpSpectrum = nullptr;
  planStages(plan.stages, plan.innerLength, 1, arena);
  if (plan.isBluestein()) planChirp(plan, arena);
}

void planRowFft(RowFftPlan& plan, int length, Arena& arena) {
  const bool fits = length % kRowRadix == 0 && largestPrimeFactor(length) <= kMaxRadix;
  plan.count = fits ? length / kRowRadix : 0;
  plan.twiddles = nullptr;
  plan.stages.count = 0;
  if (!fits) return;
  plan.twiddles = rowTwiddles(plan.count, arena);
  planStages(plan.stages, plan.count, kRowRadix, arena);
}

}  // namespace radar
