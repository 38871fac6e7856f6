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
