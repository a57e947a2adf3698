#ifndef RADAR_HANDLE_H
#define RADAR_HANDLE_H

#include <atomic>
#include <cstdint>

#include "clusterer.h"
#include "detector.h"
#include "tracker.h"

/** Lies at the start of the caller's buffer; all its pointers lead into the rest of it. */
struct RadarHandle {
  std::uint64_t magic;
  std::atomic<bool> isBusy;
  RadarParam param;
  RadarxOptions options;
  radar::Detector detector;
  radar::Clusterer clusterer;
  radar::Tracker tracker;
  char why[192];
};

namespace radar {

constexpr std::uint64_t kLivingHandle = 0x5241444152763031;
constexpr std::uint64_t kDestroyedHandle = 0xDEADDEADDEADDEAD;

/** How many bytes a handle needs. The configuration must have been checked. */
unsigned long handleSize(const RadarParam& param, const RadarxOptions& options);

/** Builds a handle in a buffer of that size. */
RadarHandle* buildHandle(const RadarParam& param, const RadarxOptions& options, void* buffer);

/** Claims a handle for one call; the claim ends with the object. */
class Claim {
 public:
  explicit Claim(RadarHandle* handle);
  ~Claim();
  Claim(const Claim&) = delete;
  Claim& operator=(const Claim&) = delete;

  /** R_SUCCESS, R_NULLPTR, R_BADHANDLE or R_BUSY */
  RadarErrorCode code() const { return code_; }

  /** Leaves a sentence behind and hands the code back. */
  RadarErrorCode refuse(RadarErrorCode code, const char* form, ...) const __attribute__((format(printf, 3, 4)));

 private:
  RadarHandle* handle_;
  RadarErrorCode code_;
};

}  // namespace radar

#endif
