#include "libradar_extra.h"

#include <cstdint>
#include <cstring>

#include "check_param.h"
#include "handle.h"

namespace {

RadarxOptions optionsOf(const RadarxOptions* options) {
  return options == nullptr ? radarxDefaultOptions() : *options;
}

bool isAlive(const RadarHandle* h) { return h->magic == radar::kLivingHandle; }

}  // namespace

RadarxOptions radarxDefaultOptions(void) {
  return {RADARX_COMPATIBLE, RADARX_HANN, RADARX_HANN, RADARX_CA, RADARX_CA, RADARX_ANTENNA_CHIRP_SAMPLE};
}

RadarErrorCode radarxCheckParam(const RadarParam* rp, const RadarxOptions* options, char* why, unsigned long whySize) {
  if (rp == nullptr) return R_NULLPTR;
  return radar::checkParam(*rp, optionsOf(options), why, whySize) ? R_SUCCESS : R_BADPARAM;
}

RadarErrorCode radarxGetMemSize(const RadarParam* rp, const RadarxOptions* options, unsigned long* sz) {
  if (rp == nullptr || sz == nullptr) return R_NULLPTR;
  if (!radar::checkParam(*rp, optionsOf(options), nullptr, 0)) return R_BADPARAM;
  *sz = radar::handleSize(*rp, optionsOf(options));
  return R_SUCCESS;
}

RadarErrorCode radarxInitHandle(RadarHandle** h, const RadarParam* rp, const RadarxOptions* options, void* buf,
                                unsigned long sz) {
  if (h == nullptr || rp == nullptr || buf == nullptr) return R_NULLPTR;
  *h = nullptr;
  if (!radar::checkParam(*rp, optionsOf(options), nullptr, 0)) return R_BADPARAM;
  if (reinterpret_cast<std::uintptr_t>(buf) % radar::Arena::kAlignment != 0) return R_MISALIGNED;
  if (sz < radar::handleSize(*rp, optionsOf(options))) return R_OVERFLOW;
  *h = radar::buildHandle(*rp, optionsOf(options), buf);
  return R_SUCCESS;
}

const char* radarxWhy(const RadarHandle* h, RadarErrorCode code) {
  switch (code) {
    case R_SUCCESS: return "no error";
    case R_NULLPTR: return "a pointer that must be set is NULL";
    case R_OVERFLOW: return "the buffer is smaller than the size that radarGetMemSize reports";
    case R_BADPARAM: return "a field of the configuration is out of its range: radarxCheckParam names it";
    case R_MISALIGNED: return "the buffer is not aligned to 64 bytes";
    case R_BADHANDLE: return "the handle was destroyed, or never initialised";
    case R_BUSY: return "another call on this handle has not returned yet";
    case R_BADCUBE:
    case R_BADINPUT: break;
  }
  return h != nullptr && isAlive(h) ? h->why : "the input was refused";
}

RadarErrorCode radarxCopyMap(const RadarHandle* h, float* map, unsigned long count) {
  if (h == nullptr || map == nullptr) return R_NULLPTR;
  if (!isAlive(h)) return R_BADHANDLE;
  const radar::MapView view = h->detector.spectrum.view();
  if (count != static_cast<unsigned long>(view.rangeBins) * view.dopplerBins) return R_OVERFLOW;
  for (int bin = 0; bin < view.rangeBins; ++bin) {
    for (int d = 0; d < view.dopplerBins; ++d) *map++ = view.column(d)[bin];
  }
  return R_SUCCESS;
}

RadarErrorCode radarxHits(const RadarHandle* h, const RadarxHit** hits, int* count) {
  if (h == nullptr || hits == nullptr || count == nullptr) return R_NULLPTR;
  if (!isAlive(h)) return R_BADHANDLE;
  *hits = h->detector.cfar.hits;
  *count = h->detector.cfar.hitCount;
  return R_SUCCESS;
}

RadarErrorCode radarxLabels(const RadarHandle* h, const int** labels, int* count) {
  if (h == nullptr || labels == nullptr || count == nullptr) return R_NULLPTR;
  if (!isAlive(h)) return R_BADHANDLE;
  *labels = h->clusterer.labels;
  *count = h->clusterer.labelCount;
  return R_SUCCESS;
}

RadarErrorCode radarxDroppedPoints(const RadarHandle* h, int* count) {
  if (h == nullptr || count == nullptr) return R_NULLPTR;
  if (!isAlive(h)) return R_BADHANDLE;
  *count = h->detector.droppedPoints;
  return R_SUCCESS;
}

RadarErrorCode radarxFactors(const RadarHandle* h, RadarxFactors* factors) {
  if (h == nullptr || factors == nullptr) return R_NULLPTR;
  if (!isAlive(h)) return R_BADHANDLE;
  const radar::Cfar& cfar = h->detector.cfar;
  *factors = {cfar.doppler.middleFactor, cfar.doppler.edgeFactor, cfar.range.middleFactor, cfar.range.edgeFactor};
  return R_SUCCESS;
}

RadarErrorCode radarxSteps(const RadarHandle* h, double* rangeStepM, double* speedStepMps) {
  if (h == nullptr || rangeStepM == nullptr || speedStepMps == nullptr) return R_NULLPTR;
  if (!isAlive(h)) return R_BADHANDLE;
  *rangeStepM = h->detector.units.rangeStepM;
  *speedStepMps = h->detector.units.speedStepMps;
  return R_SUCCESS;
}

RadarErrorCode radarxResetTracking(RadarHandle* h) {
  const radar::Claim claim(h);
  if (claim.code() != R_SUCCESS) return claim.code();
  resetTracker(h->tracker, h->detector.rules);
  return R_SUCCESS;
}

const char* radarxInstructionSet(void) { return radar::chooseKernels().name; }

void radarxLimitInstructionSet(const char* name) { radar::limitKernels(name); }
