#include "detector.h"

#include <algorithm>

#include "peak_grouping.h"

namespace radar {
namespace {

void planScratch(CfarScratch& scratch, const MapView& map, Arena& arena) {
  const std::size_t cells = map.stride * map.dopplerBins;
  scratch.dopplerSums = arena.take<double>(static_cast<std::size_t>(map.dopplerBins + 1) * kSumColumns);
  scratch.noise = arena.take<double>(map.stride);
  scratch.leftNoise = arena.take<double>(map.stride);
  scratch.counts = arena.take<std::int32_t>(map.stride);
  scratch.fires = arena.take<std::uint8_t>(cells);
  scratch.rangeSums = arena.take<double>(map.rangeBins + 1);
  scratch.window = arena.take<float>(std::max(map.rangeBins, map.dopplerBins));
}

void planCfar(Cfar& cfar, const RadarParam& p, const RadarxOptions& options, const Spectrum& spectrum,
              const Rules& rules, Arena& arena) {
  const int antennas = p.rn * p.tn;
  cfar.kernels = spectrum.kernels;
  cfar.rules = rules;
  planCfarAxis(cfar.doppler,
               {options.dopplerCfar, p.dFAR, p.dGWL, p.dTWL, p.cn, false, antennas, spectrum.dopplerWindow}, rules,
               arena);
  planCfarAxis(cfar.range, {options.rangeCfar, p.rFAR, p.rGWL, p.rTWL, p.sn, true, antennas, spectrum.rangeWindow},
               rules, arena);
  planScratch(cfar.scratch, spectrum.view(), arena);
  cfar.hits = arena.take<RadarxHit>(static_cast<std::size_t>(p.sn) * p.cn);
  cfar.hitCount = 0;
}

void planPoints(RadarPointClouds& points, int maxPoints, Arena& arena) {
  points.len = 0;
  points.maxLen = maxPoints;
  points.rangeIdx = arena.take<unsigned short>(maxPoints);
  points.speedIdx = arena.take<unsigned short>(maxPoints);
  points.range = arena.take<float>(maxPoints);
  points.speed = arena.take<float>(maxPoints);
  points.angle = arena.take<float>(maxPoints);
  points.snr = arena.take<float>(maxPoints);
}

float angleOf(const Detector& detector, const RadarParam& param, const RadarxHit& hit) {
  float* re = detector.snapshot[0];
  float* im = detector.snapshot[1];
  readSnapshot(detector.spectrum, hit.rangeBin, hit.dopplerBin, re, im);
  if (detector.rules.compensatesTransmitters) compensateTransmitters(re, im, param, hit.dopplerBin);
  const int direction = detector.spectrum.kernels->strongestDirection(detector.angles.table, re, im);
  return -detector.angles.degrees[direction];
}

void setPoint(Detector& detector, const RadarParam& param, const RadarxHit& hit, int i) {
  RadarPointClouds& points = detector.points;
  const int rangeIndex = detector.rules.mirrorBins - hit.rangeBin;
  points.rangeIdx[i] = static_cast<unsigned short>(rangeIndex);
  points.speedIdx[i] = static_cast<unsigned short>(hit.dopplerBin);
  points.range[i] = static_cast<float>(rangeIndex * detector.units.rangeStepM);
  points.speed[i] = static_cast<float>((hit.dopplerBin - param.cn / 2) * detector.units.speedStepMps);
  points.angle[i] = angleOf(detector, param, hit);
  points.snr[i] = static_cast<float>(hit.snr);
}

}  // namespace

void planDetector(Detector& detector, const RadarParam& param, const RadarxOptions& options, Arena& arena) {
  const int antennas = param.rn * param.tn;
  detector.rules = rulesOf(options.profile, param.sn);
  detector.units = unitsOf(param);
  planSpectrum(detector.spectrum, param, options, detector.rules, arena);
  planCfar(detector.cfar, param, options, detector.spectrum, detector.rules, arena);
  planAngleSearch(detector.angles, param.doaType, antennas, param.cn, arena);
  detector.snrMap = arena.take<double>(detector.spectrum.rowStride * param.cn);
  detector.kept = arena.take<int>(static_cast<std::size_t>(param.sn) * param.cn);
  for (float*& part : detector.snapshot) part = arena.take<float>(antennas);
  planPoints(detector.points, param.mp, arena);
  detector.droppedPoints = 0;
  if (!arena.measures()) std::fill_n(detector.spectrum.map, detector.spectrum.rowStride * param.cn, 0.0f);
}

void choosePoints(Detector& detector, const RadarParam& param) {
  const int kept = groupPeaks(detector.cfar, detector.spectrum.view(), detector.snrMap, detector.kept);
  detector.points.len = std::min(kept, param.mp);
  detector.droppedPoints = kept - detector.points.len;
  for (int i = 0; i < detector.points.len; ++i) setPoint(detector, param, detector.cfar.hits[detector.kept[i]], i);
}

CubeFault detect(Detector& detector, const RadarParam& param, const cfloat* cube) {
  detector.points.len = 0;
  detector.droppedPoints = 0;
  detector.cfar.hitCount = 0;
  if (!transformChirps(detector.spectrum, cube)) return CubeFault::kNotFinite;
  transformRangeBins(detector.spectrum);
  if (!findHits(detector.cfar, detector.spectrum.view())) return CubeFault::kTooLarge;
  choosePoints(detector, param);
  return CubeFault::kNone;
}

}  // namespace radar
