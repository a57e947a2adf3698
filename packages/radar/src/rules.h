#ifndef RADAR_RULES_H
#define RADAR_RULES_H

#include "libradar_extra.h"

namespace radar {

/**
 * All that sets the two profiles apart; docs/radar.md says what each means. The steps ask these, never the profile.
 */
struct Rules {
  /** Else Hann on both axes. */
  bool honoursWindows;
  /** Training cells exclude the guards exactly, edges are not halved. */
  bool hasPlainCfarWindows;
  /** pfa is a probability, else a factor. */
  bool hasTrueProbabilities;
  /** SO and GO exist, and the kinds of the two axes are independent. */
  bool mixesCfarKinds;
  /** A hit passes on both axes; else on the range axis, in a column that has a Doppler hit. */
  bool testsBothAxes;
  /** rangeIndex = mirrorBins - bin */
  int mirrorBins;
  /** The transmitters' turns during a frame are undone before the angle. */
  bool compensatesTransmitters;
  /** One to one, else each cluster takes its nearest tracker. */
  bool assignsOptimally;
};

Rules rulesOf(RadarxProfile profile, int samples);

}  // namespace radar

#endif
