#ifndef RADAR_UNITS_H
#define RADAR_UNITS_H

#include "libradar.h"

namespace radar {

/** What one range index and one Doppler bin are worth. */
struct Units {
  double rangeStepM;
  double speedStepMps;
};

Units unitsOf(const RadarParam& param);

}  // namespace radar

#endif
