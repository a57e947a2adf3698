/**
 * A SIMD register of RADAR_LANES floats, by the compiler's vector extension. Included by kernels.cc alone, which is compiled
 * once for each instruction set: everything here has internal linkage, so that no set's code is linked into another.
 */
#ifndef RADAR_LANES_H
#define RADAR_LANES_H

#include <cstddef>

/** For what the passes are made of: arrays stay in registers only where all of it becomes one function. */
#define RADAR_INLINE inline __attribute__((always_inline))

namespace radar {
namespace {

constexpr int kLanes = RADAR_LANES;

typedef float Lanes __attribute__((vector_size(RADAR_LANES * sizeof(float))));
typedef int IntLanes __attribute__((vector_size(RADAR_LANES * sizeof(int))));
typedef float UnalignedLanes __attribute__((vector_size(RADAR_LANES * sizeof(float)), aligned(4), may_alias));

inline Lanes load(const float* from) { return *reinterpret_cast<const UnalignedLanes*>(from); }
inline void store(float* to, Lanes value) { *reinterpret_cast<UnalignedLanes*>(to) = value; }
inline Lanes broadcast(float value) { return value - Lanes{}; }

inline Lanes squareRoot(Lanes value) {
  Lanes root;
  for (int lane = 0; lane < kLanes; ++lane) root[lane] = __builtin_sqrtf(value[lane]);
  return root;
}

template <int... J>
struct Indices {};
template <int N, int... J>
struct MakeIndices : MakeIndices<N - 1, N - 1, J...> {};
template <int... J>
struct MakeIndices<0, J...> {
  using type = Indices<J...>;
};

using AllLanes = typename MakeIndices<kLanes>::type;

/** Lanes of a, then of b, by their indices. */
template <int... I>
inline Lanes pickLanes(Lanes a, Lanes b, Indices<I...>) {
#if defined(__clang__)
  return __builtin_shufflevector(a, b, I...);
#else
  return __builtin_shuffle(a, b, IntLanes{I...});
#endif
}

/** Every second lane of a, then of b. */
template <int First, int... J>
inline Lanes pickEverySecond(Lanes a, Lanes b, Indices<J...>) {
  return pickLanes(a, b, Indices<First + 2 * J...>{});
}

inline Lanes evenLanes(Lanes a, Lanes b) { return pickEverySecond<0>(a, b, AllLanes{}); }
inline Lanes oddLanes(Lanes a, Lanes b) { return pickEverySecond<1>(a, b, AllLanes{}); }

template <int D, int... J>
inline Lanes rotate(Lanes a, Indices<J...>) {
  return pickLanes(a, a, Indices<(J + D) % kLanes...>{});
}

/** In the even lanes the sum of all even lanes, in the odd ones that of the odd. */
inline Lanes sumOfPairs(Lanes a) {
#if RADAR_LANES >= 16
  a += rotate<8>(a, AllLanes{});
#endif
#if RADAR_LANES >= 8
  a += rotate<4>(a, AllLanes{});
#endif
  return a + rotate<2>(a, AllLanes{});
}

/**
 * One step of a transposition by blocks (Eklundh 1972): of every pair of blocks of D lanes, `Odd` picks the second of both
 * operands, else the first.
 */
template <int D, bool Odd, int... J>
inline Lanes pickBlocks(Lanes a, Lanes b, Indices<J...>) {
  return pickLanes(a, b, Indices<(Odd ? (J & D ? kLanes + J : J + D) : (J & D ? kLanes + J - D : J))...>{});
}

template <int D>
RADAR_INLINE void transposeBlocks(Lanes* rows) {
  for (int i = 0; i < kLanes; ++i) {
    if ((i & D) != 0) continue;
    const Lanes a = rows[i];
    const Lanes b = rows[i + D];
    rows[i] = pickBlocks<D, false>(a, b, AllLanes{});
    rows[i + D] = pickBlocks<D, true>(a, b, AllLanes{});
  }
}

/** Transposes kLanes rows of kLanes floats. */
RADAR_INLINE void transpose(Lanes* rows) {
  transposeBlocks<1>(rows);
  transposeBlocks<2>(rows);
#if RADAR_LANES >= 8
  transposeBlocks<4>(rows);
#endif
#if RADAR_LANES >= 16
  transposeBlocks<8>(rows);
#endif
}

}  // namespace
}  // namespace radar

#endif
