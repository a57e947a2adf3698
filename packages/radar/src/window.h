#ifndef RADAR_WINDOW_H
#define RADAR_WINDOW_H

#include "libradar_extra.h"

namespace radar {

/** Fills a symmetric window of this length, at least 2; its largest value is 1. */
void fillWindow(RadarxWindow kind, float* window, int length);

}  // namespace radar

#endif
