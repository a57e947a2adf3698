#ifndef RADAR_THRESHOLD_H
#define RADAR_THRESHOLD_H

#include "libradar_extra.h"

namespace radar {

/** What a threshold of the profile `correct` depends on. */
struct ThresholdCase {
  RadarxCfar kind;
  int antennas;
  /** cells of the window on one side */
  int training;
  /** false near an end, where the window has one side */
  bool hasBothSides;
  double probability;
  /** the axis' window function */
  const float* window;
  int length;
};

/** The factor on the noise estimate with which the test fires on noise with the given probability, below 1. */
double thresholdFactor(const ThresholdCase& wanted);

}  // namespace radar

#endif
