#ifndef RADAR_INCOMPLETE_GAMMA_H
#define RADAR_INCOMPLETE_GAMMA_H

namespace radar {

/** Regularised lower and upper incomplete gamma functions; they add up to 1, each exact where it is small. */
struct GammaTails {
  double lower;
  double upper;
};

GammaTails gammaTails(double shape, double x);

}  // namespace radar

#endif
