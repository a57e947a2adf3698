#include "check_param.h"

#include <cmath>
#include <cstdio>

#include "rules.h"

namespace radar {
namespace {

constexpr int kMaxAntennas = 256;
constexpr int kMaxAxis = 4096;
constexpr long long kMaxElements = 1LL << 26;
constexpr int kMaxPoints = 65535;
constexpr int kMaxClusters = 4096;
constexpr int kMaxCount = 1 << 30;
/** Below this the threshold's integral is no longer exact. */
constexpr double kLeastProbability = 1e-9;

/** Collects the first complaint. The names are those of the configuration JSON. */
class Checker {
 public:
  Checker(char* why, unsigned long size) : why_(why), size_(size) {
    if (why_ != nullptr && size_ > 0) why_[0] = '\0';
  }

  void whole(const char* field, long long value, long long least, long long most) {
    if (value < least || value > most) {
      refuse("%s must be a whole number from %lld to %lld, and is %lld", field, least, most, value);
    }
  }

  void positive(const char* field, double value) {
    if (!(std::isfinite(value) && value > 0)) refuse("%s must be a number above 0, and is %g", field, value);
  }

  void between(const char* field, double value, double least, double most) {
    if (!(value >= least && value <= most)) {
      refuse("%s must be a number from %g to %g, and is %g", field, least, most, value);
    }
  }

  template <typename... Values>
  void refuse(const char* form, Values... values) {
    if (failed_) return;
    failed_ = true;
    if (why_ != nullptr && size_ > 0) std::snprintf(why_, size_, form, values...);
  }

  bool failed() const { return failed_; }

 private:
  char* why_;
  unsigned long size_;
  bool failed_ = false;
};

void checkBasic(const RadarParam& p, Checker& check) {
  check.whole("numRx", p.rn, 1, kMaxAntennas);
  check.whole("numTx", p.tn, 1, kMaxAntennas);
  check.whole("numRx * numTx", static_cast<long long>(p.rn) * p.tn, 1, kMaxAntennas);
  check.whole("adcSamples", p.sn, 4, kMaxAxis);
  check.whole("numChirps", p.cn, 4, kMaxAxis);
  if (!check.failed()) {
    const long long elements = static_cast<long long>(p.rn) * p.tn * p.sn * p.cn;
    check.whole("numRx * numTx * adcSamples * numChirps", elements, 1, kMaxElements);
  }
  check.positive("Start_frequency", p.startFreq);
  check.between("idle", p.idle, 0, 1e9);
  check.between("rampEndTime", p.rampEndTime, 0, 1e9);
  check.positive("idle + rampEndTime", p.idle + p.rampEndTime);
  check.positive("freqSlopeConst", p.freqSlopeConst);
  check.positive("adcSampleRate", p.adcSampleRate);
}

struct AxisFields {
  const char* method;
  const char* pfa;
  const char* guard;
  const char* training;
  const char* lengthName;
};

void checkAxis(const AxisFields& fields, int method, double pfa, int guard, int training, int length,
               const Rules& rules, Checker& check) {
  check.whole(fields.method, method, RADARX_CA, RADARX_OS);
  if (rules.hasTrueProbabilities) {
    check.between(fields.pfa, pfa, kLeastProbability, 1);
  } else {
    check.positive(fields.pfa, pfa);
  }
  check.whole(fields.guard, guard, 0, kMaxAxis);
  check.whole(fields.training, training, 2, kMaxAxis);
  if (!check.failed() && 2 * (guard + training) > length) {
    check.refuse("%s + %s is %d: the windows on both sides are larger than the map, whose %s is %d", fields.guard,
                 fields.training, guard + training, fields.lengthName, length);
  }
}

void checkDetection(const RadarParam& p, const RadarxOptions& options, Checker& check) {
  const Rules rules = rulesOf(options.profile, p.sn);
  check.whole("profile", options.profile, RADARX_COMPATIBLE, RADARX_CORRECT);
  check.whole("layout", options.layout, RADARX_ANTENNA_CHIRP_SAMPLE, RADARX_CHIRP_ANTENNA_SAMPLE);
  check.whole("RangeWinType", options.rangeWindow, RADARX_HANN, RADARX_CHEBYSHEV);
  check.whole("DopplerWinType", options.dopplerWindow, RADARX_HANN, RADARX_CHEBYSHEV);
  check.whole("AoaEstimationType", static_cast<int>(p.doaType) + 1LL, 1, 4);
  checkAxis({"DopplerCfarMethod", "DopplerPfa", "DopplerWinGuardLen", "DopplerWinTrainLen", "numChirps"},
            options.dopplerCfar, p.dFAR, p.dGWL, p.dTWL, p.cn, rules, check);
  checkAxis({"RangeCfarMethod", "RangePfa", "RangeWinGuardLen", "RangeWinTrainLen", "adcSamples"},
            options.rangeCfar, p.rFAR, p.rGWL, p.rTWL, p.sn, rules, check);
}

void checkClustering(const RadarParam& p, Checker& check) {
  check.positive("eps", p.eps);
  check.between("weight", p.weight, 0, 1e9);
  check.whole("minPointsInCluster", p.mpc, 1, kMaxCount);
  check.whole("maxClusters", p.mc, 1, kMaxClusters);
  check.whole("maxPoints", p.mp, 1, kMaxPoints);
}

void checkTracking(const RadarParam& p, Checker& check) {
  check.positive("trackerAssociationThreshold", p.tat);
  check.positive("measurementNoiseVariance", p.mnv);
  check.positive("timePerFrame", p.tpf);
  check.between("iirForgetFactor", p.iff, 0, 1);
  check.whole("trackerActiveThreshold", p.at, 0, kMaxCount);
  check.whole("trackerForgetThreshold", p.ft, 0, kMaxCount);
}

}  // namespace

bool checkParam(const RadarParam& param, const RadarxOptions& options, char* why, unsigned long whySize) {
  Checker check(why, whySize);
  checkBasic(param, check);
  checkDetection(param, options, check);
  checkClustering(param, check);
  checkTracking(param, check);
  return !check.failed();
}

}  // namespace radar
