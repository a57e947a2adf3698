/**
 * The loops that take the time. Compiled once for each instruction set, with RADAR_LANES (floats in a register), RADAR_KERNELS
 * (the name of the table) and RADAR_KERNELS_NAME.
 */
#include "kernels.h"

#include "doppler_means.h"
#include "lanes.h"
#include "row_fft.h"

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

/** The spectrum of one chirp of one antenna: its real parts. The imaginary parts follow rowStride floats later. */
float* spectrumOf(const RangeJob& job, int antenna, int chirp) {
  return job.spectra + (static_cast<std::size_t>(antenna) * job.chirps + chirp) * 2 * job.rowStride;
}

/**
 * Brings chirps first .. first + kLanes - 1 of an antenna into the lanes; beyond the last chirp its samples are repeated.
 * @returns the mean of each
 */
Complex gatherChirps(const RangeJob& job, int antenna, int first, float* rows) {
  const float* chirps[kLanes];
  for (int lane = 0; lane < kLanes; ++lane) {
    const int chirp = first + lane < job.chirps ? first + lane : job.chirps - 1;
    chirps[lane] = job.cube + antenna * job.antennaStride + chirp * job.chirpStride;
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
      if (i < floats) store(rows + 2 * sample * kLanes + i * kLanes, block[i]);
    }
  }
  return Complex{sums[0] + sums[2], sums[1] + sums[3]} * (1.0f / static_cast<float>(job.samples));
}

/** Of a sum or a mean: 0 when all of its terms are finite, else NaN, also where finite terms overflow. */
inline Lanes finiteZero(Lanes sum) { return sum - sum; }

bool isZero(Lanes value) {
  bool zero = true;
  for (int lane = 0; lane < kLanes; ++lane) zero &= value[lane] == 0.0f;
  return zero;
}

/** Writes row k of the lanes to place k of each chirp's real and imaginary rows. */
void scatterChirps(const RangeJob& job, int antenna, int first, const float* rows) {
  for (int bin = 0; bin < job.samples; bin += kLanes) {
    for (int part = 0; part < 2; ++part) {
      Lanes block[kLanes];
      for (int i = 0; i < kLanes; ++i) {
        block[i] = bin + i < job.samples ? load(rows + (2 * (bin + i) + part) * kLanes) : Lanes{};
      }
      transpose(block);
      for (int lane = 0; lane < kLanes && first + lane < job.chirps; ++lane) {
        store(spectrumOf(job, antenna, first + lane) + part * job.rowStride + bin, block[lane]);
      }
    }
  }
}

/** kLanes chirps at once, one in each lane. @returns finiteZero of the samples */
Lanes transformChirpsInLanes(const RangeJob& job, int antenna, int first) {
  float* const gathered = job.scratch[1];
  const Complex mean = gatherChirps(job, antenna, first, gathered);
  const WindowedRows rows = {{gathered, 2 * kLanes, kLanes}, mean, job.window};
  float* const result = resultArea(job.plan->stages, job.scratch);
  transform(*job.plan, rows, job.scratch, ScratchRows{result});
  scatterChirps(job, antenna, first, result);
  return finiteZero(mean.re) + finiteZero(mean.im);
}

/** A row of real parts and a row of imaginary parts, kLanes values at a time. */
struct SplitRow {
  float* re;
  float* im;

  RADAR_INLINE void operator()(std::size_t row, Complex value) const {
    store(re + row * kLanes, value.re);
    store(im + row * kLanes, value.im);
  }
};

/** @returns finiteZero of the samples */
Lanes transformChirpAsRow(const RangeJob& job, int antenna, int chirp) {
  const float* row = job.cube + antenna * job.antennaStride + chirp * job.chirpStride;
  const Lanes mean = meanOfRow(row, job.samples);
  float* re = spectrumOf(job, antenna, chirp);
  transformRow(*job.rowPlan, row, mean, job.window, job.scratch, SplitRow{re, re + job.rowStride});
  return finiteZero(mean);
}

/** In the order of the cube, so that the processor foresees what is read next. */
template <typename Visit>
void forEachRow(const RangeJob& job, Visit visit) {
  if (job.chirpStride < job.antennaStride) {
    for (int antenna = 0; antenna < job.antennas; ++antenna) {
      for (int chirp = 0; chirp < job.chirps; ++chirp) visit(antenna, chirp);
    }
  } else {
    for (int chirp = 0; chirp < job.chirps; ++chirp) {
      for (int antenna = 0; antenna < job.antennas; ++antenna) visit(antenna, chirp);
    }
  }
}

bool transformRange(const RangeJob& job) {
  Lanes zero = {};
  if (canTransformRow(*job.rowPlan)) {
    forEachRow(job, [&](int antenna, int chirp) { zero += transformChirpAsRow(job, antenna, chirp); });
  } else {
    for (int antenna = 0; antenna < job.antennas; ++antenna) {
      for (int chirp = 0; chirp < job.chirps; chirp += kLanes) zero += transformChirpsInLanes(job, antenna, chirp);
    }
  }
  return isZero(zero);
}

Complex meanOfRows(Rows rows, int count) {
  Complex sums[4] = {};
  for (int row = 0; row < count; ++row) sums[row % 4] = sums[row % 4] + rows(row);
  return ((sums[0] + sums[1]) + (sums[2] + sums[3])) * (1.0f / static_cast<float>(count));
}

/** Shifts the spectrum, and adds its magnitudes to the map: rows of Doppler bins, kLanes range bins of them. */
struct DopplerBins {
  float* spectra;
  float* map;
  std::size_t rowStride;
  std::size_t chirps;

  RADAR_INLINE void operator()(std::size_t k, Complex value) const {
    const std::size_t shifted = k + chirps / 2;
    const std::size_t doppler = shifted < chirps ? shifted : shifted - chirps;
    float* at = spectra + 2 * doppler * rowStride;
    store(at, value.re);
    store(at + rowStride, value.im);
    float* sum = map + doppler * rowStride;
    store(sum, load(sum) + squareRoot(value.re * value.re + value.im * value.im));
  }
};

void transformDoppler(const DopplerJob& job) {
  const std::size_t chirps = job.chirps;
  for (std::size_t bin = 0; bin < static_cast<std::size_t>(job.samples); bin += kLanes) {
    const Rows rows = {job.spectra + bin, 2 * job.rowStride, job.rowStride};
    const WindowedRows windowed = {rows, meanOfRows(rows, job.chirps), job.window};
    transform(*job.plan, windowed, job.scratch, DopplerBins{job.spectra + bin, job.map + bin, job.rowStride, chirps});
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
const Kernels RADAR_KERNELS = {RADAR_KERNELS_NAME, transformRange, transformDoppler, testDopplerMeans,
                                strongestDirection};

}  // namespace radar
