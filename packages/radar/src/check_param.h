#ifndef RADAR_CHECK_PARAM_H
#define RADAR_CHECK_PARAM_H

#include "libradar_extra.h"

namespace radar {

/** Writes a sentence that names the field at fault. @returns false when there is one; why may be null */
bool checkParam(const RadarParam& param, const RadarxOptions& options, char* why, unsigned long whySize);

}  // namespace radar

#endif
