#ifndef RADAR_DETECTOR_H
#define RADAR_DETECTOR_H

#include "angle.h"
#include "cfar.h"
#include "spectrum.h"
#include "units.h"

namespace radar {

enum class CubeFault { kNone, kNotFinite, kTooLarge };

/** From the cube to the points of a frame. */
struct Detector {
  Spectrum spectrum;
  Cfar cfar;
  AngleSearch angles;
  Units units;
  Rules rules;
  /** for peak grouping: [dopplerBins][stride] */
  double* snrMap;
  /** for peak grouping: the hits that stay */
  int* kept;
  float* snapshot[2];
  /** The points; the arrays are the detector's own. */
  RadarPointClouds points;
  int droppedPoints;
};

void planDetector(Detector& detector, const RadarParam& param, const RadarxOptions& options, Arena& arena);

/** Groups the hits, and makes points of those that stay. */
void choosePoints(Detector& detector, const RadarParam& param);

CubeFault detect(Detector& detector, const RadarParam& param, const cfloat* cube);

}  // namespace radar

#endif
