/**
 * Random arguments, some plausible and some hostile, for one function of the interface; run under address and
 * undefined-behaviour checks. Usage: fuzz TARGET SEED ROUNDS. The seed of a failure reproduces it.
 */
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <string>

#include "fixture.h"

using fixture::Handle;
using fixture::Random;

namespace {

float anyFloat(Random& random) {
  switch (random.below(8)) {
    case 0: return NAN;
    case 1: return random.below(2) == 0 ? INFINITY : -INFINITY;
    case 2: return 0;
    case 3: return random.number() * 1e38f;
    case 4: return random.number() * 1e-38f;
    default: return random.number() * 100;
  }
}

int anyInt(Random& random) {
  switch (random.below(6)) {
    case 0: return static_cast<int>(random.next());
    case 1: return -random.below(10);
    case 2: return 2147483647 - random.below(2);
    default: return random.below(300);
  }
}

/** Every field that a caller may get wrong, changed with a chance of 1 in `odds`. */
void mutate(RadarParam& p, Random& random, int odds) {
  if (random.below(odds) == 0) p.doaType = static_cast<RadarDoaType>(anyInt(random));
  for (double* field : {&p.startFreq, &p.idle, &p.adcStartTime, &p.rampEndTime, &p.freqSlopeConst, &p.adcSampleRate}) {
    if (random.below(odds) == 0) *field = anyFloat(random);
  }
  for (float* field : {&p.fps, &p.dFAR, &p.rFAR, &p.eps, &p.weight, &p.tat, &p.mnv, &p.tpf, &p.iff}) {
    if (random.below(odds) == 0) *field = anyFloat(random);
  }
  for (int* field : {&p.rn, &p.tn, &p.sn, &p.cn, &p.dGWL, &p.dTWL, &p.rGWL, &p.rTWL, &p.mpc, &p.mc, &p.mp, &p.at, &p.ft}) {
    if (random.below(odds) == 0) *field = anyInt(random);
  }
}

RadarParam smallParam(Random& random) {
  RadarParam p = fixture::raddetParam();
  p.rn = 1 + random.below(4);
  p.tn = 1 + random.below(3);
  p.sn = 24 + random.below(60);
  p.cn = 12 + random.below(40);
  p.dGWL = random.below(3);
  p.dTWL = 2 + random.below(3);
  p.rGWL = random.below(4);
  p.rTWL = 2 + random.below(6);
  p.dFAR = p.rFAR = 0.5f + random.below(4);
  p.doaType = static_cast<RadarDoaType>(random.below(4));
  p.mp = 1 + random.below(300);
  p.mc = 1 + random.below(30);
  p.mpc = 1 + random.below(4);
  p.at = random.below(3);
  p.ft = random.below(3);
  return p;
}

RadarxOptions anyOptions(Random& random) {
  return {static_cast<RadarxProfile>(random.below(2)),    static_cast<RadarxWindow>(1 + random.below(3)),
          static_cast<RadarxWindow>(1 + random.below(3)), static_cast<RadarxCfar>(1 + random.below(4)),
          static_cast<RadarxCfar>(1 + random.below(4)),   static_cast<RadarxLayout>(random.below(2))};
}

Handle anyHandle(Random& random, RadarParam& param) {
  param = smallParam(random);
  RadarxOptions options = anyOptions(random);
  if (options.profile == RADARX_CORRECT) param.dFAR = param.rFAR = random.below(2) == 0 ? 1 : 0.05f;
  return fixture::makeHandle(param, options);
}

void expectKnown(RadarErrorCode code) {
  if (code < R_SUCCESS || code > R_BADINPUT) std::abort();
}

void fuzzMemSize(Random& random) {
  RadarParam param = random.below(2) == 0 ? fixture::raddetParam() : smallParam(random);
  mutate(param, random, 1 + random.below(20));
  RadarxOptions options = anyOptions(random);
  if (random.below(4) == 0) std::memset(&options, random.below(256), sizeof options);
  char why[40];
  unsigned long size = 0;
  const RadarErrorCode checked = radarxCheckParam(&param, &options, why, static_cast<unsigned long>(random.below(41)));
  const RadarErrorCode code = radarxGetMemSize(&param, &options, &size);
  expectKnown(code);
  if (checked != code || (code == R_SUCCESS && size == 0)) std::abort();
}

void fuzzInit(Random& random) {
  RadarParam param = smallParam(random);
  mutate(param, random, 30);
  RadarxOptions options = anyOptions(random);
  if (options.profile == RADARX_CORRECT && random.below(2) == 0) param.dFAR = param.rFAR = 0.1f;
  unsigned long size = 0;
  if (radarxGetMemSize(&param, &options, &size) != R_SUCCESS || size > 64ul << 20) return;
  const unsigned long given = random.below(4) == 0 ? static_cast<unsigned long>(random.below(static_cast<int>(size))) : size;
  const fixture::Buffer buffer = fixture::alignedBuffer((given / 64 + 1) * 64);
  const int offset = random.below(4) == 0 ? random.below(64) : 0;
  RadarHandle* handle = nullptr;
  expectKnown(radarxInitHandle(&handle, &param, &options, static_cast<char*>(buffer.get()) + offset, given));
}

void fuzzDetection(Random& random) {
  RadarParam param;
  const Handle made = anyHandle(random, param);
  if (made.handle == nullptr) std::abort();
  std::vector<cfloat> mat = fixture::noiseCube(param, random);
  for (int i = random.below(6) * random.below(3); i > 0; --i) {
    mat[random.below(static_cast<int>(mat.size()))] = {anyFloat(random), anyFloat(random)};
  }
  if (random.below(10) == 0) std::fill(mat.begin(), mat.end(), cfloat{anyFloat(random), anyFloat(random)});
  RadarCube cube = fixture::cubeOf(param, mat);
  if (random.below(10) == 0) cube.cn = anyInt(random);
  RadarPointClouds points = {};
  const RadarErrorCode code = radarDetection(made.handle, &cube, &points);
  expectKnown(code);
  if (radarxWhy(made.handle, code)[0] == '\0') std::abort();
  ClusterResult clusters = {};
  TrackingDescription slots[64];
  TrackingResult tracks = {0, 64, slots};
  // What detection finds must be good enough for the next steps.
  if (radarClustering(made.handle, &points, &clusters) != R_SUCCESS) std::abort();
  if (radarTracking(made.handle, &clusters, &tracks) != R_SUCCESS) std::abort();
}

void fuzzClustering(Random& random) {
  RadarParam param;
  const Handle made = anyHandle(random, param);
  const int count = random.below(param.mp + 1);
  std::vector<float> columns[4];
  for (auto& column : columns) {
    for (int i = 0; i < count; ++i) column.push_back(random.number() * 30);
    if (count > 0 && random.below(10) == 0) column[random.below(count)] = anyFloat(random);
  }
  RadarPointClouds points = {random.below(20) == 0 ? anyInt(random) : count, param.mp, nullptr, nullptr,
                             columns[0].data(), columns[1].data(), columns[2].data(), columns[3].data()};
  if (points.len > count && points.len <= param.mp) points.len = count;
  ClusterResult clusters = {};
  const RadarErrorCode code = radarClustering(made.handle, &points, &clusters);
  expectKnown(code);
  if (code == R_SUCCESS && (clusters.n < 0 || clusters.n > param.mc)) std::abort();
}

void fuzzTracking(Random& random) {
  RadarParam param;
  const Handle made = anyHandle(random, param);
  for (int frame = 0; frame < 12; ++frame) {
    const int count = random.below(param.mc + 1);
    std::vector<ClusterDescription> found(count);
    for (ClusterDescription& c : found) {
      c = {1 + random.below(9), random.number() * 20, random.number() * 20, 1, 1, random.number() * 9, 1, 1, 1};
      if (random.below(40) == 0) c.cx = anyFloat(random);
      if (random.below(40) == 0) c.cx = c.cy = c.av = 0;
      if (random.below(40) == 0) c.rx = anyFloat(random);
      if (random.below(40) == 0) c.n = anyInt(random);
    }
    ClusterResult clusters = {random.below(30) == 0 ? anyInt(random) : count, nullptr, found.data()};
    if (clusters.n > count && clusters.n <= param.mc) clusters.n = count;
    std::vector<TrackingDescription> slots(random.below(65));
    TrackingResult tracks = {0, static_cast<int>(slots.size()), slots.data()};
    const RadarErrorCode code = radarTracking(made.handle, &clusters, &tracks);
    expectKnown(code);
    for (int i = 0; code == R_SUCCESS && i < tracks.len; ++i) {
      for (const float value : slots[i].sHat) {
        if (!(value - value == 0)) std::abort();
      }
    }
  }
}

void fuzzDestroy(Random& random) {
  RadarParam param;
  const Handle made = anyHandle(random, param);
  RadarPointClouds points = {};
  ClusterResult clusters = {};
  bool alive = true;
  for (int step = 0; step < 6; ++step) {
    if (random.below(3) == 0) {
      if ((radarDestroyHandle(made.handle) == R_SUCCESS) != alive) std::abort();
      alive = false;
    } else if ((radarClustering(made.handle, &points, &clusters) == R_SUCCESS) != alive) {
      std::abort();
    }
  }
}

const struct {
  const char* name;
  void (*run)(Random&);
} kTargets[] = {{"radarGetMemSize", fuzzMemSize},      {"radarInitHandle", fuzzInit},
                {"radarDetection", fuzzDetection},     {"radarClustering", fuzzClustering},
                {"radarTracking", fuzzTracking},       {"radarDestroyHandle", fuzzDestroy}};

}  // namespace

int main(int count, char** arguments) {
  if (count != 4) {
    std::fprintf(stderr, "usage: fuzz TARGET SEED ROUNDS\n");
    return 2;
  }
  const std::uint64_t seed = std::strtoull(arguments[2], nullptr, 10);
  const long rounds = std::atol(arguments[3]);
  for (const auto& target : kTargets) {
    if (std::string(target.name) != arguments[1]) continue;
    for (long round = 0; round < rounds; ++round) {
      Random random(seed + static_cast<std::uint64_t>(round));
      target.run(random);
    }
    std::printf("%s: %ld rounds from seed %llu\n", target.name, rounds, static_cast<unsigned long long>(seed));
    return 0;
  }
  std::fprintf(stderr, "no such target: %s\n", arguments[1]);
  return 2;
}
