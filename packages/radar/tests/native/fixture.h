#ifndef RADAR_FIXTURE_H
#define RADAR_FIXTURE_H

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

#include "libradar_extra.h"

namespace fixture {

/** SplitMix64: the same numbers on every machine. */
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }

  /** 0 .. bound - 1 */
  int below(int bound) { return static_cast<int>(next() % static_cast<std::uint64_t>(bound)); }

  /** -1 to 1 */
  float number() { return static_cast<float>(static_cast<double>(next() >> 11) / 4503599627370496.0 - 1.0); }

 private:
  std::uint64_t state_;
};

inline RadarParam raddetParam() {
  RadarParam p = {};
  p.startFreq = 77;
  p.idle = 4;
  p.adcStartTime = 6;
  p.rampEndTime = 32;
  p.freqSlopeConst = 30;
  p.adcSampleRate = 10000;
  p.rn = 4;
  p.tn = 2;
  p.sn = 256;
  p.cn = 64;
  p.fps = 10;
  p.dFAR = 2;
  p.rFAR = 3;
  p.dGWL = 4;
  p.dTWL = 8;
  p.rGWL = 6;
  p.rTWL = 10;
  p.doaType = FFT_DOA;
  p.eps = 5;
  p.weight = 0;
  p.mpc = 5;
  p.mc = 20;
  p.mp = 1000;
  p.tat = 2;
  p.mnv = 0.1f;
  p.tpf = 10;
  p.iff = 1;
  p.at = 0;
  p.ft = 0;
  return p;
}

struct FreeBuffer {
  void operator()(void* buffer) const { std::free(buffer); }
};

using Buffer = std::unique_ptr<void, FreeBuffer>;

/** Exactly as many bytes as the handle says it needs, so that an address checker sees the first byte beyond. */
inline Buffer alignedBuffer(unsigned long size) { return Buffer(std::aligned_alloc(64, size)); }

struct Handle {
  Buffer buffer;
  RadarHandle* handle = nullptr;
  RadarErrorCode code = R_SUCCESS;
};

inline Handle makeHandle(const RadarParam& param, const RadarxOptions& options = radarxDefaultOptions()) {
  Handle made;
  unsigned long size = 0;
  made.code = radarxGetMemSize(&param, &options, &size);
  if (made.code != R_SUCCESS) return made;
  made.buffer = alignedBuffer(size);
  made.code = radarxInitHandle(&made.handle, &param, &options, made.buffer.get(), size);
  return made;
}

inline std::vector<cfloat> noiseCube(const RadarParam& p, Random& random) {
  std::vector<cfloat> cube(static_cast<std::size_t>(p.rn) * p.tn * p.cn * p.sn);
  for (cfloat& sample : cube) sample = {random.number(), random.number()};
  return cube;
}

inline RadarCube cubeOf(const RadarParam& p, std::vector<cfloat>& mat) { return {p.rn, p.tn, p.sn, p.cn, mat.data()}; }

}  // namespace fixture

#endif
