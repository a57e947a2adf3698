#ifndef RADAR_CFAR_AXIS_H
#define RADAR_CFAR_AXIS_H

#include "arena.h"
#include "rules.h"

namespace radar {

/** The training cells of one cell under test, and how it is tested. A side without cells has count 0. */
struct CfarCell {
  int leftFrom;
  int leftCount;
  int rightFrom;
  int rightCount;
  /** The estimate is multiplied by this; `compatible` halves it at the edges. */
  double noiseScale;
  double factor;

  int count() const { return leftCount + rightCount; }
};

/** CFAR along one axis of the map: what each cell is compared with. */
struct CfarAxis {
  RadarxCfar kind;
  int length;
  /** Cells below firstMiddle and from firstLast on are edges: their window has one side. */
  int firstMiddle;
  int firstLast;
  double middleFactor;
  double edgeFactor;
  /** A probability of 1: every cell passes. */
  bool passesAll;
  const CfarCell* cells;
};

struct CfarAxisConfig {
  RadarxCfar kind;
  double pfa;
  int guard;
  int training;
  int length;
  /** `compatible` compares the last edge of the range axis with twice the mean of the noise. */
  bool isRange;
  int antennas;
  const float* window;
};

/** Fills an axis, its cells in the arena. */
void planCfarAxis(CfarAxis& axis, const CfarAxisConfig& config, const Rules& rules, Arena& arena);

}  // namespace radar

#endif
