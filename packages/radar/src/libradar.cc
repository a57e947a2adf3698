#include "libradar.h"

#include <cmath>
#include <initializer_list>
#include <cstdint>
#include <cstring>

#include "check_param.h"
#include "handle.h"
#include "libradar_extra.h"

using radar::Claim;

namespace {

const char* dimensionAtFault(const RadarCube& cube, const RadarParam& param, int* is, int* wanted) {
  const struct {
    const char* name;
    int is;
    int wanted;
  } fields[] = {{"rn", cube.rn, param.rn}, {"tn", cube.tn, param.tn}, {"sn", cube.sn, param.sn}, {"cn", cube.cn, param.cn}};
  for (const auto& field : fields) {
    if (field.is == field.wanted) continue;
    *is = field.is;
    *wanted = field.wanted;
    return field.name;
  }
  return nullptr;
}

/** The first point that is not finite, or -1. */
int pointAtFault(const RadarPointClouds& points) {
  for (int i = 0; i < points.len; ++i) {
    const float sum = points.range[i] + points.speed[i] + points.angle[i] + points.snr[i];
    if (!std::isfinite(sum)) return i;
  }
  return -1;
}

/** The first cluster whose numbers tracking cannot use, or -1. */
int clusterAtFault(const ClusterResult& clusters) {
  constexpr float largest = 1e9f;
  for (int i = 0; i < clusters.n; ++i) {
    const ClusterDescription& c = clusters.cd[i];
    for (const float value : {c.cx, c.cy, c.rx, c.ry, c.av}) {
      if (!(std::fabs(value) <= largest)) return i;
    }
    if (c.n < 1) return i;
  }
  return -1;
}

TrackingDescription describeTrack(const radar::Track& track) {
  TrackingDescription description = {};
  if (!track.isActive) return description;
  description.tid = track.id;
  for (int i = 0; i < 4; ++i) description.sHat[i] = static_cast<float>(track.filter.state[i]);
  description.rx = static_cast<float>(track.halfX);
  description.ry = static_cast<float>(track.halfY);
  return description;
}

}  // namespace

RadarErrorCode radarGetMemSize(RadarParam* rp, unsigned long* sz) { return radarxGetMemSize(rp, nullptr, sz); }

RadarErrorCode radarInitHandle(RadarHandle** h, RadarParam* rp, void* buf, unsigned long sz) {
  return radarxInitHandle(h, rp, nullptr, buf, sz);
}

RadarErrorCode radarDetection(RadarHandle* h, RadarCube* c, RadarPointClouds* r) {
  if (c == nullptr || r == nullptr || c->mat == nullptr) return R_NULLPTR;
  const Claim claim(h);
  if (claim.code() != R_SUCCESS) return claim.code();
  int is = 0, wanted = 0;
  if (const char* field = dimensionAtFault(*c, h->param, &is, &wanted)) {
    return claim.refuse(R_BADCUBE, "cube: %s is %d, and the configuration says %d", field, is, wanted);
  }
  const radar::CubeFault fault = detect(h->detector, h->param, c->mat);
  *r = h->detector.points;
  if (fault == radar::CubeFault::kNotFinite) {
    return claim.refuse(R_BADCUBE, "cube: mat holds a sample that is not a finite number");
  }
  if (fault == radar::CubeFault::kTooLarge) {
    return claim.refuse(R_BADCUBE, "cube: mat holds samples too large for the range-Doppler map");
  }
  return R_SUCCESS;
}

RadarErrorCode radarClustering(RadarHandle* h, RadarPointClouds* rr, ClusterResult* cc) {
  if (rr == nullptr || cc == nullptr) return R_NULLPTR;
  const Claim claim(h);
  if (claim.code() != R_SUCCESS) return claim.code();
  if (rr->len < 0 || rr->len > h->param.mp) {
    return claim.refuse(R_BADINPUT, "points: len is %d, and must be from 0 to maxPoints, %d", rr->len, h->param.mp);
  }
  const bool hasArrays = rr->range != nullptr && rr->speed != nullptr && rr->angle != nullptr && rr->snr != nullptr;
  if (rr->len > 0 && !hasArrays) return R_NULLPTR;
  if (const int point = pointAtFault(*rr); point >= 0) {
    return claim.refuse(R_BADINPUT, "points: range, speed, angle or snr of point %d is not a finite number", point);
  }
  findClusters(h->clusterer, h->param, *rr);
  *cc = {h->clusterer.clusterCount, h->clusterer.indices, h->clusterer.clusters};
  return R_SUCCESS;
}

RadarErrorCode radarTracking(RadarHandle* h, ClusterResult* cr, TrackingResult* tr) {
  if (cr == nullptr || tr == nullptr) return R_NULLPTR;
  const Claim claim(h);
  if (claim.code() != R_SUCCESS) return claim.code();
  if (cr->n < 0 || cr->n > h->param.mc) {
    return claim.refuse(R_BADINPUT, "clusters: n is %d, and must be from 0 to maxClusters, %d", cr->n, h->param.mc);
  }
  if (tr->maxLen < 0) return claim.refuse(R_BADINPUT, "tracks: maxLen is %d, and must not be negative", tr->maxLen);
  if ((cr->n > 0 && cr->cd == nullptr) || (tr->maxLen > 0 && tr->td == nullptr)) return R_NULLPTR;
  if (const int cluster = clusterAtFault(*cr); cluster >= 0) {
    return claim.refuse(R_BADINPUT, "clusters: n, cx, cy, rx, ry or av of cluster %d is out of range", cluster);
  }
  advanceTracks(h->tracker, h->param, *cr);
  tr->len = h->tracker.count < tr->maxLen ? h->tracker.count : tr->maxLen;
  for (int i = 0; i < tr->len; ++i) tr->td[i] = describeTrack(h->tracker.tracks[i]);
  return R_SUCCESS;
}

RadarErrorCode radarDestroyHandle(RadarHandle* h) {
  const Claim claim(h);
  if (claim.code() != R_SUCCESS) return claim.code();
  h->magic = radar::kDestroyedHandle;
  return R_SUCCESS;
}
