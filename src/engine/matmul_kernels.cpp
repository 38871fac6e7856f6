// Sums of products of two variables.
#include "engine/kernels.h"
#include "engine/scratch.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/matmul_kernels.cpp"
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

// One batch on packed operands. `left` is the one whose bytes are read as unsigned: a, or b when
// the step is swapped. Signed bytes are read 128 too high; `corrections` holds -128 times the sum
// of each right vector.
template <bool bytes>
class PackedProduct {
 public:
  PackedProduct(const MatMulStep& step, int64_t batch, const Memory& memory)
      : step_(step),
        memory_(memory),
        lefts_(step.swapped ? step.columns : step.rows),
        rights_(step.swapped ? step.rows : step.columns),
        words_((step.terms + (bytes ? 3 : 1)) / (bytes ? 4 : 2)),
        vector_bytes_(words_ * kPacked),
        left_lane_(without_offset(step.swapped ? step.b_lane : step.a_lane)),
        right_lane_(without_offset(step.swapped ? step.a_lane : step.b_lane)),
        left_(memory.scratch),
        right_(left_ + lefts_ * vector_bytes_),
        corrections_(right_ + rights_ * vector_bytes_) {
    const Row* a = step.a_rows.data() + batch * step.rows * step.terms;
    const Row* b = step.b_rows.data() + batch * step.columns * step.terms;
    left_rows_ = step.swapped ? b : a;
    right_rows_ = step.swapped ? a : b;
    results_ = step.results.data() + batch * step.rows * step.columns;
  }

  void run() {
    for (int64_t first = 0; first < kLanes; first += kGroup) {
      first_ = first;
      pack(left_lane_, left_rows_, lefts_, left_);
      // Packed as they are: what the right operand's bytes hold is read as signed.
      pack(bytes ? Lane::kU8 : right_lane_, right_rows_, rights_, right_);
      correct();
      for (int64_t i = 0; i < lefts_; i += 2) {
        for (int64_t j = 0; j < rights_; j += 2) {
          const bool two_left = i + 1 < lefts_, two_right = j + 1 < rights_;
          if (two_left && two_right) {
            tile<2, 2>(i, j);
          } else if (two_left) {
            tile<2, 1>(i, j);
          } else if (two_right) {
            tile<1, 2>(i, j);
          } else {
            tile<1, 1>(i, j);
          }
        }
      }
    }
  }

 private:
  // The plan knows that unsigned 16-bit numbers fit signed ones here.
  static Lane without_offset(Lane lane) { return lane == Lane::kU16 ? Lane::kI16 : lane; }

  void pack(Lane lane, const Row* rows, int64_t count, uint8_t* to) {
    for (int64_t i = 0; i < count; ++i) {
      const Row* of = rows + i * step_.terms;
      const auto row_at = [&](int64_t k) HWY_ATTR -> const uint8_t* { return memory_.at(of[k]); };
      // The lanes that pad the last word of the left operand would count; those of the right are 0.
      pack_rows(bytes, lane, step_.terms, first_, row_at, kPacked, to + i * vector_bytes_);
      if (to == right_) clear_padding(to + i * vector_bytes_ + (words_ - 1) * kPacked);
    }
  }

  void clear_padding(uint8_t* last) {
    const auto each = bytes ? 4 : 2;
    const int64_t rest = step_.terms % each;
    if (rest == 0) return;
    const Vec mask = splat(static_cast<int32_t>((int64_t{1} << (32 / each * rest)) - 1));
    for (int v = 0; v < 4; ++v) {
      put(last + v * kVecBytes, mask_bits(load(last + v * kVecBytes), mask));
    }
  }

  void correct() {
    const bool offset = bytes && left_lane_ == Lane::kI8;
    const Vec high = splat(static_cast<int32_t>(0x80808080));
    for (int64_t j = 0; j < rights_; ++j) {
      for (int v = 0; v < 4; ++v) {
        Vec sum = zero();
        for (int64_t q = 0; offset && q < words_; ++q) {
          sum = dot8(sum, high, load(right_ + j * vector_bytes_ + q * kPacked + v * kVecBytes));
        }
        put(corrections_ + j * kPacked + v * kVecBytes, minus(zero(), sum));
      }
    }
  }

  HWY_INLINE static Vec products(Vec sum, Vec x, Vec y) {
    return bytes ? dot8(sum, x, y) : dot16(sum, x, y);
  }

  template <int lefts, int rights>
  HWY_INLINE void tile(int64_t i, int64_t j) {
    Sums sums[lefts][rights];
    TRIGSTONE_UNROLL
    for (int r = 0; r < rights; ++r) {
      TRIGSTONE_UNROLL
      for (int v = 0; v < 4; ++v) {
        const Vec start = load(corrections_ + (j + r) * kPacked + v * kVecBytes);
        TRIGSTONE_UNROLL
        for (int l = 0; l < lefts; ++l) sums[l][r][v] = start;
      }
    }
    const uint8_t* left = left_ + i * vector_bytes_;
    const uint8_t* right = right_ + j * vector_bytes_;
    for (int64_t at = 0; at < vector_bytes_; at += kPacked) {
      TRIGSTONE_UNROLL
      for (int v = 0; v < 4; ++v) {
        const int64_t place = at + v * kVecBytes;
        Vec x[lefts];
        TRIGSTONE_UNROLL
        for (int l = 0; l < lefts; ++l) x[l] = load(left + l * vector_bytes_ + place);
        TRIGSTONE_UNROLL
        for (int r = 0; r < rights; ++r) {
          const Vec y = load(right + r * vector_bytes_ + place);
          TRIGSTONE_UNROLL
          for (int l = 0; l < lefts; ++l) sums[l][r][v] = products(sums[l][r][v], x[l], y);
        }
      }
    }
    TRIGSTONE_UNROLL
    for (int l = 0; l < lefts; ++l) {
      TRIGSTONE_UNROLL
      for (int r = 0; r < rights; ++r) finish(i + l, j + r, sums[l][r]);
    }
  }

  HWY_INLINE void finish(int64_t left, int64_t right, Sums& v) {
    const int64_t row = step_.swapped ? right : left, column = step_.swapped ? left : right;
    const auto o = static_cast<size_t>(column);
    uint8_t* to = memory_.at(results_[row * step_.columns + column]);
    if (step_.fast_kind == FastKind::kNone) {
      return store_any(step_.epilogue, o, step_.lane, v, first_, to);
    }
    const FastEpilogue& fast = step_.fast[o];
    const Vec add = splat(fast.add);
    TRIGSTONE_UNROLL
    for (Vec& sum : v) sum = plus(sum, add);
    store_fast<FastKind::kAll>(fast, step_.lane, v, first_, to);
  }

  const MatMulStep& step_;
  const Memory& memory_;
  const int64_t lefts_, rights_, words_, vector_bytes_;
  const Lane left_lane_, right_lane_;
  uint8_t *left_, *right_, *corrections_;
  const Row *left_rows_ = nullptr, *right_rows_ = nullptr, *results_ = nullptr;
  int64_t first_ = 0;
};

#endif  // TRIGSTONE_HAS_DOT

template <class F>
void matmul_real(const MatMulStep& step, int64_t batch, const Memory& memory) {
  const Row* a_rows = step.a_rows.data() + batch * step.rows * step.terms;
  const Row* b_rows = step.b_rows.data() + batch * step.columns * step.terms;
  const Row* results = step.results.data() + batch * step.rows * step.columns;
  auto* a = reinterpret_cast<F*>(memory.scratch);
  F* b = a + step.rows * step.terms * kLanes;
  F* sums = b + step.columns * step.terms * kLanes;
  void* integers = sums + kLanes;
  read_reals(
      step.a_lane, step.rows * step.terms, [&](int64_t k) HWY_ATTR { return memory.at(a_rows[k]); },
      a);
  read_reals(
      step.b_lane, step.columns * step.terms,
      [&](int64_t k) HWY_ATTR { return memory.at(b_rows[k]); }, b);
  for (int64_t m = 0; m < step.rows; ++m) {
    for (int64_t n = 0; n < step.columns; ++n) {
      const F* x = a + m * step.terms * kLanes;
      const F* w = b + n * step.terms * kLanes;
      const auto term = [](int64_t k) HWY_ATTR { return k; };
      if constexpr (std::is_same_v<F, int64_t>) {
        modular_sums(
            x, step.terms, term, 0,
            [&](int64_t k, int lane) HWY_ATTR { return w[k * kLanes + lane]; }, sums);
      } else {
        const F none[1] = {};
        const auto weight = [&](int, int64_t k, int lane) HWY_ATTR {
          return *reinterpret_cast<const typename VectorOf<F>::Type*>(w + k * kLanes + lane);
        };
        real_sums<1>(x, step.terms, term, none, weight, sums);
      }
      finish_sums(step.wide, step.epilogue, static_cast<size_t>(n), sums, integers, step.lane,
                  memory.at(results[m * step.columns + n]));
    }
  }
}

void matmul(const MatMulStep& step, const Memory& memory) {
  for (int64_t batch = 0; batch < step.batches; ++batch) {
    switch (step.path) {
#if TRIGSTONE_HAS_DOT
      case DotPath::kDot8:
        PackedProduct<true>(step, batch, memory).run();
        break;
      case DotPath::kDot16:
        PackedProduct<false>(step, batch, memory).run();
        break;
#else
      case DotPath::kDot8:
      case DotPath::kDot16:
        return;  // never planned for such a target
#endif
      case DotPath::kFloat32:
        matmul_real<float>(step, batch, memory);
        break;
      case DotPath::kFloat64:
        matmul_real<double>(step, batch, memory);
        break;
      case DotPath::kInt64:
        matmul_real<int64_t>(step, batch, memory);
        break;
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace trigstone::engine
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace trigstone::engine {

decltype(Kernels::matmul) matmul_kernel(Isa isa) { return TRIGSTONE_SELECT(isa, matmul); }

}  // namespace trigstone::engine
#endif
