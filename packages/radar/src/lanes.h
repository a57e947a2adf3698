/**
 * A SIMD register of RADAR_LANES floats, by the compiler's vector extension. Included by kernels.cc alone, which is compiled
 * once for each instruction set: everything here has internal linkage, so that no set's code is linked into another.
 */
#ifndef RADAR_LANES_H
#define RADAR_LANES_H

#include <cstddef>

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

/**
 * One step of a transposition by blocks (Eklundh 1972): of every pair of blocks of D lanes, `Odd` picks the second of both
 * operands, else the first.
 */
template <int D, bool Odd, int... J>
inline Lanes pickBlocks(Lanes a, Lanes b, Indices<J...>) {
#if defined(__clang__)
  return Odd ? __builtin_shufflevector(a, b, (J & D ? kLanes + J : J + D)...)
             : __builtin_shufflevector(a, b, (J & D ? kLanes + J - D : J)...);
#else
  return Odd ? __builtin_shuffle(a, b, IntLanes{(J & D ? kLanes + J : J + D)...})
             : __builtin_shuffle(a, b, IntLanes{(J & D ? kLanes + J - D : J)...});
#endif
}

template <int D>
inline void transposeBlocks(Lanes* rows) {
  using All = typename MakeIndices<kLanes>::type;
  for (int i = 0; i < kLanes; ++i) {
    if ((i & D) != 0) continue;
    const Lanes a = rows[i];
    const Lanes b = rows[i + D];
    rows[i] = pickBlocks<D, false>(a, b, All{});
    rows[i + D] = pickBlocks<D, true>(a, b, All{});
  }
}

/** Transposes kLanes rows of kLanes floats. */
inline void transpose(Lanes* rows) {
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
