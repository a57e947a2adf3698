#include "handle.h"

#include <cstdarg>
#include <cstdio>
#include <new>

namespace radar {
namespace {

void layOut(RadarHandle& handle, const RadarParam& param, const RadarxOptions& options, Arena& arena) {
  handle.param = param;
  handle.options = options;
  planDetector(handle.detector, param, options, arena);
  planClusterer(handle.clusterer, param, arena);
}

}  // namespace

unsigned long handleSize(const RadarParam& param, const RadarxOptions& options) {
  Arena arena(nullptr);
  RadarHandle measured{};
  arena.take<RadarHandle>(1);
  layOut(measured, param, options, arena);
  return arena.used();
}

RadarHandle* buildHandle(const RadarParam& param, const RadarxOptions& options, void* buffer) {
  Arena arena(buffer);
  RadarHandle* handle = new (arena.take<RadarHandle>(1)) RadarHandle{};
  layOut(*handle, param, options, arena);
  resetTracker(handle->tracker, handle->detector.rules);
  handle->magic = kLivingHandle;
  return handle;
}

Claim::Claim(RadarHandle* handle) : handle_(nullptr), code_(R_SUCCESS) {
  if (handle == nullptr) {
    code_ = R_NULLPTR;
  } else if (reinterpret_cast<std::uintptr_t>(handle) % Arena::kAlignment != 0 || handle->magic != kLivingHandle) {
    code_ = R_BADHANDLE;
  } else if (handle->isBusy.exchange(true, std::memory_order_acquire)) {
    code_ = R_BUSY;
  } else {
    handle_ = handle;
    handle->why[0] = '\0';
  }
}

Claim::~Claim() {
  if (handle_ != nullptr) handle_->isBusy.store(false, std::memory_order_release);
}

RadarErrorCode Claim::refuse(RadarErrorCode code, const char* form, ...) const {
  va_list values;
  va_start(values, form);
  std::vsnprintf(handle_->why, sizeof handle_->why, form, values);
  va_end(values);
  return code;
}

}  // namespace radar
