#ifndef RADAR_TRACKER_H
#define RADAR_TRACKER_H

#include "assignment.h"
#include "kalman.h"
#include "libradar.h"
#include "rules.h"

namespace radar {

struct Track {
  Kalman filter;
  double halfX;
  double halfY;
  long long hits;
  long long misses;
  bool isActive;
  /** 0 until active */
  int id;
};

/** The list of trackers, in the order in which they began. */
struct Tracker {
  Rules rules;
  Track tracks[kMaxTrackers];
  int count;
  int nextId;
};

void resetTracker(Tracker& tracker, const Rules& rules);

/** Advances all tracks by one frame. The clusters must be finite. */
void advanceTracks(Tracker& tracker, const RadarParam& param, const ClusterResult& clusters);

}  // namespace radar

#endif
