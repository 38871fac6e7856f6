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

// Sums of `outputs` outputs of one position for `vectors` vectors of events.
template <int outputs, int vectors, bool bytes>
HWY_INLINE void dot_block(const LinearStep& step, const DotBlock& block, const uint8_t* packed,
                          Vec (*sums)[vectors]) {
  const int32_t* bias = step.bias32.data() + block.first_output;
  TRIGSTONE_UNROLL
  for (int o = 0; o < outputs; ++o) {
    const Vec b = splat(bias[o]);
    TRIGSTONE_UNROLL
    for (int v = 0; v < vectors; ++v) sums[o][v] = b;
  }
  const int32_t* stream = step.stream.data() + block.stream_begin;
  for (int32_t entry = 0; entry < block.entries; ++entry, stream += 1 + outputs) {
    const uint8_t* word = packed + stream[0];
    Vec w[outputs];
    TRIGSTONE_UNROLL
    for (int o = 0; o < outputs; ++o) w[o] = splat(stream[1 + o]);
    TRIGSTONE_UNROLL
    for (int v = 0; v < vectors; ++v) {  // one x at a time: AVX2 has 16 registers
      const Vec x = load(word + v * kVecBytes);
      TRIGSTONE_UNROLL
      for (int o = 0; o < outputs; ++o) {
        sums[o][v] = bytes ? dot8(sums[o][v], x, w[o]) : dot16(sums[o][v], x, w[o]);
      }
    }
  }
}

// One block, a row an output.
template <int outputs, bool bytes, FastKind kind>
HWY_INLINE void block_to_rows(const LinearStep& step, const DotBlock& block, const uint8_t* packed,
                              const Row* results, int64_t first, const Memory& memory) {
  Sums sums[outputs];
  dot_block<outputs, 4, bytes>(step, block, packed, sums);
  TRIGSTONE_UNROLL
  for (int i = 0; i < outputs; ++i) {
    const auto o = static_cast<size_t>(block.first_output + i);
    uint8_t* row = memory.at(results[o]);
    if constexpr (kind == FastKind::kNone) {
      store_any(step.epilogue, o, step.lane, sums[i], first, row);
    } else {
      store_fast<kind>(step.fast[o], step.lane, sums[i], first, row);
    }
  }
}

// Four outputs, in blocks of `each`, to one word of packed inputs for whoever reads them.
template <int each, FastKind kind>
HWY_INLINE void blocks_to_words(const LinearStep& step, const DotBlock* blocks,
                                const uint8_t* packed, uint8_t* to) {
  const FastEpilogue* fast = step.fast.data() + blocks[0].first_output;
  for (int half = 0; half < 4; half += kTogether) {
    Vec sums[4][kTogether];
    TRIGSTONE_UNROLL
    for (int o = 0; o < 4; o += each) {
      dot_block<each, kTogether, true>(step, blocks[o / each], packed + half * kVecBytes, sums + o);
    }
    TRIGSTONE_UNROLL
    for (int v = 0; v < kTogether; ++v) {
      put(to + (half + v) * kVecBytes,
          pack_outputs<kind>(fast, step.lane, sums[0][v], sums[1][v], sums[2][v], sums[3][v]));
    }
  }
}

template <FastKind kind>
HWY_INLINE void all_to_words(const LinearStep& step, const uint8_t* packed, const Row* results,
                             int64_t group, const Memory& memory) {
  const int each = step.blocks[0].outputs;
  for (size_t i = 0; i < step.blocks.size(); i += static_cast<size_t>(4 / each)) {
    const DotBlock* blocks = &step.blocks[i];
    uint8_t* to = memory.at(results[blocks->first_output]) + group;
    if (each == 4) {
      blocks_to_words<4, kind>(step, blocks, packed, to);
    } else if (each == 2) {
      blocks_to_words<2, kind>(step, blocks, packed, to);
    } else {
      blocks_to_words<1, kind>(step, blocks, packed, to);
    }
  }
}

template <bool bytes, FastKind kind>
HWY_INLINE void all_to_rows(const LinearStep& step, const uint8_t* packed, const Row* results,
                            int64_t first, const Memory& memory) {
  for (const DotBlock& block : step.blocks) {
    if (block.outputs == 4) {
      if constexpr (kTogether == 4) {
        block_to_rows<4, bytes, kind>(step, block, packed, results, first, memory);
      }
    } else if (block.outputs == 2) {
      block_to_rows<2, bytes, kind>(step, block, packed, results, first, memory);
    } else {
      block_to_rows<1, bytes, kind>(step, block, packed, results, first, memory);
    }
  }
}

template <bool bytes, FastKind kind>
void linear_dot(const LinearStep& step, const Memory& memory) {
  for (int64_t position = 0; position < step.positions; ++position) {
    const Row* x_rows = step.x_rows.data() + position * step.terms;
    const Row* results = step.results.data() + position * step.outputs;
    for (int64_t first = 0; first < kLanes; first += kGroup) {
      const int64_t group = first / kGroup * kPacked;
      const uint8_t* packed = memory.scratch;
      if (step.packed_in) {
        packed = memory.at(x_rows[0]) + group;
      } else {
        const auto row_at = [&](int64_t k)
                                HWY_ATTR -> const uint8_t* { return memory.at(x_rows[k]); };
        pack_rows(bytes, step.x_lane, step.terms, first, row_at, kWordBytes, memory.scratch);
      }
      if constexpr (bytes && kind != FastKind::kNone) {
        if (step.packed_out) {
          all_to_words<kind>(step, packed, results, group, memory);
          continue;
        }
      }
      all_to_rows<bytes, kind>(step, packed, results, first, memory);
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
    case FastKind::kNarrowMask:
      return linear_dot<bytes, FastKind::kNarrowMask>(step, memory);
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
    for (const DotBlock& block : step.blocks) {
      const int32_t* terms = step.stream.data() + block.stream_begin;
      const F* w = weights.data() + block.weights_begin;
      const auto term = [&](int64_t k) HWY_ATTR { return int64_t{terms[k]}; };
      const auto o = static_cast<size_t>(block.first_output);
      if (block.outputs == 2) {
        const F bias[2] = {static_cast<F>(step.bias[o]), static_cast<F>(step.bias[o + 1])};
        real_sums<2>(
            x, block.entries, term, bias,
            [&](int j, int64_t k, int) HWY_ATTR { return w[2 * k + j]; }, sums);
      } else {
        const F bias[1] = {static_cast<F>(step.bias[o])};
        real_sums<1>(
            x, block.entries, term, bias, [&](int, int64_t k, int) HWY_ATTR { return w[k]; }, sums);
      }
      for (int32_t j = 0; j < block.outputs; ++j) {
        finish_sums(step.wide, step.epilogue, o + static_cast<size_t>(j), sums + j * kLanes,
                    integers, step.lane, memory.at(results[block.first_output + j]));
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
    for (const DotBlock& block : step.blocks) {
      const int32_t* terms = step.stream.data() + block.stream_begin;
      const int64_t* w = step.weights_int.data() + block.weights_begin;
      const auto o = static_cast<size_t>(block.first_output);
      modular_sums(
          x, block.entries, [&](int64_t k) HWY_ATTR { return int64_t{terms[k]}; }, step.bias[o],
          [&](int64_t k, int) HWY_ATTR { return w[k]; }, sums);
      finish_sums(step.wide, step.epilogue, o, sums, sums + kLanes, step.lane,
                  memory.at(results[block.first_output]));
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
  TRIGSTONE_UNROLL
  for (int i = 0; i < kSums; ++i) sums[i] = splat(i);
  Vec x = splat(0x01020304), w = splat(0x04030201);
  double best = 0, spent = 0;
  while (spent < seconds) {
    const auto begin = std::chrono::steady_clock::now();
    for (int64_t round = 0; round < kRounds; ++round) {
      TRIGSTONE_UNROLL
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
  TRIGSTONE_UNROLL
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
      TRIGSTONE_UNROLL
      for (V& sum : sums) sum = sum * w + x;
    }
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin;
    spent += time.count();
    best = HWY_MAX(best, double{kRounds} * kSums * (kRealBytes / 4.0) / time.count());
    x = sums[0] * 0.0F + x;
  }
  TRIGSTONE_UNROLL
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
