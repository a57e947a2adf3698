/** The six functions with good and with bad arguments. */
#include <atomic>
#include <cstring>
#include <string>
#include <thread>

#include "check.h"
#include "fixture.h"

using fixture::cubeOf;
using fixture::makeHandle;
using fixture::raddetParam;

namespace {

RadarParam smallParam() {
  RadarParam p = raddetParam();
  p.sn = 32;
  p.cn = 24;
  p.rGWL = 2;
  p.rTWL = 4;
  p.mpc = 1;
  return p;
}

/** The sentence that refuses a changed configuration; empty when it is accepted. */
template <typename Change>
std::string refusal(Change change, RadarxProfile profile = RADARX_COMPATIBLE) {
  RadarParam param = raddetParam();
  RadarxOptions options = radarxDefaultOptions();
  options.profile = profile;
  if (profile == RADARX_CORRECT) param.dFAR = param.rFAR = 1e-3f;
  change(param, options);
  char why[192] = "?";
  const RadarErrorCode code = radarxCheckParam(&param, &options, why, sizeof why);
  unsigned long size = 7;
  EXPECT(radarxGetMemSize(&param, &options, &size) == code);
  EXPECT((code == R_SUCCESS) == (size != 7));
  EXPECT((code == R_BADPARAM) == (why[0] != '\0'));
  return why;
}

bool startsWith(const std::string& text, const char* start) { return text.rfind(start, 0) == 0; }

}  // namespace

CASE(goodConfigurationsAreAccepted) {
  EXPECT(refusal([](RadarParam&, RadarxOptions&) {}).empty());
  EXPECT(refusal([](RadarParam&, RadarxOptions&) {}, RADARX_CORRECT).empty());
  EXPECT(refusal([](RadarParam& p, RadarxOptions&) { p.sn = 251; }).empty());
  EXPECT(refusal([](RadarParam& p, RadarxOptions&) { p.cn = 24; }).empty());
}

CASE(aRefusalNamesTheField) {
  EXPECT(startsWith(refusal([](RadarParam& p, RadarxOptions&) { p.rn = 0; }), "numRx must be"));
  EXPECT(startsWith(refusal([](RadarParam& p, RadarxOptions&) { p.tn = -1; }), "numTx must be"));
  EXPECT(startsWith(refusal([](RadarParam& p, RadarxOptions&) { p.rn = p.tn = 256; }), "numRx * numTx must be"));
  EXPECT(startsWith(refusal([](RadarParam& p, RadarxOptions&) { p.sn = 2147483647; }), "adcSamples must be"));
  EXPECT(startsWith(refusal([](RadarParam& p, RadarxOptions&) { p.cn = 0; }), "numChirps must be"));
  EXPECT(startsWith(refusal([](RadarParam& p, RadarxOptions&) { p.startFreq = NAN; }), "Start_frequency must be"));
  EXPECT(startsWith(refusal([](RadarParam& p, RadarxOptions&) { p.freqSlopeConst = 0; }), "freqSlopeConst must be"));
  EXPECT(startsWith(refusal([](RadarParam& p, RadarxOptions&) { p.idle = p.rampEndTime = 0; }), "idle + rampEndTime must be"));
  EXPECT(startsWith(refusal([](RadarParam& p, RadarxOptions&) { p.dFAR = 0; }), "DopplerPfa must be"));
  EXPECT(startsWith(refusal([](RadarParam& p, RadarxOptions&) { p.rFAR = 3; }, RADARX_CORRECT), "RangePfa must be"));
  EXPECT(startsWith(refusal([](RadarParam& p, RadarxOptions&) { p.dTWL = 1; }), "DopplerWinTrainLen must be"));
  EXPECT(startsWith(refusal([](RadarParam& p, RadarxOptions&) { p.dTWL = 60; }), "DopplerWinGuardLen + DopplerWinTrainLen is 64"));
  EXPECT(startsWith(refusal([](RadarParam& p, RadarxOptions&) { p.rGWL = 200; }), "RangeWinGuardLen + RangeWinTrainLen is 210"));
  EXPECT(startsWith(refusal([](RadarParam& p, RadarxOptions&) { p.doaType = MAXLEN_DOA; }), "AoaEstimationType must be"));
  EXPECT(startsWith(refusal([](RadarParam& p, RadarxOptions&) { p.eps = -1; }), "eps must be"));
  EXPECT(startsWith(refusal([](RadarParam& p, RadarxOptions&) { p.mp = 0; }), "maxPoints must be"));
  EXPECT(startsWith(refusal([](RadarParam& p, RadarxOptions&) { p.mc = 0; }), "maxClusters must be"));
  EXPECT(startsWith(refusal([](RadarParam& p, RadarxOptions&) { p.iff = 1.5f; }), "iirForgetFactor must be"));
  EXPECT(startsWith(refusal([](RadarParam& p, RadarxOptions&) { p.tpf = 0; }), "timePerFrame must be"));
  EXPECT(startsWith(refusal([](RadarParam&, RadarxOptions& o) { o.rangeCfar = static_cast<RadarxCfar>(5); }), "RangeCfarMethod must be"));
  EXPECT(startsWith(refusal([](RadarParam&, RadarxOptions& o) { o.dopplerWindow = static_cast<RadarxWindow>(0); }), "DopplerWinType must be"));
}

CASE(nullPointersAreRefused) {
  RadarParam param = smallParam();
  unsigned long size = 0;
  EXPECT(radarGetMemSize(nullptr, &size) == R_NULLPTR);
  EXPECT(radarGetMemSize(&param, nullptr) == R_NULLPTR);
  EXPECT(radarGetMemSize(&param, &size) == R_SUCCESS);
  const fixture::Buffer buffer = fixture::alignedBuffer(size);
  RadarHandle* handle = nullptr;
  EXPECT(radarInitHandle(nullptr, &param, buffer.get(), size) == R_NULLPTR);
  EXPECT(radarInitHandle(&handle, nullptr, buffer.get(), size) == R_NULLPTR);
  EXPECT(radarInitHandle(&handle, &param, nullptr, size) == R_NULLPTR);
  EXPECT(radarInitHandle(&handle, &param, buffer.get(), size) == R_SUCCESS);
  RadarPointClouds points = {};
  ClusterResult clusters = {};
  TrackingResult tracks = {};
  RadarCube cube = {param.rn, param.tn, param.sn, param.cn, nullptr};
  EXPECT(radarDetection(handle, &cube, &points) == R_NULLPTR);
  EXPECT(radarDetection(handle, nullptr, &points) == R_NULLPTR);
  EXPECT(radarClustering(handle, nullptr, &clusters) == R_NULLPTR);
  EXPECT(radarClustering(handle, &points, nullptr) == R_NULLPTR);
  points.len = 1;
  EXPECT(radarClustering(handle, &points, &clusters) == R_NULLPTR);
  EXPECT(radarTracking(handle, nullptr, &tracks) == R_NULLPTR);
  EXPECT(radarTracking(handle, &clusters, nullptr) == R_NULLPTR);
  tracks.maxLen = 1;
  EXPECT(radarTracking(handle, &clusters, &tracks) == R_NULLPTR);
  EXPECT(radarDetection(nullptr, &cube, &points) == R_NULLPTR);
  EXPECT(radarDestroyHandle(nullptr) == R_NULLPTR);
}

CASE(theBufferMustBeLargeEnoughAndAligned) {
  RadarParam param = smallParam();
  unsigned long size = 0;
  EXPECT(radarGetMemSize(&param, &size) == R_SUCCESS);
  const fixture::Buffer buffer = fixture::alignedBuffer(size + 64);
  RadarHandle* handle = nullptr;
  EXPECT(radarInitHandle(&handle, &param, buffer.get(), size - 1) == R_OVERFLOW);
  EXPECT(radarInitHandle(&handle, &param, static_cast<char*>(buffer.get()) + 4, size) == R_MISALIGNED);
  EXPECT(handle == nullptr);
}

CASE(theCubeMustFitAndBeFinite) {
  const RadarParam param = smallParam();
  const fixture::Handle made = makeHandle(param);
  fixture::Random random(1);
  std::vector<cfloat> mat = fixture::noiseCube(param, random);
  RadarPointClouds points = {};
  RadarCube cube = cubeOf(param, mat);
  cube.sn = 31;
  EXPECT(radarDetection(made.handle, &cube, &points) == R_BADCUBE);
  EXPECT(startsWith(radarxWhy(made.handle, R_BADCUBE), "cube: sn is 31"));
  cube.sn = 32;
  for (const float bad : {NAN, INFINITY}) {
    const cfloat kept = mat[100];
    mat[100].imag = bad;
    EXPECT(radarDetection(made.handle, &cube, &points) == R_BADCUBE);
    EXPECT(startsWith(radarxWhy(made.handle, R_BADCUBE), "cube: mat holds a sample that is not a finite"));
    EXPECT(points.len == 0);
    mat[100] = kept;
  }
  mat[100].imag = 1e30f;
  EXPECT(radarDetection(made.handle, &cube, &points) == R_BADCUBE);
  EXPECT(startsWith(radarxWhy(made.handle, R_BADCUBE), "cube: mat holds samples too large"));
  mat[100].imag = 1;
  EXPECT(radarDetection(made.handle, &cube, &points) == R_SUCCESS);
}

CASE(pointsAndClustersMustBeFiniteAndFew) {
  const RadarParam param = smallParam();
  const fixture::Handle made = makeHandle(param);
  float value = NAN, one = 1;
  RadarPointClouds points = {1, 1, nullptr, nullptr, &one, &one, &value, &one};
  ClusterResult clusters = {};
  EXPECT(radarClustering(made.handle, &points, &clusters) == R_BADINPUT);
  EXPECT(startsWith(radarxWhy(made.handle, R_BADINPUT), "points: range, speed, angle or snr of point 0"));
  points.len = param.mp + 1;
  EXPECT(radarClustering(made.handle, &points, &clusters) == R_BADINPUT);
  points.len = -1;
  EXPECT(radarClustering(made.handle, &points, &clusters) == R_BADINPUT);
  ClusterDescription cluster = {1, NAN, 0, 0, 0, 0, 0, 0, 0};
  int index = 0;
  clusters = {1, &index, &cluster};
  TrackingDescription slot;
  TrackingResult tracks = {0, 1, &slot};
  EXPECT(radarTracking(made.handle, &clusters, &tracks) == R_BADINPUT);
  clusters.n = param.mc + 1;
  EXPECT(radarTracking(made.handle, &clusters, &tracks) == R_BADINPUT);
  clusters.n = 0;
  tracks.maxLen = -1;
  EXPECT(radarTracking(made.handle, &clusters, &tracks) == R_BADINPUT);
}

CASE(aDestroyedHandleIsRefused) {
  const RadarParam param = smallParam();
  const fixture::Handle made = makeHandle(param);
  fixture::Random random(1);
  std::vector<cfloat> mat = fixture::noiseCube(param, random);
  RadarCube cube = cubeOf(param, mat);
  RadarPointClouds points = {};
  ClusterResult clusters = {};
  TrackingResult tracks = {};
  EXPECT(radarDestroyHandle(made.handle) == R_SUCCESS);
  EXPECT(radarDestroyHandle(made.handle) == R_BADHANDLE);
  EXPECT(radarDetection(made.handle, &cube, &points) == R_BADHANDLE);
  EXPECT(radarClustering(made.handle, &points, &clusters) == R_BADHANDLE);
  EXPECT(radarTracking(made.handle, &clusters, &tracks) == R_BADHANDLE);
  EXPECT(radarxResetTracking(made.handle) == R_BADHANDLE);
  const fixture::Buffer never = fixture::alignedBuffer(4096);
  std::memset(never.get(), 0x5A, 4096);
  EXPECT(radarDestroyHandle(static_cast<RadarHandle*>(never.get())) == R_BADHANDLE);
}

CASE(ofTwoCallsAtOnceOneIsBusy) {
  RadarParam param = raddetParam();
  param.cn = 512;
  const fixture::Handle made = makeHandle(param);
  fixture::Random random(1);
  std::vector<cfloat> mat = fixture::noiseCube(param, random);
  std::atomic<bool> stop{false};
  std::atomic<int> done{0};
  std::thread other([&] {
    RadarCube cube = cubeOf(param, mat);
    RadarPointClouds points = {};
    while (!stop) {
      const RadarErrorCode code = radarDetection(made.handle, &cube, &points);
      EXPECT(code == R_SUCCESS || code == R_BUSY);
      ++done;
    }
  });
  ClusterResult clusters = {};
  RadarPointClouds none = {};
  bool sawBusy = false;
  while (!sawBusy || done < 2) {
    const RadarErrorCode code = radarClustering(made.handle, &none, &clusters);
    EXPECT(code == R_SUCCESS || code == R_BUSY);
    sawBusy |= code == R_BUSY;
    std::this_thread::yield();
  }
  stop = true;
  other.join();
  EXPECT(std::strcmp(radarxWhy(made.handle, R_BUSY), "another call on this handle has not returned yet") == 0);
}

CASE(pointersThatArriveAreOverwritten) {
  const RadarParam param = smallParam();
  const fixture::Handle made = makeHandle(param);
  fixture::Random random(1);
  std::vector<cfloat> mat = fixture::noiseCube(param, random);
  RadarCube cube = cubeOf(param, mat);
  unsigned short mine = 0;
  float number = 0;
  RadarPointClouds points = {0, 0, &mine, &mine, &number, &number, &number, &number};
  EXPECT(radarDetection(made.handle, &cube, &points) == R_SUCCESS);
  EXPECT(points.maxLen == param.mp && points.range != &number && points.rangeIdx != &mine);
  int index = 9;
  ClusterDescription description = {};
  ClusterResult clusters = {5, &index, &description};
  EXPECT(radarClustering(made.handle, &points, &clusters) == R_SUCCESS);
  EXPECT(clusters.cd != &description);
  for (int i = 0; i < clusters.n; ++i) EXPECT(clusters.idx[i] == i);
}

CASE(pointsBeyondTheLimitAreDroppedAndCounted) {
  RadarParam param = smallParam();
  param.dFAR = param.rFAR = 0.5f;
  param.mp = 3;
  const fixture::Handle made = makeHandle(param);
  fixture::Random random(1);
  std::vector<cfloat> mat = fixture::noiseCube(param, random);
  RadarCube cube = cubeOf(param, mat);
  RadarPointClouds points = {};
  EXPECT(radarDetection(made.handle, &cube, &points) == R_SUCCESS);
  int dropped = 0;
  EXPECT(points.len == 3);
  EXPECT(radarxDroppedPoints(made.handle, &dropped) == R_SUCCESS && dropped > 0);
}

CASE(tracksBeyondTheCallersArrayAreNotWritten) {
  const RadarParam param = smallParam();
  const fixture::Handle made = makeHandle(param);
  std::vector<ClusterDescription> found;
  for (int i = 0; i < 10; ++i) found.push_back({3, 10.0f * (i + 1), 0, 1, 1, 0, 0, 0, 0});
  ClusterResult clusters = {10, nullptr, found.data()};
  std::vector<TrackingDescription> slots(4);
  TrackingResult tracks = {0, 4, slots.data()};
  for (int frame = 0; frame < 3; ++frame) {
    EXPECT(radarTracking(made.handle, &clusters, &tracks) == R_SUCCESS);
    EXPECT(tracks.len == 4);
    EXPECT((slots[3].tid != 0) == (frame == 2));
  }
  for (int i = 0; i < 4; ++i) EXPECT(slots[i].tid == i + 1);
  EXPECT(radarxResetTracking(made.handle) == R_SUCCESS);
  clusters.n = 0;
  EXPECT(radarTracking(made.handle, &clusters, &tracks) == R_SUCCESS && tracks.len == 0);
}

CASE(bothLayoutsGiveTheSame) {
  const RadarParam param = smallParam();
  RadarxOptions options = radarxDefaultOptions();
  const fixture::Handle antennasFirst = makeHandle(param, options);
  options.layout = RADARX_CHIRP_ANTENNA_SAMPLE;
  const fixture::Handle chirpsFirst = makeHandle(param, options);
  fixture::Random random(3);
  std::vector<cfloat> mat = fixture::noiseCube(param, random);
  std::vector<cfloat> turned(mat.size());
  const int antennas = param.rn * param.tn;
  for (int v = 0; v < antennas; ++v) {
    for (int c = 0; c < param.cn; ++c) {
      for (int s = 0; s < param.sn; ++s) turned[(c * antennas + v) * param.sn + s] = mat[(v * param.cn + c) * param.sn + s];
    }
  }
  RadarCube one = cubeOf(param, mat), other = cubeOf(param, turned);
  RadarPointClouds points = {};
  EXPECT(radarDetection(antennasFirst.handle, &one, &points) == R_SUCCESS);
  EXPECT(radarDetection(chirpsFirst.handle, &other, &points) == R_SUCCESS);
  std::vector<float> map(param.sn * param.cn), same(map.size());
  EXPECT(radarxCopyMap(antennasFirst.handle, map.data(), map.size()) == R_SUCCESS);
  EXPECT(radarxCopyMap(chirpsFirst.handle, same.data(), same.size()) == R_SUCCESS);
  EXPECT(map == same);
  EXPECT(radarxCopyMap(chirpsFirst.handle, same.data(), same.size() - 1) == R_OVERFLOW);
}

int main() { return check::runAll(); }
