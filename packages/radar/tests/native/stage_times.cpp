/**
 * Where the time of a RADDet-sized frame goes: the fastest twentieth of many frames, in milliseconds, as JSON. One frame of
 * noise and three targets, over and over. Usage: stage_times [frames]
 */
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>

#include "clusterer.h"
#include "detector.h"
#include "fixture.h"
#include "handle.h"
#include "peak_grouping.h"
#include "tracker.h"

namespace {

constexpr double kTwoPi = 6.283185307179586476925286766559;

void addTarget(const RadarParam& p, double rangeTurns, double dopplerTurns, double angleTurns, std::vector<cfloat>& cube) {
  std::size_t at = 0;
  for (int antenna = 0; antenna < p.rn * p.tn; ++antenna) {
    for (int chirp = 0; chirp < p.cn; ++chirp) {
      for (int sample = 0; sample < p.sn; ++sample, ++at) {
        const double phase = kTwoPi * (rangeTurns * sample + dopplerTurns * chirp + angleTurns * antenna);
        cube[at].real += static_cast<float>(std::cos(phase));
        cube[at].imag += static_cast<float>(std::sin(phase));
      }
    }
  }
}

std::vector<cfloat> makeCube(const RadarParam& param) {
  fixture::Random random(1);
  std::vector<cfloat> cube = fixture::noiseCube(param, random);
  addTarget(param, 0.21, 0.11, 0.05, cube);
  addTarget(param, 0.33, -0.2, -0.1, cube);
  addTarget(param, 0.4, 0.3, 0.2, cube);
  return cube;
}

struct Stage {
  const char* name;
  std::function<void()> run;
  std::vector<double> timesMs;
};

void timeStage(Stage& stage) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point startedAt = Clock::now();
  stage.run();
  stage.timesMs.push_back(std::chrono::duration<double, std::milli>(Clock::now() - startedAt).count());
}

double fastestTwentieth(std::vector<double>& values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 20];
}

}  // namespace

int main(int count, char** arguments) {
  const int frames = count > 1 ? std::atoi(arguments[1]) : 1000;
  RadarParam param = fixture::raddetParam();
  fixture::Handle made = fixture::makeHandle(param);
  radar::Detector& detector = made.handle->detector;
  radar::Clusterer& clusterer = made.handle->clusterer;
  const std::vector<cfloat> cube = makeCube(param);
  const radar::MapView map = detector.spectrum.view();
  Stage stages[] = {
      {"range", [&] { radar::transformChirps(detector.spectrum, cube.data()); }, {}},
      {"doppler", [&] { radar::transformRangeBins(detector.spectrum); }, {}},
      {"cfar", [&] { radar::findHits(detector.cfar, map); }, {}},
      {"points", [&] { radar::choosePoints(detector, param); }, {}},
      {"clusters", [&] { radar::findClusters(clusterer, param, detector.points); }, {}},
      {"tracks",
       [&] {
         radar::advanceTracks(made.handle->tracker, param,
                              {clusterer.clusterCount, clusterer.indices, clusterer.clusters});
       },
       {}},
  };
  for (int frame = 0; frame < frames; ++frame) {
    for (Stage& stage : stages) timeStage(stage);
  }
  for (Stage& stage : stages) {
    std::printf("%s\"%s\": %.4f", &stage == stages ? "{" : ", ", stage.name, fastestTwentieth(stage.timesMs));
  }
  std::printf("}\n");
  return 0;
}
