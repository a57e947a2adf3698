#ifndef RADAR_ANGLE_H
#define RADAR_ANGLE_H

#include "arena.h"
#include "kernels.h"
#include "libradar_extra.h"

namespace radar {

/** The directions that a snapshot of the antennas is compared with. */
struct AngleSearch {
  SteeringTable table;
  /** degrees, one for each direction */
  const float* degrees;
};

/**
 * Fills the table. FFT: the frequencies of a transform of length `chirps`. The others: -90 to 89.5 degrees in half degrees.
 * With one snapshot and one source DBF, CAPON and MUSIC have their maximum where the plain response has it:
 * their spectra s, 1 / (V - s / (p + load)) and 1 / (V - s / p) all rise with s, the response, at a given power p.
 */
void planAngleSearch(AngleSearch& search, RadarDoaType method, int antennas, int chirps, Arena& arena);

/** Undoes the turn of each transmitter's antennas by a moving target (time-division multiplexing). */
void compensateTransmitters(float* re, float* im, const RadarParam& param, int dopplerBin);

}  // namespace radar

#endif
