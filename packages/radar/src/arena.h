#ifndef RADAR_ARENA_H
#define RADAR_ARENA_H

#include <cstddef>
#include <cstdint>

namespace radar {

/**
 * Hands out parts of the caller's buffer, each aligned to 64 bytes. Without a buffer it only measures: the same walk over
 * the same sizes, so that what was measured is what is taken.
 */
class Arena {
 public:
  explicit Arena(void* buffer) : base_(static_cast<unsigned char*>(buffer)) {}

  /** Null while measuring. The memory is not initialised. */
  template <typename T>
  T* take(std::size_t count) {
    static_assert(alignof(T) <= kAlignment, "the arena aligns to 64 bytes");
    T* part = base_ == nullptr ? nullptr : reinterpret_cast<T*>(base_ + used_);
    used_ += (count * sizeof(T) + kAlignment - 1) / kAlignment * kAlignment;
    return part;
  }

  bool measures() const { return base_ == nullptr; }
  std::size_t used() const { return used_; }

  static constexpr std::size_t kAlignment = 64;

 private:
  unsigned char* base_;
  std::size_t used_ = 0;
};

}  // namespace radar

#endif
