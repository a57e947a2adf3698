/**
 * The loops that take the time. Compiled once for each instruction set, with RADAR_LANES (floats in a register), RADAR_KERNELS
 * (the name of the table) and RADAR_KERNELS_NAME.
 */
#include "kernels.h"

#include "lanes.h"
#include "lanes_fft.h"

namespace radar {
namespace {

constexpr int kSamplesPerLoad = kLanes / 2;

/** kLanes floats of a row, zeros where the row has ended. */
inline Lanes loadPart(const float* from, int count) {
  if (count >= kLanes) return load(from);
  float part[kLanes] = {};
  for (int i = 0; i < count; ++i) part[i] = from[i];
  return load(part);
}

/**
 * Brings chirps first .. first + kLanes - 1 into the lanes; beyond the last chirp its samples are repeated.
 * @returns the mean of each
 */
Complex gatherChirps(const RangeJob& job, int first, float* rows) {
  const float* chirps[kLanes];
  for (int lane = 0; lane < kLanes; ++lane) {
    const int chirp = first + lane < job.chirps ? first + lane : job.chirps - 1;
    chirps[lane] = job.cube + chirp * job.cubeStride;
  }
  // A block's registers hold real and imaginary parts in turn; two sums of each keep the rounding error small.
  Lanes sums[4] = {};
  for (int sample = 0; sample < job.samples; sample += kSamplesPerLoad) {
    const int floats = 2 * (job.samples - sample);
    Lanes block[kLanes];
    for (int lane = 0; lane < kLanes; ++lane) {
      block[lane] = loadPart(chirps[lane] + 2 * sample, floats);
    }
    transpose(block);
    for (int i = 0; i < kLanes; ++i) {
      sums[i % 4] += block[i];
      if (i < floats) store(rows + sample * kRowFloats + i * kLanes, block[i]);
    }
  }
  return Complex{sums[0] + sums[2], sums[1] + sums[3]} * (1.0f / static_cast<float>(job.samples));
}

/** A sum is finite only when all of its terms are, short of an overflow, which is refused as well. */
bool isFinite(Complex value) {
  const Lanes zero = (value.re - value.re) + (value.im - value.im);
  bool finite = true;
  for (int lane = 0; lane < kLanes; ++lane) finite &= zero[lane] == 0.0f;
  return finite;
}

/** Writes row k of the lanes to place k of each chirp's real and imaginary rows. */
void scatterChirps(const RangeJob& job, int first, const float* rows) {
  for (int bin = 0; bin < job.samples; bin += kLanes) {
    for (int part = 0; part < 2; ++part) {
      Lanes block[kLanes];
      for (int i = 0; i < kLanes; ++i) {
        block[i] = bin + i < job.samples ? load(rows + (bin + i) * kRowFloats + part * kLanes) : Lanes{};
      }
      transpose(block);
      for (int lane = 0; lane < kLanes && first + lane < job.chirps; ++lane) {
        store(job.spectra + ((first + lane) * 2 + part) * job.rowStride + bin, block[lane]);
      }
    }
  }
}

bool transformRange(const RangeJob& job) {
  bool finite = true;
  for (int first = 0; first < job.chirps; first += kLanes) {
    const Complex mean = gatherChirps(job, first, job.scratch[0]);
    finite &= isFinite(mean);
    const WindowedRows rows = {job.scratch[0], mean, job.window};
    scatterChirps(job, first, transform(*job.plan, rows, job.scratch[0], job.scratch[1]));
  }
  return finite;
}

/** @returns the mean of each range bin */
Complex gatherRangeBins(const DopplerJob& job, std::size_t bin, float* rows) {
  Complex sums[4] = {};
  for (int chirp = 0; chirp < job.chirps; ++chirp) {
    const float* at = job.spectra + 2 * chirp * job.rowStride + bin;
    const Complex value = {load(at), load(at + job.rowStride)};
    sums[chirp % 4] = sums[chirp % 4] + value;
    storeRow(rows, chirp, value);
  }
  return ((sums[0] + sums[1]) + (sums[2] + sums[3])) * (1.0f / static_cast<float>(job.chirps));
}

void scatterRangeBins(const DopplerJob& job, std::size_t bin, const float* rows) {
  int doppler = job.chirps / 2;
  for (int k = 0; k < job.chirps; ++k) {
    const Complex value = loadRow(rows, k);
    float* at = job.spectra + 2 * doppler * job.rowStride + bin;
    store(at, value.re);
    store(at + job.rowStride, value.im);
    float* sum = job.map + doppler * job.rowStride + bin;
    store(sum, load(sum) + squareRoot(value.re * value.re + value.im * value.im));
    doppler = doppler + 1 == job.chirps ? 0 : doppler + 1;
  }
}

void transformDoppler(const DopplerJob& job) {
  for (std::size_t bin = 0; bin < job.rowStride; bin += kLanes) {
    const Complex mean = gatherRangeBins(job, bin, job.scratch[0]);
    const WindowedRows rows = {job.scratch[0], mean, job.window};
    scatterRangeBins(job, bin, transform(*job.plan, rows, job.scratch[0], job.scratch[1]));
  }
}

/** |sum conj(steer) x|^2 for kLanes directions. */
inline Lanes response(const SteeringTable& table, std::size_t angle, const float* re, const float* im) {
  Complex sum = {};
  for (int antenna = 0; antenna < table.antennas; ++antenna) {
    const std::size_t at = antenna * table.stride + angle;
    const Lanes c = load(table.re + at);
    const Lanes s = load(table.im + at);
    sum.re += c * re[antenna] + s * im[antenna];
    sum.im += c * im[antenna] - s * re[antenna];
  }
  return sum.re * sum.re + sum.im * sum.im;
}

int strongestDirection(const SteeringTable& table, const float* re, const float* im) {
  Lanes best = broadcast(-1.0f);
  IntLanes bestAngle = {};
  IntLanes angle;
  for (int lane = 0; lane < kLanes; ++lane) angle[lane] = lane;
  for (int first = 0; first < table.angles; first += kLanes, angle += kLanes) {
    const Lanes power = response(table, first, re, im);
    const IntLanes isBetter = power > best;
    best = isBetter ? power : best;
    bestAngle = isBetter ? angle : bestAngle;
  }
  int winner = 0;
  for (int lane = 1; lane < kLanes; ++lane) {
    const bool isFirst = best[lane] == best[winner] && bestAngle[lane] < bestAngle[winner];
    if (best[lane] > best[winner] || isFirst) winner = lane;
  }
  return bestAngle[winner] < table.angles ? bestAngle[winner] : 0;
}

}  // namespace

extern const Kernels RADAR_KERNELS;
const Kernels RADAR_KERNELS = {RADAR_KERNELS_NAME, transformRange, transformDoppler, strongestDirection};

}  // namespace radar
