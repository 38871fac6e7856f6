// Sums of products with constant weights.
#include <chrono>

#include "engine/kernels.h"
#include "engine/scratch.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/linear_kernels.cpp"
#include "hwy/foreach_target.h"
// The order matters: after foreach_target.
#include "engine/dot-inl.h"
#include "engine/lanes-inl.h"
#include "engine/real-inl.h"
#include "engine/target-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace trigstone::engine {
namespace HWY_NAMESPACE {

#if TRIGSTONE_HAS_DOT

// `outputs` outputs of one position for one group of events.
template <int outputs, bool bytes>
HWY_INLINE void dot_block(const LinearStep& step, const DotBlock& block, const uint8_t* packed,
                          Sums (&sums)[outputs]) {
  const int32_t* bias = step.bias32.data() + block.first_output;
  for (int o = 0; o < outputs; ++o) sums[o] = splat_sums(bias[o]);
  const int32_t* stream = step.stream.data() + block.stream_begin;
  for (int32_t entry = 0; entry < block.entries; ++entry, stream += 1 + outputs) {
    const uint8_t* x = packed + stream[0];
    const Vec a = load(x), b = load(x + kVecBytes), c = load(x + 2 * kVecBytes),
              d = load(x + 3 * kVecBytes);
    for (int o = 0; o < outputs; ++o) {
      const Vec w = splat(stream[1 + o]);
      Sums& sum = sums[o];
      sum.a = bytes ? dot8(sum.a, a, w) : dot16(sum.a, a, w);
      sum.b = bytes ? dot8(sum.b, b, w) : dot16(sum.b, b, w);
      sum.c = bytes ? dot8(sum.c, c, w) : dot16(sum.c, c, w);
      sum.d = bytes ? dot8(sum.d, d, w) : dot16(sum.d, d, w);
    }
  }
}

template <FastKind kind>
HWY_INLINE void store_output(const LinearStep& step, int32_t output, const Sums& sums,
                             const Row* results, int64_t first, const Memory& memory) {
  const auto o = static_cast<size_t>(output);
  uint8_t* row = memory.at(results[o]);
  if constexpr (kind == FastKind::kNone) {
    store_any(step.epilogue, o, step.lane, sums, first, row);
  } else {
    store_fast<kind>(step.fast[o], step.lane, sums, first, row);
  }
}

template <int outputs, bool bytes, FastKind kind>
HWY_INLINE void run_block(const LinearStep& step, const DotBlock& block, const uint8_t* packed,
                          const Row* results, int64_t first, const Memory& memory) {
  Sums sums[outputs];
  dot_block<outputs, bytes>(step, block, packed, sums);
  const int32_t o = block.first_output;
  store_output<kind>(step, o, sums[0], results, first, memory);
  if constexpr (outputs > 1) store_output<kind>(step, o + 1, sums[1], results, first, memory);
  if constexpr (outputs > 2) store_output<kind>(step, o + 2, sums[2], results, first, memory);
  if constexpr (outputs > 3) store_output<kind>(step, o + 3, sums[3], results, first, memory);
}

template <bool bytes, FastKind kind>
void linear_dot(const LinearStep& step, const Memory& memory) {
  for (int64_t position = 0; position < step.positions; ++position) {
    const Row* x_rows = step.x_rows.data() + position * step.terms;
    const Row* results = step.results.data() + position * step.outputs;
    for (int64_t first = 0; first < kLanes; first += kGroup) {
      const auto row_at = [&](int64_t k)
                              HWY_ATTR -> const uint8_t* { return memory.at(x_rows[k]); };
      pack_rows(bytes, step.x_lane, step.terms, first, row_at, memory.scratch);
      for (const DotBlock& block : step.blocks) {
        if (block.outputs == 4) {
          run_block<4, bytes, kind>(step, block, memory.scratch, results, first, memory);
        } else if (block.outputs == 2) {
          run_block<2, bytes, kind>(step, block, memory.scratch, results, first, memory);
        } else {
          run_block<1, bytes, kind>(step, block, memory.scratch, results, first, memory);
        }
      }
    }
  }
}

template <bool bytes>
void linear_dot_of(const LinearStep& step, const Memory& memory) {
  switch (step.fast_kind) {
    case FastKind::kNone:
      return linear_dot<bytes, FastKind::kNone>(step, memory);
    case FastKind::kShift:
      return linear_dot<bytes, FastKind::kShift>(step, memory);
    case FastKind::kLowShiftMask:
      return linear_dot<bytes, FastKind::kLowShiftMask>(step, memory);
    case FastKind::kAll:
      return linear_dot<bytes, FastKind::kAll>(step, memory);
  }
}

#endif  // TRIGSTONE_HAS_DOT

template <class F>
void linear_real(const LinearStep& step, const std::vector<F>& weights, const Memory& memory) {
  auto* x = reinterpret_cast<F*>(memory.scratch);
  F* sums = x + step.terms * kLanes;
  void* integers = memory.scratch + (step.terms + 4) * int64_t{kLanes} * 8;
  for (int64_t position = 0; position < step.positions; ++position) {
    const Row* x_rows = step.x_rows.data() + position * step.terms;
    const Row* results = step.results.data() + position * step.outputs;
    read_reals(
        step.x_lane, step.terms, [&](int64_t k) HWY_ATTR { return memory.at(x_rows[k]); }, x);
    for (int64_t o = 0; o < step.outputs; o += 2) {
      const int64_t outputs = HWY_MIN(int64_t{2}, step.outputs - o);
      const F* w = weights.data() + o * step.terms;
      const F bias[2] = {static_cast<F>(step.bias[static_cast<size_t>(o)]),
                         static_cast<F>(step.bias[static_cast<size_t>(o + outputs - 1)])};
      const auto weight = [&](int j, int64_t k, int) HWY_ATTR { return w[j * step.terms + k]; };
      if (outputs == 2) {
        real_sums<2>(x, step.terms, bias, weight, sums);
      } else {
        real_sums<1>(x, step.terms, bias, weight, sums);
      }
      for (int64_t j = 0; j < outputs; ++j) {
        finish_sums(step.wide, step.epilogue, static_cast<size_t>(o + j), sums + j * kLanes,
                    integers, step.lane, memory.at(results[o + j]));
      }
    }
  }
}

void linear_modular(const LinearStep& step, const Memory& memory) {
  auto* x = reinterpret_cast<int64_t*>(memory.scratch);
  int64_t* sums = x + step.terms * kLanes;
  for (int64_t position = 0; position < step.positions; ++position) {
    const Row* x_rows = step.x_rows.data() + position * step.terms;
    const Row* results = step.results.data() + position * step.outputs;
    read_reals(
        step.x_lane, step.terms, [&](int64_t k) HWY_ATTR { return memory.at(x_rows[k]); }, x);
    for (int64_t o = 0; o < step.outputs; ++o) {
      const int64_t* w = step.weights_int.data() + o * step.terms;
      modular_sums(
          x, step.terms, step.bias[static_cast<size_t>(o)],
          [&](int64_t k, int) HWY_ATTR { return w[k]; }, sums);
      finish_sums(step.wide, step.epilogue, static_cast<size_t>(o), sums, sums + kLanes, step.lane,
                  memory.at(results[o]));
    }
  }
}

void linear(const LinearStep& step, const Memory& memory) {
  switch (step.path) {
#if TRIGSTONE_HAS_DOT
    case DotPath::kDot8:
      return linear_dot_of<true>(step, memory);
    case DotPath::kDot16:
      return linear_dot_of<false>(step, memory);
#else
    case DotPath::kDot8:
    case DotPath::kDot16:
      return;  // never planned for such a target
#endif
    case DotPath::kFloat32:
      return linear_real<float>(step, step.weights32, memory);
    case DotPath::kFloat64:
      return linear_real<double>(step, step.weights64, memory);
    case DotPath::kInt64:
      return linear_modular(step, memory);
  }
}

// The primitive of the int8 path on registers alone, enough independent sums to hide its latency.
double int8_peak(double seconds) {
#if TRIGSTONE_HAS_DOT
  constexpr int kSums = 10;
  constexpr int64_t kRounds = 20000;
  Vec sums[kSums];
  for (int i = 0; i < kSums; ++i) sums[i] = splat(i);
  Vec x = splat(0x01020304), w = splat(0x04030201);
  double best = 0, spent = 0;
  while (spent < seconds) {
    const auto begin = std::chrono::steady_clock::now();
    for (int64_t round = 0; round < kRounds; ++round) {
      for (int i = 0; i < kSums; ++i) {
        sums[i] = dot8(sums[i], x, w);
        // Hides that all products are the same, which would let the compiler form them once.
        asm volatile("" : "+x"(x), "+x"(w));
      }
    }
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin;
    spent += time.count();
    best = HWY_MAX(best, double{kRounds} * kSums * kVecBytes / time.count());
  }
  for (int i = 0; i < kSums; ++i) asm volatile("" : : "x"(sums[i]));
  return best;
#else
  // Without an 8-bit multiplication the exact products are formed in float.
  constexpr int kSums = 8;
  constexpr int64_t kRounds = 20000;
  using V = VectorOf<float>::Type;
  V sums[kSums] = {}, x = V{} + 3.0F;
  const V w = V{} + 0.5F;
  double best = 0, spent = 0;
  while (spent < seconds) {
    const auto begin = std::chrono::steady_clock::now();
    for (int64_t round = 0; round < kRounds; ++round) {
      for (auto& sum : sums) sum = sum * w + x;
    }
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin;
    spent += time.count();
    best = HWY_MAX(best, double{kRounds} * kSums * (kRealBytes / 4.0) / time.count());
    x = sums[0] * 0.0F + x;
  }
  for (int i = 1; i < kSums; ++i) sums[0] += sums[i];
  return sums[0][0] == 0.0F ? 0.0 : best;
#endif
}

}  // namespace HWY_NAMESPACE
}  // namespace trigstone::engine
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace trigstone::engine {

decltype(Kernels::linear) linear_kernel(Isa isa) { return TRIGSTONE_SELECT(isa, linear); }
decltype(Kernels::int8_peak) int8_peak_kernel(Isa isa) { return TRIGSTONE_SELECT(isa, int8_peak); }

}  // namespace trigstone::engine
#endif
