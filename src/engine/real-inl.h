// Sums of products in floating point, exact because the plan keeps every partial sum below 2^24
// (float) or 2^53 (double); and modulo 2^64 where that is too little.
#include "engine/lanes-inl.h"
#include "hwy/highway.h"

#if defined(TRIGSTONE_ENGINE_REAL_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef TRIGSTONE_ENGINE_REAL_INL_H_
#undef TRIGSTONE_ENGINE_REAL_INL_H_
#else
#define TRIGSTONE_ENGINE_REAL_INL_H_
#endif

#include "engine/target-inl.h"
HWY_BEFORE_NAMESPACE();
namespace trigstone::engine {
namespace HWY_NAMESPACE {

#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL
constexpr int kRealBytes = 64;
#elif HWY_TARGET == HWY_AVX2
constexpr int kRealBytes = 32;
#else
constexpr int kRealBytes = 16;
#endif

// The compiler's own vectors: they exist on every architecture and stay in registers.
template <class F>
struct VectorOf {
  typedef F Type __attribute__((vector_size(kRealBytes), may_alias));
};

// Rows to numbers of type F, kLanes a row.
template <class F, class RowAt>
void read_reals(Lane lane, int64_t count, RowAt row_at, F* to) {
  for (int64_t k = 0; k < count; ++k) load_lanes(lane, row_at(k), to + k * kLanes, kLanes);
}

// sums[j][lane] = bias[j] + sum_k x[term(k)][lane] * weight(j, k) over k < entries, for `outputs`
// outputs side by side.
template <int outputs, class F, class Term, class Weight>
HWY_INLINE void real_sums(const F* x, int64_t entries, Term term, const F* bias, Weight weight,
                          F* sums) {
  using V = typename VectorOf<F>::Type;
  constexpr int kEach = kRealBytes / static_cast<int>(sizeof(F));
  // Eight sums in registers: enough to hide an addition's latency.
  constexpr int kVectors = HWY_MIN(8 / outputs, kLanes / kEach);
  for (int first = 0; first < kLanes; first += kVectors * kEach) {
    V sum[outputs][kVectors];
    TRIGSTONE_UNROLL
    for (int j = 0; j < outputs; ++j) {
      TRIGSTONE_UNROLL
      for (int v = 0; v < kVectors; ++v) sum[j][v] = V{} + bias[j];
    }
    for (int64_t k = 0; k < entries; ++k) {
      const F* row = x + term(k) * kLanes + first;
      TRIGSTONE_UNROLL
      for (int v = 0; v < kVectors; ++v) {
        const V in = *reinterpret_cast<const V*>(row + v * kEach);
        TRIGSTONE_UNROLL
        for (int j = 0; j < outputs; ++j) sum[j][v] += in * weight(j, k, first + v * kEach);
      }
    }
    TRIGSTONE_UNROLL
    for (int j = 0; j < outputs; ++j) {
      TRIGSTONE_UNROLL
      for (int v = 0; v < kVectors; ++v) {
        *reinterpret_cast<V*>(sums + j * kLanes + first + v * kEach) = sum[j][v];
      }
    }
  }
}

// The same modulo 2^64 for one output.
template <class Term, class Weight>
HWY_INLINE void modular_sums(const int64_t* x, int64_t entries, Term term, int64_t bias,
                             Weight weight, int64_t* sums) {
  uint64_t sum[kLanes];
  for (uint64_t& one : sum) one = static_cast<uint64_t>(bias);
  for (int64_t k = 0; k < entries; ++k) {
    const int64_t* row = x + term(k) * kLanes;
    for (int j = 0; j < kLanes; ++j) {
      sum[j] += static_cast<uint64_t>(row[j]) * static_cast<uint64_t>(weight(k, j));
    }
  }
  for (int j = 0; j < kLanes; ++j) sums[j] = static_cast<int64_t>(sum[j]);
}

// One row of sums, as integers of the width they need, through the epilogue into memory.
template <class F>
void finish_sums(bool wide, const Epilogue& epilogue, size_t o, const F* sums, void* scratch,
                 Lane lane, uint8_t* to) {
  if (wide) {
    auto* integers = static_cast<int64_t*>(scratch);
    convert(sums, integers, kLanes);
    finish_row(epilogue, o, integers, lane, to);
  } else {
    auto* integers = static_cast<int32_t*>(scratch);
    convert(sums, integers, kLanes);
    finish_row(epilogue, o, integers, lane, to);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace trigstone::engine
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
