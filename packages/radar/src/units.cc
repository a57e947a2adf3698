#include "units.h"

namespace radar {

Units unitsOf(const RadarParam& param) {
  constexpr double speedOfLight = 299792458;
  const double samplingUs = param.sn / param.adcSampleRate * 1e3;
  const double bandwidthHz = param.freqSlopeConst * samplingUs * 1e6;
  const double carrierHz = param.startFreq * 1e9 + bandwidthHz / 2;
  const double chirpS = (param.rampEndTime + param.idle) * 1e-6;
  return {speedOfLight / (2 * bandwidthHz), speedOfLight / (2.0 * param.cn * param.tn * carrierHz * chirpS)};
}

}  // namespace radar
