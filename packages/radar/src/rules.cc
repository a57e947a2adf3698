#include "rules.h"

namespace radar {

Rules rulesOf(RadarxProfile profile, int samples) {
  const bool correct = profile == RADARX_CORRECT;
  Rules rules;
  rules.honoursWindows = correct;
  rules.hasPlainCfarWindows = correct;
  rules.hasTrueProbabilities = correct;
  rules.mixesCfarKinds = correct;
  rules.testsBothAxes = correct;
  rules.mirrorBins = correct ? samples : 256;
  rules.compensatesTransmitters = correct;
  rules.assignsOptimally = correct;
  return rules;
}

}  // namespace radar
