// Small squares of elements transposed in registers: how events become rows and rows events.
#include <cstring>
#include <utility>

#include "engine/lanes-inl.h"
#include "hwy/highway.h"

#if defined(TRIGSTONE_ENGINE_TRANSPOSE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef TRIGSTONE_ENGINE_TRANSPOSE_INL_H_
#undef TRIGSTONE_ENGINE_TRANSPOSE_INL_H_
#else
#define TRIGSTONE_ENGINE_TRANSPOSE_INL_H_
#endif

HWY_BEFORE_NAMESPACE();
namespace trigstone::engine {
namespace HWY_NAMESPACE {

// Elements in a 16-byte vector: squares of so many rows and columns are transposed at once.
template <class T>
constexpr int64_t kSquare = 16 / static_cast<int64_t>(sizeof(T));

// The compiler's own vectors; Highway's portable target has no shuffles.
template <class T>
struct SquareOf {
  typedef T Row __attribute__((vector_size(16)));
};
template <class T>
using Square = typename SquareOf<T>::Row[kSquare<T>];

// a0 b0 a1 b1 … of the lower (half 0) or upper (half 1) elements.
template <class V, size_t... i>
HWY_INLINE V interleave(V a, V b, int half, std::index_sequence<i...>) {
  constexpr size_t n = sizeof...(i);
  return half == 0 ? __builtin_shufflevector(a, b, (i / 2 + (i % 2) * n)...)
                   : __builtin_shufflevector(a, b, (n / 2 + i / 2 + (i % 2) * n)...);
}

// A perfect shuffle of the rows, log2(n) times, moves element [r][c] to [c][r].
template <class T>
HWY_INLINE void transpose(Square<T>& a) {
  constexpr auto n = static_cast<size_t>(kSquare<T>);
  constexpr auto all = std::make_index_sequence<n>();
  Square<T> b;
  TRIGSTONE_UNROLL
  for (size_t round = 1; round < n; round *= 2) {
    TRIGSTONE_UNROLL
    for (size_t i = 0; i < n / 2; ++i) {
      b[2 * i] = interleave(a[i], a[i + n / 2], 0, all);
      b[2 * i + 1] = interleave(a[i], a[i + n / 2], 1, all);
    }
    TRIGSTONE_UNROLL
    for (size_t i = 0; i < n; ++i) a[i] = b[i];
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace trigstone::engine
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
