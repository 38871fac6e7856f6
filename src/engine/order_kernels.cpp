// Reductions, places of extremes, sorting networks and decision trees.
#include "engine/kernels.h"
#include "engine/scratch.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/order_kernels.cpp"
#include "hwy/foreach_target.h"
// The order matters: after foreach_target.
#include "engine/lanes-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace trigstone::engine {
namespace HWY_NAMESPACE {

// Sums and extremes with the best of a vector of events in one register over all terms. Masks are
// bytes. Widenings that Highway lacks (8 and 16 to 64 bits) go the general way below.
#if HWY_TARGET <= HWY_AVX2
#undef TRIGSTONE_HAS_VECTOR_FOLDS
#define TRIGSTONE_HAS_VECTOR_FOLDS 1
namespace hn = hwy::HWY_NAMESPACE;

template <class C, class X, class With>
HWY_INLINE void fold_rows(const ReduceStep& step, const Row* rows, const Memory& memory, C start,
                          With with, C* HWY_RESTRICT to) {
  const hn::ScalableTag<C> d;
  const hn::Rebind<X, decltype(d)> dx;
  const hn::Rebind<uint8_t, decltype(d)> bytes;
  const auto zero = hn::Zero(d);
  const bool masked = !step.mask_rows.empty();
  for (int64_t j = 0; j < kLanes; j += static_cast<int64_t>(hn::Lanes(d))) {
    auto best = hn::Set(d, start);
    for (int64_t k = 0; k < step.terms; ++k) {
      const auto narrow = hn::LoadU(dx, reinterpret_cast<const X*>(memory.at(rows[k])) + j);
      auto x = zero;
      if constexpr (sizeof(X) < sizeof(C)) {
        x = hn::PromoteTo(d, narrow);
      } else {
        x = narrow;
      }
      const auto joined = with(best, x);
      if (masked) {
        const uint8_t* valid = memory.at(step.mask_rows[static_cast<size_t>(k)]) + j;
        const auto wide = hn::PromoteTo(d, hn::LoadU(bytes, valid));
        best = hn::IfThenElse(hn::Ne(wide, zero), joined, best);
      } else {
        best = joined;
      }
    }
    hn::StoreU(best, d, to + j);
  }
}

template <class C, class X>
void fold_as(const ReduceStep& step, const Row* rows, const Memory& memory, C* to) {
  const C empty = static_cast<C>(step.empty);
  if (step.kind == ReduceStep::Kind::kSum) {
    fold_rows<C, X>(
        step, rows, memory, C{0}, [](auto a, auto b) HWY_ATTR { return hn::Add(a, b); }, to);
  } else if (step.kind == ReduceStep::Kind::kMax) {
    fold_rows<C, X>(
        step, rows, memory, empty, [](auto a, auto b) HWY_ATTR { return hn::Max(a, b); }, to);
  } else {
    fold_rows<C, X>(
        step, rows, memory, empty, [](auto a, auto b) HWY_ATTR { return hn::Min(a, b); }, to);
  }
}

// False when the step has no such form.
template <class C>
bool fold_in_registers(const ReduceStep& step, const Row* rows, const Memory& memory, C* to) {
  const bool places =
      step.kind == ReduceStep::Kind::kArgMax || step.kind == ReduceStep::Kind::kArgMin;
  const bool odd_mask = !step.mask_rows.empty() && step.mask_lane != Lane::kU8;
  if (places || odd_mask || sizeof(C) > 4) return false;
  if constexpr (sizeof(C) <= 4) {
    switch (step.x_lane) {
      case Lane::kI8:
        return fold_as<C, int8_t>(step, rows, memory, to), true;
      case Lane::kU8:
        return fold_as<C, uint8_t>(step, rows, memory, to), true;
      case Lane::kI16:
        return fold_as<C, int16_t>(step, rows, memory, to), true;
      case Lane::kU16:
        if constexpr (sizeof(C) == 4) {
          return fold_as<C, uint16_t>(step, rows, memory, to), true;
        }
        return false;
      case Lane::kI32:
        if constexpr (sizeof(C) == 4) {
          return fold_as<C, int32_t>(step, rows, memory, to), true;
        }
        return false;
      case Lane::kI64:
        return false;
    }
  }
  return false;
}
#else
#undef TRIGSTONE_HAS_VECTOR_FOLDS
#define TRIGSTONE_HAS_VECTOR_FOLDS 0
#endif

template <class C>
class Reduction {
 public:
  Reduction(const ReduceStep& step, const Memory& memory)
      : step_(step), memory_(memory), scratch_(reinterpret_cast<C*>(memory.scratch)) {}

  void run() {
    for (int64_t o = 0; o < step_.outputs; ++o) {
      const Row* rows = step_.x_rows.data() + o * step_.terms;
      C* result = fold(rows);
      store_lanes(step_.lane, result, memory_.at(step_.results[static_cast<size_t>(o)]), kLanes);
    }
  }

 private:
  C* block(int i) const { return scratch_ + i * kLanes; }
  C* fold(const Row* rows) {
#if TRIGSTONE_HAS_VECTOR_FOLDS
    if (fold_in_registers(step_, rows, memory_, block(0))) return block(0);
#endif
    switch (step_.kind) {
      case ReduceStep::Kind::kSum:
        return combine(rows, C{0}, [](C best, C x) HWY_ATTR {
          return static_cast<C>(static_cast<Modular<C>>(best) + static_cast<Modular<C>>(x));
        });
      case ReduceStep::Kind::kMax:
        return combine(rows, static_cast<C>(step_.empty),
                       [](C best, C x) HWY_ATTR { return x > best ? x : best; });
      case ReduceStep::Kind::kMin:
        return combine(rows, static_cast<C>(step_.empty),
                       [](C best, C x) HWY_ATTR { return x < best ? x : best; });
      case ReduceStep::Kind::kArgMax:
        return place(rows, [](C best, C x) HWY_ATTR { return x > best; });
      case ReduceStep::Kind::kArgMin:
        return place(rows, [](C best, C x) HWY_ATTR { return x < best; });
    }
    return scratch_;
  }

  const C* read(Lane lane, Row row, int into) const {
    load_lanes(lane, memory_.at(row), block(into), kLanes);
    return block(into);
  }

  template <class Combine>
  C* combine(const Row* rows, C start, Combine with) const {
    C* HWY_RESTRICT best = block(0);
    for (int j = 0; j < kLanes; ++j) best[j] = start;
    for (int64_t k = 0; k < step_.terms; ++k) {
      const C* HWY_RESTRICT x = read(step_.x_lane, rows[k], 1);
      if (step_.mask_rows.empty()) {
        for (int j = 0; j < kLanes; ++j) best[j] = with(best[j], x[j]);
        continue;
      }
      const C* HWY_RESTRICT valid =
          read(step_.mask_lane, step_.mask_rows[static_cast<size_t>(k)], 2);
      for (int j = 0; j < kLanes; ++j) {
        const C joined = with(best[j], x[j]);
        best[j] = valid[j] != 0 ? joined : best[j];
      }
    }
    return best;
  }

  // The first of the best valid slots, 0 when none is valid.
  template <class Better>
  C* place(const Row* rows, Better better) const {
    C* HWY_RESTRICT at = block(0);
    C* HWY_RESTRICT best = block(1);
    C* HWY_RESTRICT found = block(2);
    for (int j = 0; j < kLanes; ++j) at[j] = best[j] = found[j] = 0;
    for (int64_t k = 0; k < step_.terms; ++k) {
      const C* HWY_RESTRICT x = read(step_.x_lane, rows[k], 3);
      C* HWY_RESTRICT valid = block(4);
      if (step_.mask_rows.empty()) {
        for (int j = 0; j < kLanes; ++j) valid[j] = 1;
      } else {
        read(step_.mask_lane, step_.mask_rows[static_cast<size_t>(k)], 4);
      }
      const C index = static_cast<C>(k);
      for (int j = 0; j < kLanes; ++j) {
        const bool take = (valid[j] != 0) & ((found[j] == 0) | better(best[j], x[j]));
        best[j] = take ? x[j] : best[j];
        at[j] = take ? index : at[j];
        found[j] = take ? C{1} : found[j];
      }
    }
    return at;
  }

  const ReduceStep& step_;
  const Memory& memory_;
  C* scratch_;
};

void reduce(const ReduceStep& step, const Memory& memory) {
  switch (step.width) {
    case Width::k16:
      return Reduction<int16_t>(step, memory).run();
    case Width::k32:
      return Reduction<int32_t>(step, memory).run();
    case Width::k64:
      return Reduction<int64_t>(step, memory).run();
    case Width::k128:
      return Reduction<Int128>(step, memory).run();
  }
}

template <class C>
void sort_lines(const SortStep& step, const Memory& memory) {
  auto* keys = reinterpret_cast<C*>(memory.scratch);
  for (int64_t line = 0; line < step.lines; ++line) {
    const Row* rows = step.x_rows.data() + line * step.terms;
    for (int64_t k = 0; k < step.terms; ++k) {
      load_lanes(step.lane, memory.at(rows[k]), keys + k * kLanes, kLanes);
    }
    for (const int32_t place : step.lowered) {
      C* HWY_RESTRICT key = keys + int64_t{place} * kLanes;
      const C* HWY_RESTRICT before = key - kLanes;
      for (int j = 0; j < kLanes; ++j) key[j] = key[j] < before[j] ? key[j] : before[j];
    }
    for (const auto& [first, second] : step.exchanges) {
      C* HWY_RESTRICT low = keys + int64_t{first} * kLanes;
      C* HWY_RESTRICT high = keys + int64_t{second} * kLanes;
      for (int j = 0; j < kLanes; ++j) {
        const C a = low[j], b = high[j];
        low[j] = a < b ? a : b;
        high[j] = a < b ? b : a;
      }
    }
    for (int64_t k = 0; k < step.kept; ++k) {
      const int64_t from = step.descending ? step.terms - 1 - k : k;
      store_lanes(step.lane, keys + from * kLanes,
                  memory.at(step.results[static_cast<size_t>(line * step.kept + k)]), kLanes);
    }
  }
}

void sort(const SortStep& step, const Memory& memory) {
  switch (step.width) {
    case Width::k16:
      return sort_lines<int16_t>(step, memory);
    case Width::k32:
      return sort_lines<int32_t>(step, memory);
    case Width::k64:
      return sort_lines<int64_t>(step, memory);
    case Width::k128:
      return sort_lines<Int128>(step, memory);
  }
}

// All lanes walk down one tree together; a lane that has reached its leaf stays there.
template <class C>
void walk_trees(const TreeStep& step, const Memory& memory) {
  auto* x = reinterpret_cast<C*>(memory.scratch);
  const auto features = static_cast<int64_t>(step.x_rows.size());
  for (int64_t f = 0; f < features; ++f) {
    load_lanes(step.x_lane, memory.at(step.x_rows[static_cast<size_t>(f)]), x + f * kLanes, kLanes);
  }
  auto* sums = reinterpret_cast<int64_t*>(x + features * kLanes);
  for (int64_t o = 0; o < step.outputs; ++o) {
    for (int j = 0; j < kLanes; ++j) sums[o * kLanes + j] = step.base[static_cast<size_t>(o)];
  }
  const int32_t *feature = step.feature.data(), *left = step.left.data(),
                *right = step.right.data(), *target = step.target.data();
  const int64_t *threshold = step.threshold.data(), *leaf = step.leaf.data();
  for (size_t tree = 0; tree < step.roots.size(); ++tree) {
    int32_t at[kLanes];
    for (int32_t& node : at) node = step.roots[tree];
    for (int32_t level = 0; level < step.depths[tree]; ++level) {
      for (int j = 0; j < kLanes; ++j) {
        const int32_t node = at[j];
        const bool below = x[feature[node] * kLanes + j] <= static_cast<C>(threshold[node]);
        at[j] = below ? left[node] : right[node];
      }
    }
    for (int j = 0; j < kLanes; ++j) {
      int64_t& sum = sums[int64_t{target[at[j]]} * kLanes + j];
      sum = static_cast<int64_t>(static_cast<uint64_t>(sum) + static_cast<uint64_t>(leaf[at[j]]));
    }
  }
  for (int64_t o = 0; o < step.outputs; ++o) {
    store_lanes(step.lane, sums + o * kLanes, memory.at(step.results[static_cast<size_t>(o)]),
                kLanes);
  }
}

void trees(const TreeStep& step, const Memory& memory) {
  return step.width == Width::k64 ? walk_trees<int64_t>(step, memory)
                                  : walk_trees<int32_t>(step, memory);
}

}  // namespace HWY_NAMESPACE
}  // namespace trigstone::engine
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace trigstone::engine {

decltype(Kernels::reduce) reduce_kernel(Isa isa) { return TRIGSTONE_SELECT(isa, reduce); }
decltype(Kernels::sort) sort_kernel(Isa isa) { return TRIGSTONE_SELECT(isa, sort); }
decltype(Kernels::trees) trees_kernel(Isa isa) { return TRIGSTONE_SELECT(isa, trees); }

}  // namespace trigstone::engine
#endif
