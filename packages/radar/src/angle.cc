#include "angle.h"

#include <algorithm>
#include <cmath>

namespace radar {
namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr int kScanAngles = 360;

/** Direction k, as the sine of its angle and the angle itself. */
struct Direction {
  double steps;  // turns of the phase from one antenna to the next
  double degrees;
};

Direction scanDirection(int k) {
  const double degrees = -90 + k * 0.5;
  return {std::sin(degrees * kPi / 180) / 2, degrees};
}

Direction fftDirection(int k, int length) {
  const double turns = static_cast<double>(k - length / 2) / length;
  return {turns, std::asin(2.0 * k / length - 1) * 180 / kPi};
}

}  // namespace

void planAngleSearch(AngleSearch& search, RadarDoaType method, int antennas, int chirps, Arena& arena) {
  const bool isFft = method == FFT_DOA;
  SteeringTable& table = search.table;
  table.angles = isFft ? chirps : kScanAngles;
  table.antennas = isFft ? std::min(antennas, chirps) : antennas;
  table.stride = padToLanes(table.angles);
  const std::size_t size = table.stride * table.antennas;
  float* re = arena.take<float>(size);
  float* im = arena.take<float>(size);
  float* degrees = arena.take<float>(table.angles);
  table.re = re;
  table.im = im;
  search.degrees = degrees;
  if (re == nullptr) return;
  std::fill_n(re, size, 0.0f);
  std::fill_n(im, size, 0.0f);
  for (int k = 0; k < table.angles; ++k) {
    const Direction direction = isFft ? fftDirection(k, chirps) : scanDirection(k);
    degrees[k] = static_cast<float>(direction.degrees);
    for (int antenna = 0; antenna < table.antennas; ++antenna) {
      const double phase = 2 * kPi * antenna * direction.steps;
      re[antenna * table.stride + k] = static_cast<float>(std::cos(phase));
      im[antenna * table.stride + k] = static_cast<float>(std::sin(phase));
    }
  }
}

void compensateTransmitters(float* re, float* im, const RadarParam& param, int dopplerBin) {
  const double turnsPerSlot = static_cast<double>(dopplerBin - param.cn / 2) / (static_cast<double>(param.cn) * param.tn);
  for (int transmitter = 1; transmitter < param.tn; ++transmitter) {
    const double phase = -2 * kPi * transmitter * turnsPerSlot;
    const float c = static_cast<float>(std::cos(phase));
    const float s = static_cast<float>(std::sin(phase));
    for (int antenna = transmitter * param.rn; antenna < (transmitter + 1) * param.rn; ++antenna) {
      const float a = re[antenna];
      const float b = im[antenna];
      re[antenna] = a * c - b * s;
      im[antenna] = a * s + b * c;
    }
  }
}

}  // namespace radar
