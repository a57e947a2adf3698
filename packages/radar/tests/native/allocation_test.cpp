/**
 * The library allocates nothing, and its memory stays flat: counts calls of malloc and its kin, and the resident memory, over
 * many frames. Usage: allocation_test [frames]
 */
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "check.h"
#include "fixture.h"

#if defined(__SANITIZE_ADDRESS__) || !defined(__GLIBC__)

int main() {
  std::puts("skipped: malloc cannot be replaced here");
  return 0;
}

#else

extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void __libc_free(void*);
void* __libc_memalign(std::size_t, std::size_t);
}

static long g_calls = 0;

extern "C" {
void* malloc(std::size_t size) {
  ++g_calls;
  return __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) {
  ++g_calls;
  return __libc_calloc(count, size);
}
void* realloc(void* old, std::size_t size) {
  ++g_calls;
  return __libc_realloc(old, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
  ++g_calls;
  return __libc_memalign(alignment, size);
}
void free(void* memory) {
  ++g_calls;
  __libc_free(memory);
}
}

namespace {

/** Of the process' own memory; pages of the program's file come and go with the code that runs. */
long residentPages() {
  long total = 0, resident = 0, shared = 0;
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  if (file == nullptr || std::fscanf(file, "%ld %ld %ld", &total, &resident, &shared) != 3) std::abort();
  std::fclose(file);
  return resident - shared;
}

void runFrame(const RadarParam& param, RadarHandle* handle, std::vector<cfloat>& mat, TrackingDescription* slots) {
  RadarCube cube = fixture::cubeOf(param, mat);
  RadarPointClouds points = {};
  ClusterResult clusters = {};
  TrackingResult tracks = {0, 64, slots};
  EXPECT(radarDetection(handle, &cube, &points) == R_SUCCESS);
  EXPECT(radarClustering(handle, &points, &clusters) == R_SUCCESS);
  EXPECT(radarTracking(handle, &clusters, &tracks) == R_SUCCESS);
}

}  // namespace

int main(int count, char** arguments) {
  const int frames = count > 1 ? std::atoi(arguments[1]) : 1000;
  RadarParam param = fixture::raddetParam();
  param.rFAR = 1.5f;
  param.dFAR = 1.5f;
  param.mpc = 1;
  param.mp = 200;
  fixture::Random random(1);
  std::vector<std::vector<cfloat>> cubes;
  for (int i = 0; i < 4; ++i) cubes.push_back(fixture::noiseCube(param, random));
  TrackingDescription slots[64];
  unsigned long size = 0;
  RadarHandle* handle = nullptr;
  EXPECT(radarGetMemSize(&param, &size) == R_SUCCESS);
  const fixture::Buffer buffer = fixture::alignedBuffer(size);
  const long before = g_calls;
  EXPECT(before > 0);
  EXPECT(radarInitHandle(&handle, &param, buffer.get(), size) == R_SUCCESS);
  EXPECT(g_calls == before);
  // The first frames touch the buffer's pages.
  for (int frame = 0; frame < 40; ++frame) runFrame(param, handle, cubes[frame % 4], slots);
  const long pagesBefore = residentPages();
  const long callsBefore = g_calls;
  for (int frame = 0; frame < frames; ++frame) runFrame(param, handle, cubes[frame % 4], slots);
  const long calls = g_calls - callsBefore;
  const long pages = residentPages() - pagesBefore;
  EXPECT(radarDestroyHandle(handle) == R_SUCCESS);
  EXPECT(calls == 0);
  EXPECT(pages <= 8);
  std::printf("%d frames, %ld allocations, %ld pages more\n", frames, calls, pages);
  return check::failures() == 0 ? 0 : 1;
}

#endif
