/** Each step of the library against its definition. */
#include <algorithm>
#include <complex>
#include <string>

#include "angle.h"
#include "assignment.h"
#include "cfar.h"
#include "check.h"
#include "clusterer.h"
#include "fixture.h"
#include "incomplete_gamma.h"
#include "kalman.h"
#include "kernels.h"
#include "peak_grouping.h"
#include "threshold.h"
#include "tracker.h"
#include "units.h"
#include "window.h"

using namespace radar;
using Complex64 = std::complex<double>;

namespace {

constexpr double kPi = 3.14159265358979323846;

/** Memory for tables, kept until the case ends. */
class Tables {
 public:
  template <typename Plan>
  void make(Plan plan) {
    Arena measure(nullptr);
    plan(measure);
    buffers_.push_back(fixture::alignedBuffer(std::max<std::size_t>(measure.used(), 64)));
    Arena arena(buffers_.back().get());
    plan(arena);
    EXPECT(arena.used() == measure.used());
  }

 private:
  std::vector<fixture::Buffer> buffers_;
};

template <typename Run>
void onEveryInstructionSet(Run run) {
  for (const char* name : {"avx512", "avx2", "baseline"}) {
    radarxLimitInstructionSet(name);
    run();
  }
  radarxLimitInstructionSet(nullptr);
}

std::vector<Complex64> slowTransform(const std::vector<Complex64>& x) {
  const std::size_t n = x.size();
  std::vector<Complex64> out(n);
  for (std::size_t k = 0; k < n; ++k) {
    for (std::size_t i = 0; i < n; ++i) out[k] += x[i] * std::polar(1.0, -2 * kPi * static_cast<double>(i * k % n) / n);
  }
  return out;
}

struct RangePlans {
  FftPlan lanes;
  RowFftPlan row;

  void make(int samples, Arena& arena) {
    planFft(lanes, samples, arena);
    planRowFft(row, samples, arena);
  }
};

/** The spectra of `chirps` rows of random samples, by the range kernel and by definition; the largest difference. */
double rangeError(int samples, int chirps) {
  Tables tables;
  RangePlans plans;
  tables.make([&](Arena& arena) { plans.make(samples, arena); });
  const std::size_t stride = padToLanes(samples);
  std::vector<float> window(samples), spectra(2 * stride * chirps);
  fillWindow(RADARX_HAMMING, window.data(), samples);
  std::vector<float> scratch[2];
  for (auto& area : scratch) area.resize(static_cast<std::size_t>(plans.lanes.innerLength) * 2 * kMaxLanes);
  fixture::Random random(static_cast<std::uint64_t>(samples) * 1000 + chirps);
  std::vector<float> cube(2 * static_cast<std::size_t>(samples) * chirps);
  for (float& value : cube) value = random.number() + 3;
  const RangeJob job = {cube.data(), 0, 2 * static_cast<std::size_t>(samples), 1, chirps, samples, window.data(), &plans.lanes, &plans.row,
                        {scratch[0].data(), scratch[1].data()}, spectra.data(), stride};
  EXPECT(chooseKernels().transformRange(job));
  double worst = 0;
  for (int chirp = 0; chirp < chirps; ++chirp) {
    std::vector<Complex64> x(samples);
    Complex64 mean = 0;
    for (int s = 0; s < samples; ++s) {
      const float* at = cube.data() + 2 * (chirp * samples + s);
      x[s] = {at[0], at[1]};
      mean += x[s] / static_cast<double>(samples);
    }
    for (int s = 0; s < samples; ++s) x[s] = (x[s] - mean) * static_cast<double>(window[s]);
    const std::vector<Complex64> wanted = slowTransform(x);
    const float* row = spectra.data() + 2 * chirp * stride;
    for (int k = 0; k < samples; ++k) worst = std::max(worst, std::abs(wanted[k] - Complex64(row[k], row[k + stride])));
  }
  return worst / std::sqrt(samples);
}

struct SmallMap {
  int rangeBins;
  int dopplerBins;
  std::size_t stride;
  std::vector<float> values;

  SmallMap(int r, int d, float noise) : rangeBins(r), dopplerBins(d), stride(padToLanes(r)), values(stride * d, noise) {}
  float& at(int r, int d) { return values[d * stride + r]; }
  MapView view() const { return {values.data(), rangeBins, dopplerBins, stride}; }
};

/** CFAR on a map, with all of its memory. */
struct CfarBench {
  Tables tables;
  Cfar cfar = {};
  std::vector<double> sums, noise, leftNoise, rangeSums;
  std::vector<std::int32_t> counts;
  std::vector<std::uint8_t> fires;
  std::vector<float> window;
  std::vector<RadarxHit> hits;

  CfarBench(const SmallMap& map, RadarxProfile profile, CfarAxisConfig doppler, CfarAxisConfig range)
      : sums(kSumColumns * (map.dopplerBins + 1)), noise(map.stride), leftNoise(map.stride), rangeSums(map.rangeBins + 1), counts(map.stride),
        fires(map.stride * map.dopplerBins), window(std::max(map.rangeBins, map.dopplerBins)),
        hits(static_cast<std::size_t>(map.rangeBins) * map.dopplerBins) {
    cfar.kernels = &chooseKernels();
    cfar.rules = rulesOf(profile, map.rangeBins);
    tables.make([&](Arena& arena) {
      planCfarAxis(cfar.doppler, doppler, cfar.rules, arena);
      planCfarAxis(cfar.range, range, cfar.rules, arena);
    });
    cfar.scratch = {sums.data(), noise.data(), leftNoise.data(), counts.data(), fires.data(), rangeSums.data(), window.data()};
    cfar.hits = hits.data();
  }
};

CfarAxisConfig axisOf(RadarxCfar kind, double pfa, int guard, int training, int length, bool isRange) {
  static const std::vector<float> flat(4096, 1.0f);
  return {kind, pfa, guard, training, length, isRange, 8, flat.data()};
}

double survivalOfChiSquare2(double x) { return std::exp(-x); }

}  // namespace

CASE(transformsOfAnyLengthMatchTheDefinition) {
  onEveryInstructionSet([] {
    for (const int samples : {4, 5, 6, 7, 8, 9, 12, 15, 16, 17, 30, 31, 32, 37, 64, 74, 90, 100, 121, 128, 192, 251, 256, 300, 384, 512, 768, 4096}) {
      // The rounding of the mean grows with the length.
      EXPECT_NEAR(rangeError(samples, 3), 0, 1e-5 + samples * 1e-8);
    }
    for (const int chirps : {1, 4, 8, 16, 17, 33}) EXPECT_NEAR(rangeError(64, chirps), 0, 1e-5);
  });
}

CASE(aSampleThatIsNotFiniteIsSeen) {
  onEveryInstructionSet([] {
    for (const int samples : {60, 256}) {
      const std::size_t length = samples, stride = padToLanes(samples);
      Tables tables;
      RangePlans plans;
      tables.make([&](Arena& arena) { plans.make(samples, arena); });
      std::vector<float> cube(length * 6 * 2, 1.0f), window(length, 1.0f), spectra(2 * stride * 6);
      std::vector<float> a(length * 32), b(length * 32);
      const RangeJob job = {cube.data(), 0, 2 * length, 1, 6, samples, window.data(), &plans.lanes, &plans.row,
                            {a.data(), b.data()}, spectra.data(), stride};
      EXPECT(chooseKernels().transformRange(job));
      for (const float bad : {NAN, INFINITY, -INFINITY}) {
        for (const std::size_t at : {std::size_t{0}, std::size_t{77}, length * 6 * 2 - 1}) {
          cube[at] = bad;
          EXPECT(!chooseKernels().transformRange(job));
          cube[at] = 1;
        }
      }
    }
  });
}

CASE(dopplerTransformRemovesClutterShiftsAndAddsMagnitudes) {
  onEveryInstructionSet([] {
    constexpr int chirps = 37, bins = 16;
    Tables tables;
    FftPlan plan;
    tables.make([&](Arena& arena) { planFft(plan, chirps, arena); });
    std::vector<float> window(chirps, 1.0f), a(plan.innerLength * 32), b(plan.innerLength * 32);
    std::vector<float> spectra(2 * bins * chirps), map(bins * chirps, 1.0f);
    for (int c = 0; c < chirps; ++c) {
      for (int r = 0; r < bins; ++r) {
        const Complex64 value = std::polar(1.0 + r, 2 * kPi * 5 * c / chirps) + Complex64(7, -3);
        spectra[2 * c * bins + r] = static_cast<float>(value.real());
        spectra[(2 * c + 1) * bins + r] = static_cast<float>(value.imag());
      }
    }
    chooseKernels().transformDoppler({spectra.data(), bins, chirps, bins, window.data(), &plan, {a.data(), b.data()}, map.data()});
    for (int d = 0; d < chirps; ++d) {
      for (int r = 0; r < bins; ++r) EXPECT_NEAR(map[d * bins + r], d == 18 + 5 ? 1 + chirps * (1.0 + r) : 1, 2e-3);
    }
  });
}

CASE(windowsHaveTheirShape) {
  std::vector<float> w(64);
  fillWindow(RADARX_HANN, w.data(), 64);
  EXPECT_NEAR(w[0], 0, 1e-7);
  EXPECT_NEAR(w[21], 0.75, 1e-6);
  fillWindow(RADARX_HAMMING, w.data(), 64);
  EXPECT_NEAR(w[0], 0.08, 1e-6);
  for (const int length : {16, 37, 64}) {
    w.assign(length, 0);
    fillWindow(RADARX_CHEBYSHEV, w.data(), length);
    EXPECT_NEAR(*std::max_element(w.begin(), w.end()), 1, 1e-7);
    double main = 0, side = 0;
    for (const float value : w) main += value;
    for (double f = 0.5 - 1.0 / length; f <= 0.5; f += 0.001) {
      Complex64 sum = 0;
      for (int i = 0; i < length; ++i) sum += static_cast<double>(w[i]) * std::polar(1.0, -2 * kPi * f * i);
      side = std::max(side, std::abs(sum));
    }
    EXPECT_NEAR(20 * std::log10(side / main), -60, 0.2);
  }
}

CASE(incompleteGammaMatchesClosedForms) {
  for (const double x : {0.01, 0.5, 1.0, 3.0, 20.0}) {
    EXPECT_NEAR(gammaTails(1, x).upper / survivalOfChiSquare2(x), 1, 1e-12);
    EXPECT_NEAR(gammaTails(2, x).upper / (survivalOfChiSquare2(x) * (1 + x)), 1, 1e-12);
    EXPECT_NEAR(gammaTails(0.5, x).lower / std::erf(std::sqrt(x)), 1, 1e-12);
  }
}

CASE(thresholdOfOneAntennaAndManyCellsIsRayleighs) {
  std::vector<float> flat(4096, 1.0f);
  const double factor = thresholdFactor({RADARX_CA, 1, 2000, true, 1e-4, flat.data(), 4096});
  EXPECT_NEAR(factor, std::sqrt(-std::log(1e-4)) / (std::sqrt(kPi) / 2), 0.01);
}

CASE(greatestOfNeedsTheLeastFactor) {
  std::vector<float> hann(64);
  fillWindow(RADARX_HANN, hann.data(), 64);
  const auto factor = [&](RadarxCfar kind, bool both) {
    return thresholdFactor({kind, 8, 8, both, 1e-3, hann.data(), 64});
  };
  EXPECT(factor(RADARX_GO, true) < factor(RADARX_CA, true));
  EXPECT(factor(RADARX_CA, true) < factor(RADARX_SO, true));
  EXPECT(factor(RADARX_CA, true) < factor(RADARX_CA, false));
  EXPECT(factor(RADARX_OS, true) < factor(RADARX_OS, false));
}

CASE(compatibleCfarKeepsItsQuirks) {
  // Doppler: guard 1, training 3: reach 4. Range: guard 1, training 3.
  SmallMap map(20, 16, 1);
  map.at(10, 8) = 9;
  map.at(1, 8) = 2.9f;
  map.at(18, 8) = 5;
  map.at(5, 0) = 100;
  CfarBench bench(map, RADARX_COMPATIBLE, axisOf(RADARX_CA, 3, 1, 3, 16, false), axisOf(RADARX_CA, 2, 1, 3, 20, true));
  EXPECT(findHits(bench.cfar, map.view()));
  // Column 0 fires and is dropped; in column 8 the middle comes first, then the first edge, then the last.
  EXPECT(bench.cfar.hitCount == 3);
  EXPECT(bench.hits[0].rangeBin == 10 && bench.hits[0].dopplerBin == 8);
  EXPECT_NEAR(bench.hits[0].snr, 9, 1e-12);
  EXPECT(bench.hits[1].rangeBin == 1);
  EXPECT_NEAR(bench.hits[1].snr, 5.8, 1e-6);
  EXPECT(bench.hits[2].rangeBin == 18);
  EXPECT_NEAR(bench.hits[2].snr, 10, 1e-12);
  // At the last range edge 2 pfa times the mean is needed.
  map.at(18, 8) = 3.9f;
  EXPECT(findHits(bench.cfar, map.view()));
  EXPECT(bench.cfar.hitCount == 2);
}

CASE(compatibleKnowsTwoPairsOfKinds) {
  SmallMap map(20, 16, 1);
  map.at(10, 8) = 50;
  for (const RadarxCfar doppler : {RADARX_CA, RADARX_SO, RADARX_GO, RADARX_OS}) {
    for (const RadarxCfar range : {RADARX_CA, RADARX_SO, RADARX_GO, RADARX_OS}) {
      CfarBench bench(map, RADARX_COMPATIBLE, axisOf(doppler, 3, 1, 3, 16, false), axisOf(range, 3, 1, 3, 20, true));
      EXPECT(findHits(bench.cfar, map.view()));
      const bool known = doppler == range && (doppler == RADARX_CA || doppler == RADARX_OS);
      EXPECT((bench.cfar.hitCount > 0) == known);
    }
  }
}

CASE(compatibleOrderStatisticKeepsTheLastDopplerWindow) {
  SmallMap map(20, 16, 1);
  map.at(10, 8) = 50;
  for (int d = 12; d < 15; ++d) map.at(19, d) = 4;
  CfarBench bench(map, RADARX_COMPATIBLE, axisOf(RADARX_OS, 3, 1, 3, 16, false), axisOf(RADARX_OS, 2, 1, 3, 20, true));
  EXPECT(findHits(bench.cfar, map.view()));
  // The window 11 .. 14 of the last row holds 1, 4, 4, 4: its value at index 3 is 4.
  bool found = false;
  for (int i = 0; i < bench.cfar.hitCount; ++i) {
    if (bench.hits[i].rangeBin != 10 || bench.hits[i].dopplerBin != 8) continue;
    EXPECT_NEAR(bench.hits[i].snr, 50.0 / 4, 1e-12);
    found = true;
  }
  EXPECT(found);
}

CASE(correctTestsBothAxesForEveryKind) {
  for (const RadarxCfar doppler : {RADARX_CA, RADARX_SO, RADARX_GO, RADARX_OS}) {
    for (const RadarxCfar range : {RADARX_CA, RADARX_SO, RADARX_GO, RADARX_OS}) {
      SmallMap map(40, 32, 1);
      map.at(20, 0) = 50;
      for (int r = 0; r < 40; ++r) map.at(r, 20) = 30;  // a ridge: stands out along Doppler, not along range
      CfarBench bench(map, RADARX_CORRECT, axisOf(doppler, 1e-3, 2, 6, 32, false), axisOf(range, 1e-3, 2, 6, 40, true));
      EXPECT(findHits(bench.cfar, map.view()));
      EXPECT(bench.cfar.hitCount == 1);
      EXPECT(bench.hits[0].rangeBin == 20 && bench.hits[0].dopplerBin == 0);
      EXPECT_NEAR(bench.hits[0].snr, 50, 1e-9);
    }
  }
}

CASE(aProbabilityOfOneSwitchesAnAxisOff) {
  SmallMap map(40, 32, 1);
  CfarBench bench(map, RADARX_CORRECT, axisOf(RADARX_CA, 1, 2, 6, 32, false), axisOf(RADARX_OS, 1, 2, 6, 40, true));
  EXPECT(findHits(bench.cfar, map.view()));
  EXPECT(bench.cfar.hitCount == 40 * 32);
}

CASE(aMapThatIsNotFiniteIsRefused) {
  SmallMap map(20, 16, 1);
  CfarBench bench(map, RADARX_COMPATIBLE, axisOf(RADARX_CA, 3, 1, 3, 16, false), axisOf(RADARX_CA, 2, 1, 3, 20, true));
  map.at(19, 15) = INFINITY;
  EXPECT(!findHits(bench.cfar, map.view()));
}

CASE(groupingKeepsStrictMaximaOfManyHits) {
  SmallMap map(32, 32, 1);
  CfarBench bench(map, RADARX_CORRECT, axisOf(RADARX_CA, 1, 2, 6, 32, false), axisOf(RADARX_CA, 1, 2, 6, 32, true));
  std::vector<double> snrMap(map.stride * 32);
  std::vector<int> kept(1024);
  bench.cfar.hitCount = 199;
  EXPECT(groupPeaks(bench.cfar, map.view(), snrMap.data(), kept.data()) == 199);
  bench.cfar.hitCount = 0;
  for (int d = 0; d < 32; ++d) {
    for (int r = 0; r < 32; ++r) {
      const bool isPeak = (r == 10 && d == 10) || (r == 0 && d == 20);
      const bool isPlateau = d == 25 && (r == 5 || r == 6);
      bench.hits[bench.cfar.hitCount++] = {r, d, isPeak ? 9.0 : isPlateau ? 8.0 : 2.0};
    }
  }
  EXPECT(groupPeaks(bench.cfar, map.view(), snrMap.data(), kept.data()) == 1);
  EXPECT(bench.hits[kept[0]].rangeBin == 10 && bench.hits[kept[0]].dopplerBin == 10);
}

CASE(groupingBeginsWith200Hits) {
  SmallMap map(32, 32, 1);
  CfarBench bench(map, RADARX_CORRECT, axisOf(RADARX_CA, 1, 2, 6, 32, false), axisOf(RADARX_CA, 1, 2, 6, 32, true));
  std::vector<double> snrMap(map.stride * 32);
  std::vector<int> kept(1024);
  bench.cfar.hitCount = 0;
  for (int d = 6; d < 16; ++d) {
    for (int r = 0; r < 20; ++r) bench.hits[bench.cfar.hitCount++] = {r, d, r == 10 && d == 10 ? 9.0 : 2.0};
  }
  EXPECT(bench.cfar.hitCount == 200);
  EXPECT(groupPeaks(bench.cfar, map.view(), snrMap.data(), kept.data()) == 1);
  bench.cfar.hitCount = 199;
  EXPECT(groupPeaks(bench.cfar, map.view(), snrMap.data(), kept.data()) == 199);
}

CASE(anglesAreFoundOnTheirGrid) {
  onEveryInstructionSet([] {
    for (const RadarDoaType method : {FFT_DOA, MUSIC_DOA, DBF_DOA, CAPON_DOA}) {
      for (const int antennas : {2, 8, 12}) {
        Tables tables;
        AngleSearch search;
        tables.make([&](Arena& arena) { planAngleSearch(search, method, antennas, 64, arena); });
        for (double degrees = -80; degrees <= 80; degrees += 12.5) {
          std::vector<float> re(antennas), im(antennas);
          for (int v = 0; v < antennas; ++v) {
            const double phase = kPi * v * std::sin(degrees * kPi / 180) + 1;
            re[v] = static_cast<float>(5 * std::cos(phase));
            im[v] = static_cast<float>(5 * std::sin(phase));
          }
          const int k = chooseKernels().strongestDirection(search.table, re.data(), im.data());
          const double step = method == FFT_DOA ? 1.0 / 64 : 0.0045;
          EXPECT_NEAR(std::sin(search.degrees[k] * kPi / 180), std::sin(degrees * kPi / 180), step * 1.01);
        }
        std::vector<float> none(antennas, 0.0f);
        EXPECT(chooseKernels().strongestDirection(search.table, none.data(), none.data()) == 0);
      }
    }
  });
}

CASE(transmittersAreTurnedBackByTheDopplerBin) {
  RadarParam param = fixture::raddetParam();
  std::vector<float> re(8, 1.0f), im(8, 0.0f);
  compensateTransmitters(re.data(), im.data(), param, 32);
  for (int v = 0; v < 8; ++v) EXPECT_NEAR(re[v], 1, 1e-7);
  compensateTransmitters(re.data(), im.data(), param, 32 + 16);  // a quarter of the way: -2 pi 16 / 128 = -45 degrees
  EXPECT_NEAR(re[3], 1, 1e-7);
  EXPECT_NEAR(re[4], std::sqrt(0.5), 1e-6);
  EXPECT_NEAR(im[7], -std::sqrt(0.5), 1e-6);
}

CASE(unitsOfRaddetAreTheMeasuredOnes) {
  const Units units = unitsOf(fixture::raddetParam());
  EXPECT_NEAR(units.rangeStepM, 0.195177, 1e-6);
  EXPECT_NEAR(units.speedStepMps, 0.420365, 1e-6);
  EXPECT_NEAR((256 - 105) * units.rangeStepM, 29.472, 1e-3);
  EXPECT_NEAR((14 - 32) * units.speedStepMps, -7.567, 1e-3);
}

namespace {

struct ClusterBench {
  Tables tables;
  Clusterer clusterer = {};
  RadarParam param = fixture::raddetParam();
  std::vector<float> range, speed, angle, snr;

  explicit ClusterBench(float eps, int minPoints, int maxClusters = 20, float weight = 0) {
    param.eps = eps;
    param.mpc = minPoints;
    param.mc = maxClusters;
    param.weight = weight;
    param.mp = 64;
    tables.make([&](Arena& arena) { planClusterer(clusterer, param, arena); });
  }

  void add(float r, float degrees, float v, float s = 1) {
    range.push_back(r);
    angle.push_back(degrees);
    speed.push_back(v);
    snr.push_back(s);
  }

  void run() {
    findClusters(clusterer, param,
                 {static_cast<int>(range.size()), 64, nullptr, nullptr, range.data(), speed.data(), angle.data(), snr.data()});
  }

  std::vector<int> labels() const { return {clusterer.labels, clusterer.labels + clusterer.labelCount}; }
};

}  // namespace

CASE(clustersAreDenseRegions) {
  ClusterBench bench(1.5f, 3);
  for (const float r : {10.0f, 30.0f, 11.0f, 31.0f, 12.0f, 32.0f, 50.0f, 13.0f}) bench.add(r, 0, r < 20 ? 2.0f : -1.0f, 2);
  bench.run();
  EXPECT((bench.labels() == std::vector<int>{0, 1, 0, 1, 0, 1, -1, 0}));
  const ClusterDescription& first = bench.clusterer.clusters[0];
  EXPECT(bench.clusterer.clusterCount == 2 && first.n == 4);
  EXPECT_NEAR(first.cx, 11.5, 1e-6);
  EXPECT_NEAR(first.rx, 1.5, 1e-6);
  EXPECT_NEAR(first.ry, 0, 1e-6);
  EXPECT_NEAR(first.av, 2, 1e-6);
  EXPECT_NEAR(first.vr, 2 * (100 + 121 + 144 + 169) / 4.0, 1e-4);
  EXPECT_NEAR(first.vv, 0, 1e-9);
}

CASE(theReachIsExclusiveAndSpeedCountsByItsWeight) {
  ClusterBench far(1.0f, 2);
  far.add(10, 0, 0);
  far.add(11, 0, 0);
  far.run();
  EXPECT(far.clusterer.clusterCount == 0);
  ClusterBench apart(1.0f, 2, 20, 0.25f);
  apart.add(10, 0, 0);
  apart.add(10, 0, 1.9f);
  apart.add(10, 0, 4);
  apart.run();
  EXPECT((apart.labels() == std::vector<int>{0, 0, -1}));
}

CASE(noClusterBeginsAfterTheLast) {
  ClusterBench bench(1.0f, 1, 2);
  for (const float r : {10.0f, 20.0f, 30.0f, 10.5f}) bench.add(r, 0, 0);
  bench.run();
  EXPECT((bench.labels() == std::vector<int>{0, 1, -1, 0}));
}

CASE(angleAndPlaceFollowFromPolarValues) {
  ClusterBench bench(3.0f, 1);
  bench.add(10, 30, 1, 3);
  bench.run();
  const ClusterDescription& cluster = bench.clusterer.clusters[0];
  EXPECT_NEAR(cluster.cx, 10 * std::cos(kPi / 6), 1e-5);
  EXPECT_NEAR(cluster.cy, 5, 1e-5);
  EXPECT_NEAR(cluster.va, kPi * kPi / 36, 1e-6);
}

CASE(aPredictionMovesAndWidens) {
  Kalman filter = beginKalman({10, 0, -5}, 10, 0, 0.1);
  EXPECT_NEAR(filter.state[2], -5, 1e-12);
  EXPECT_NEAR(filter.covariance[3][3], 100, 1e-9);
  predict(filter, 0.1);
  EXPECT_NEAR(filter.state[0], 9.5, 1e-12);
  EXPECT_NEAR(filter.covariance[0][0], 0.1 + 0.01 * 0.1 + 1e-4 / 4, 1e-12);
  EXPECT_NEAR(filter.covariance[1][3], 0.1 * 100 + 1e-3 / 2, 1e-9);
}

CASE(theFilterFindsAMovingTarget) {
  Kalman filter = beginKalman({20, 0.2, 1}, 20 * std::cos(0.2), 20 * std::sin(0.2), 0.05);
  double x = 20 * std::cos(0.2), y = 20 * std::sin(0.2);
  for (int i = 0; i < 60; ++i) {
    x += 0.1 * 3;
    y += 0.1 * -2;
    predict(filter, 0.1);
    const Polar expected = polarOf(filter);
    const double range = std::hypot(x, y);
    update(filter, {range - expected.range, std::atan2(y, x) - expected.azimuth, (x * 3 - y * 2) / range - expected.rangeRate}, 0.05);
  }
  EXPECT_NEAR(filter.state[0], x, 0.05);
  EXPECT_NEAR(filter.state[1], y, 0.05);
  EXPECT_NEAR(filter.state[2], 3, 0.05);
  EXPECT_NEAR(filter.state[3], -2, 0.1);
}

namespace {

/** Most pairs, then the least sum, by trying everything. */
void tryAll(const PairCosts& costs, int m, int measurements, int trackers, unsigned used, int pairs, double sum, int& bestPairs,
            double& bestSum) {
  if (m == measurements) {
    if (pairs > bestPairs || (pairs == bestPairs && sum < bestSum)) {
      bestPairs = pairs;
      bestSum = sum;
    }
    return;
  }
  tryAll(costs, m + 1, measurements, trackers, used, pairs, sum, bestPairs, bestSum);
  for (int t = 0; t < trackers; ++t) {
    if ((used >> t & 1) != 0 || costs[m][t] == kNoPair) continue;
    tryAll(costs, m + 1, measurements, trackers, used | 1u << t, pairs + 1, sum + costs[m][t], bestPairs, bestSum);
  }
}

}  // namespace

CASE(theOptimalAssignmentIsTheBestOfAll) {
  fixture::Random random(5);
  for (int round = 0; round < 400; ++round) {
    PairCosts costs;
    const int measurements = random.below(6), trackers = random.below(6);
    for (int m = 0; m < measurements; ++m) {
      for (int t = 0; t < trackers; ++t) costs[m][t] = random.below(3) == 0 ? kNoPair : random.below(100);
    }
    int trackerOf[kMaxMeasurements];
    assignOptimally(costs, measurements, trackers, trackerOf);
    int pairs = 0, bestPairs = 0;
    double sum = 0, bestSum = 0;
    unsigned used = 0;
    for (int m = 0; m < measurements; ++m) {
      if (trackerOf[m] < 0) continue;
      EXPECT(costs[m][trackerOf[m]] != kNoPair);
      EXPECT((used >> trackerOf[m] & 1) == 0);
      used |= 1u << trackerOf[m];
      sum += costs[m][trackerOf[m]];
      ++pairs;
    }
    tryAll(costs, 0, measurements, trackers, 0, 0, 0, bestPairs, bestSum);
    EXPECT(pairs == bestPairs);
    EXPECT_NEAR(sum, bestSum, 1e-6);
  }
}

CASE(theNearestTrackerWins) {
  PairCosts costs = {{4, 2, 2}, {kNoPair, kNoPair, kNoPair}, {1, 2, 3}};
  int trackerOf[3];
  assignNearest(costs, 3, 3, trackerOf);
  EXPECT(trackerOf[0] == 1 && trackerOf[1] == -1 && trackerOf[2] == 0);
}

namespace {

ClusterDescription clusterAt(float x, float y, float speed) { return {3, x, y, 0.5f, 0.5f, speed, 0, 0, 0}; }

void advanceOver(Tracker& tracker, const RadarParam& param, std::vector<ClusterDescription> clusters) {
  advanceTracks(tracker, param, {static_cast<int>(clusters.size()), nullptr, clusters.data()});
}

}  // namespace

CASE(trackersLiveByTheirCounts) {
  RadarParam param = fixture::raddetParam();
  Tracker tracker;
  resetTracker(tracker, rulesOf(RADARX_COMPATIBLE, 256));
  advanceOver(tracker, param, {clusterAt(10, 0, 0)});
  EXPECT(tracker.count == 1 && !tracker.tracks[0].isActive);
  advanceOver(tracker, param, {clusterAt(10, 0, 0)});
  EXPECT(!tracker.tracks[0].isActive);
  advanceOver(tracker, param, {clusterAt(10, 0, 0)});
  EXPECT(tracker.tracks[0].isActive && tracker.tracks[0].id == 1);
  const Track before = tracker.tracks[0];
  advanceOver(tracker, param, {});
  EXPECT(tracker.count == 1);
  EXPECT(tracker.tracks[0].filter.state[2] == before.filter.state[2]);
  advanceOver(tracker, param, {});
  EXPECT(tracker.count == 0);
}

CASE(thereAreNeverMoreThan64Trackers) {
  RadarParam param = fixture::raddetParam();
  param.ft = 100;
  Tracker tracker;
  resetTracker(tracker, rulesOf(RADARX_CORRECT, 256));
  for (int frame = 0; frame < 8; ++frame) {
    std::vector<ClusterDescription> clusters;
    for (int i = 0; i < 40; ++i) clusters.push_back(clusterAt(100.0f * (frame * 40 + i + 1), 0, 0));
    advanceOver(tracker, param, clusters);
    EXPECT(tracker.count <= kMaxTrackers);
  }
  EXPECT(tracker.count == kMaxTrackers);
}

CASE(atMost16TrackersExpireInAFrame) {
  RadarParam param = fixture::raddetParam();
  Tracker tracker;
  resetTracker(tracker, rulesOf(RADARX_COMPATIBLE, 256));
  std::vector<ClusterDescription> clusters;
  for (int i = 0; i < 24; ++i) clusters.push_back(clusterAt(100.0f * (i + 1), 0, 0));
  advanceOver(tracker, param, clusters);
  EXPECT(tracker.count == 24);
  advanceOver(tracker, param, {});
  EXPECT(tracker.count == 24);
  advanceOver(tracker, param, {});
  EXPECT(tracker.count == 8);
  advanceOver(tracker, param, {});
  EXPECT(tracker.count == 0);
}

/** The state of a track that met so many clusters side by side. */
std::vector<double> stateAfter(int clusterCount) {
  const RadarParam param = fixture::raddetParam();
  Tracker tracker;
  resetTracker(tracker, rulesOf(RADARX_COMPATIBLE, 256));
  advanceOver(tracker, param, {clusterAt(10, 0, 0)});
  std::vector<ClusterDescription> clusters;
  for (int i = 0; i < clusterCount; ++i) clusters.push_back(clusterAt(10, 0.1f * i, 0));
  advanceOver(tracker, param, clusters);
  EXPECT(tracker.count == 1);
  const auto& state = tracker.tracks[0].filter.state;
  return {state[0], state[1], state[2], state[3]};
}

CASE(aTrackerTakesSixClusters) {
  EXPECT(stateAfter(5) != stateAfter(6));
  EXPECT(stateAfter(6) == stateAfter(7));
  EXPECT(stateAfter(6) == stateAfter(9));
  const RadarParam param = fixture::raddetParam();
  Tracker tracker;
  resetTracker(tracker, rulesOf(RADARX_CORRECT, 256));
  advanceOver(tracker, param, {clusterAt(10, 0, 0)});
  advanceOver(tracker, param, std::vector<ClusterDescription>(9, clusterAt(10, 0, 0)));
  EXPECT(tracker.count == 9);
}

int main() { return check::runAll(); }
