#include "spectrum.h"

#include <algorithm>

#include "window.h"

namespace radar {
namespace {

const float* planWindow(RadarxWindow kind, int length, const Rules& rules, Arena& arena) {
  float* window = arena.take<float>(length);
  if (window != nullptr) fillWindow(rules.honoursWindows ? kind : RADARX_HANN, window, length);
  return window;
}

std::size_t antennaFloats(const Spectrum& spectrum) { return 2 * spectrum.rowStride * spectrum.chirps; }

RangeJob rangeJob(const Spectrum& spectrum, const cfloat* cube) {
  const std::size_t row = 2 * static_cast<std::size_t>(spectrum.samples);
  const bool chirpsFirst = spectrum.layout == RADARX_CHIRP_ANTENNA_SAMPLE;
  RangeJob job;
  job.cube = &cube->real;
  job.antennaStride = chirpsFirst ? row : row * spectrum.chirps;
  job.chirpStride = chirpsFirst ? row * spectrum.antennas : row;
  job.antennas = spectrum.antennas;
  job.chirps = spectrum.chirps;
  job.samples = spectrum.samples;
  job.window = spectrum.rangeWindow;
  job.plan = &spectrum.rangePlan;
  job.rowPlan = &spectrum.rangeRowPlan;
  job.scratch[0] = spectrum.scratch[0];
  job.scratch[1] = spectrum.scratch[1];
  job.spectra = spectrum.values;
  job.rowStride = spectrum.rowStride;
  return job;
}

DopplerJob dopplerJob(const Spectrum& spectrum, int antenna) {
  DopplerJob job;
  job.spectra = spectrum.values + antenna * antennaFloats(spectrum);
  job.rowStride = spectrum.rowStride;
  job.chirps = spectrum.chirps;
  job.samples = spectrum.samples;
  job.window = spectrum.dopplerWindow;
  job.plan = &spectrum.dopplerPlan;
  job.scratch[0] = spectrum.scratch[0];
  job.scratch[1] = spectrum.scratch[1];
  job.map = spectrum.map;
  return job;
}

}  // namespace

void planSpectrum(Spectrum& spectrum, const RadarParam& param, const RadarxOptions& options, const Rules& rules,
                  Arena& arena) {
  spectrum.kernels = &chooseKernels();
  spectrum.layout = options.layout;
  spectrum.antennas = param.rn * param.tn;
  spectrum.chirps = param.cn;
  spectrum.samples = param.sn;
  // One register more: rows a power of two apart would share few cache sets.
  spectrum.rowStride = padToLanes(param.sn) + kMaxLanes;
  planFft(spectrum.rangePlan, param.sn, arena);
  planRowFft(spectrum.rangeRowPlan, param.sn, arena);
  planFft(spectrum.dopplerPlan, param.cn, arena);
  spectrum.rangeWindow = planWindow(options.rangeWindow, param.sn, rules, arena);
  spectrum.dopplerWindow = planWindow(options.dopplerWindow, param.cn, rules, arena);
  spectrum.values = arena.take<float>(antennaFloats(spectrum) * spectrum.antennas);
  spectrum.map = arena.take<float>(spectrum.rowStride * spectrum.chirps);
  const std::size_t longest = std::max(spectrum.rangePlan.innerLength, spectrum.dopplerPlan.innerLength);
  for (float*& area : spectrum.scratch) area = arena.take<float>(longest * 2 * kMaxLanes);
}

bool transformChirps(const Spectrum& spectrum, const cfloat* cube) {
  return spectrum.kernels->transformRange(rangeJob(spectrum, cube));
}

void transformRangeBins(const Spectrum& spectrum) {
  std::fill_n(spectrum.map, spectrum.rowStride * spectrum.chirps, 0.0f);
  for (int antenna = 0; antenna < spectrum.antennas; ++antenna) {
    spectrum.kernels->transformDoppler(dopplerJob(spectrum, antenna));
  }
}

void readSnapshot(const Spectrum& spectrum, int rangeBin, int dopplerBin, float* re, float* im) {
  for (int antenna = 0; antenna < spectrum.antennas; ++antenna) {
    const float* row =
        spectrum.values + antenna * antennaFloats(spectrum) + 2 * dopplerBin * spectrum.rowStride + rangeBin;
    re[antenna] = row[0];
    im[antenna] = row[spectrum.rowStride];
  }
}

}  // namespace radar
