#ifndef RADAR_PEAK_GROUPING_H
#define RADAR_PEAK_GROUPING_H

#include "cfar.h"

namespace radar {

/** Fewer hits than this are all kept. */
constexpr int kGroupingThreshold = 200;

/**
 * Writes the indices of the hits that stay into kept: all, or the strict maxima among their four neighbours.
 * @param snrMap [dopplerBins][stride], overwritten
 * @returns their number
 */
int groupPeaks(const Cfar& cfar, const MapView& map, double* snrMap, int* kept);

}  // namespace radar

#endif
