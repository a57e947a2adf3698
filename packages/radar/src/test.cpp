/**
 * How to use libradar, and a check that it works: builds frames with two moving targets, runs detection, clustering and
 * tracking on them, and compares what comes out with what was put in. Prints the tracks; exit code 0 when all is well.
 *
 *   c++ -std=c++17 test.cpp -I. -L../build -lradar -o test && LD_LIBRARY_PATH=../build ./test
 */
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "libradar.h"

namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr double kSpeedOfLight = 299792458;
constexpr int kFrames = 8;

struct Target {
  double x, y, vx, vy;  // m, m/s
};

/** The RADDet radar: 77 GHz, 4 receivers, 2 transmitters, 256 samples, 64 chirps, 10 frames a second. */
RadarParam raddetParam() {
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
  p.dGWL = 4;
  p.dTWL = 8;
  p.rFAR = 3;
  p.rGWL = 6;
  p.rTWL = 10;
  p.doaType = FFT_DOA;
  p.eps = 2;
  p.weight = 0;
  p.mpc = 1;
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

/** Adds a target's echo. The cube's range axis is mirrored: bin = sn - range / step. */
void addEcho(std::vector<cfloat>& cube, const RadarParam& p, const Target& target, double amplitude) {
  const double bandwidth = p.freqSlopeConst * 1e6 * (p.sn / p.adcSampleRate * 1e3);
  const double carrier = p.startFreq * 1e9 + bandwidth / 2;
  const double chirpTime = (p.idle + p.rampEndTime) * 1e-6 * p.tn;
  const double range = std::hypot(target.x, target.y);
  const double approach = -(target.x * target.vx + target.y * target.vy) / range;
  const double rangeTurns = -range * 2 * bandwidth / kSpeedOfLight / p.sn;
  const double dopplerTurns = approach * 2 * carrier * chirpTime / kSpeedOfLight;
  const double antennaTurns = -target.y / range / 2;
  std::size_t at = 0;
  for (int v = 0; v < p.rn * p.tn; ++v) {
    for (int c = 0; c < p.cn; ++c) {
      for (int s = 0; s < p.sn; ++s, ++at) {
        const double turns = rangeTurns * s + dopplerTurns * c + antennaTurns * v;
        cube[at].real += static_cast<float>(amplitude * std::cos(2 * kPi * turns));
        cube[at].imag += static_cast<float>(amplitude * std::sin(2 * kPi * turns));
      }
    }
  }
}

/** A small generator, so that every run sees the same noise. */
float noise(unsigned& state) {
  state = state * 1664525u + 1013904223u;
  return static_cast<float>(state >> 8) / 8388608.0f - 1.0f;
}

std::vector<cfloat> makeFrame(const RadarParam& p, const std::vector<Target>& targets, unsigned& seed) {
  std::vector<cfloat> cube(static_cast<std::size_t>(p.rn) * p.tn * p.cn * p.sn);
  for (cfloat& sample : cube) sample = {noise(seed), noise(seed)};
  for (const Target& target : targets) addEcho(cube, p, target, 1);
  return cube;
}

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "failed: %s\n", what);
  std::exit(1);
}

void moveTargets(std::vector<Target>& targets, double seconds) {
  for (Target& target : targets) {
    target.x += seconds * target.vx;
    target.y += seconds * target.vy;
  }
}

bool isNear(const TrackingDescription& track, const Target& target) {
  return std::hypot(track.sHat[0] - target.x, track.sHat[1] - target.y) < 1.5;
}

}  // namespace

int main() {
  RadarParam param = raddetParam();

  // 1. Ask for the size, bring the memory, make the handle in it.
  unsigned long size = 0;
  require(radarGetMemSize(&param, &size) == R_SUCCESS && size > 0, "radarGetMemSize");
  void* buffer = std::aligned_alloc(64, size);
  RadarHandle* handle = nullptr;
  require(radarInitHandle(&handle, &param, buffer, size) == R_SUCCESS, "radarInitHandle");

  // 2. For each frame: points, clusters, tracks. The arrays of the first two lie in the handle, the tracks are ours.
  std::vector<Target> targets = {{20, 3, -4, 0}, {35, -6, 6, 0}};
  TrackingDescription slots[64];
  TrackingResult tracks = {0, 64, slots};
  RadarPointClouds points = {};
  ClusterResult clusters = {};
  unsigned seed = 1;
  for (int frame = 0; frame < kFrames; ++frame) {
    std::vector<cfloat> mat = makeFrame(param, targets, seed);
    RadarCube cube = {param.rn, param.tn, param.sn, param.cn, mat.data()};
    require(radarDetection(handle, &cube, &points) == R_SUCCESS, "radarDetection");
    require(radarClustering(handle, &points, &clusters) == R_SUCCESS, "radarClustering");
    require(radarTracking(handle, &clusters, &tracks) == R_SUCCESS, "radarTracking");
    std::printf("frame %d: %d points, %d clusters, %d tracks\n", frame, points.len, clusters.n, tracks.len);
    if (frame + 1 < kFrames) moveTargets(targets, 1 / param.tpf);
  }

  // 3. Each target has one active track near it.
  for (const Target& target : targets) {
    int found = 0;
    for (int i = 0; i < tracks.len; ++i) {
      if (slots[i].tid == 0 || !isNear(slots[i], target)) continue;
      std::printf("track %d: %.2f m, %.2f m, %.2f m/s, %.2f m/s\n", slots[i].tid, slots[i].sHat[0], slots[i].sHat[1],
                  slots[i].sHat[2], slots[i].sHat[3]);
      ++found;
    }
    require(found == 1, "one track near each target");
  }

  // 4. A destroyed handle answers with an error, and the memory is ours again.
  require(radarDestroyHandle(handle) == R_SUCCESS, "radarDestroyHandle");
  RadarCube cube = {param.rn, param.tn, param.sn, param.cn, nullptr};
  require(radarDetection(handle, &cube, &points) != R_SUCCESS, "a destroyed handle is refused");
  std::free(buffer);
  std::puts("ok");
  return 0;
}
