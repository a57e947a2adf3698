#ifndef RADAR_KALMAN_H
#define RADAR_KALMAN_H

namespace radar {

/** What a cluster tells about its object, and how the tracker sees itself: range in m, azimuth in rad, range rate in m/s. */
struct Polar {
  double range;
  double azimuth;
  double rangeRate;
};

/** Extended Kalman filter with constant velocity: state x, y in m, vx, vy in m/s. */
struct Kalman {
  double state[4];
  double covariance[4][4];
};

/** A new filter at a measurement: its tangential speed is unknown. */
Kalman beginKalman(const Polar& measurement, double x, double y, double variance);

void predict(Kalman& filter, double seconds);

Polar polarOf(const Kalman& filter);

/** variance: m^2 along and across, (m/s)^2 of the range rate. innovation: measurement - polarOf(filter). */
void update(Kalman& filter, const Polar& innovation, double variance);

}  // namespace radar

#endif
