#include <atomic>
#include <cstring>

#include "kernels.h"

namespace radar {
namespace {

/** Steps down from the best set: 0 takes what the machine has. Read at the making of a handle, never during a frame. */
std::atomic<int> g_stepsDown{0};

}  // namespace

void limitKernels(const char* name) {
  g_stepsDown = 0;
  if (name == nullptr) return;
  if (std::strcmp(name, "avx2") == 0) g_stepsDown = 1;
  if (std::strcmp(name, "baseline") == 0) g_stepsDown = 2;
}

const Kernels& chooseKernels() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool hasAvx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool hasAvx512 = hasAvx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
  if (hasAvx512 && g_stepsDown < 1) return kAvx512Kernels;
  if (hasAvx2 && g_stepsDown < 2) return kAvx2Kernels;
#endif
  return kBaselineKernels;
}

}  // namespace radar
