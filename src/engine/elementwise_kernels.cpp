// Elementwise programs: each micro-operation runs over a block of lanes held in registers of
// scratch memory, which stay in the first-level cache.
#include "engine/kernels.h"
#include "engine/scratch.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/elementwise_kernels.cpp"
#include "hwy/foreach_target.h"
// The order matters: after foreach_target.
#include "engine/lanes-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace trigstone::engine {
namespace HWY_NAMESPACE {

template <class C>
class Program {
 public:
  Program(const ElementwiseStep& step, const Memory& memory) : step_(step), memory_(memory) {}

  void run() {
    const int row = row_units(step_.lane);
    for (const Chunk& chunk : step_.chunks) {
      first_ = static_cast<size_t>(chunk.first);
      lanes_ = int64_t{chunk.count} * kLanes;
      for (const Instruction& instruction : step_.program) execute(instruction);
      store_lanes(step_.lane, reg(step_.result), memory_.at(step_.results[0] + chunk.first * row),
                  lanes_);
    }
  }

 private:
  C* reg(uint8_t i) const {
    return reinterpret_cast<C*>(memory_.scratch + int64_t{i} * kRegisterBytes);
  }
  size_t parameter(const Instruction& i) const {
    const auto slot = static_cast<size_t>(i.slot);
    const auto& of = step_.parameter_of[slot];
    return static_cast<size_t>(of.empty() ? step_.parameter_base[slot] : of[first_]);
  }
  template <class Combine>
  void combine(const Instruction& i, Combine with) const {
    const C *a = reg(i.a), *b = reg(i.b);
    C* to = reg(i.to);
    for (int64_t n = 0; n < lanes_; n += kLanes) {
      TRIGSTONE_INDEPENDENT
      for (int64_t j = n; j < n + kLanes; ++j) to[j] = with(a[j], b[j]);
    }
  }
  void execute(const Instruction& i) const;
  void broadcast(const Instruction& i) const;
  void thresholds(const Instruction& i) const;
  void table(const Instruction& i) const;
  void select(const Instruction& i) const;
  void leading_one(const Instruction& i) const;

  const ElementwiseStep& step_;
  const Memory& memory_;
  size_t first_ = 0;
  int64_t lanes_ = 0;
};

template <class C>
void Program<C>::broadcast(const Instruction& i) const {
  const C number = static_cast<C>(step_.constants[static_cast<size_t>(i.slot)][first_]);
  C* HWY_RESTRICT to = reg(i.to);
  for (int64_t n = 0; n < lanes_; ++n) to[n] = number;
}

template <class C>
void Program<C>::thresholds(const Instruction& i) const {
  const Thresholds& t = step_.thresholds[parameter(i)];
  C* HWY_RESTRICT x = reg(i.to);
  for (int64_t n = 0; n < lanes_; n += kLanes) {
    C passed[kLanes] = {};
    for (const Int128 step : t.steps) {
      const C bound = static_cast<C>(step);
      for (int64_t j = 0; j < kLanes; ++j) passed[j] += static_cast<C>(x[n + j] >= bound);
    }
    const C base = static_cast<C>(t.base), direction = static_cast<C>(t.direction);
    for (int64_t j = 0; j < kLanes; ++j) {
      x[n + j] = static_cast<C>(base + direction * passed[j]);
    }
  }
}

template <class C>
void Program<C>::table(const Instruction& i) const {
  const auto slot = static_cast<size_t>(i.slot);
  C* HWY_RESTRICT x = reg(i.to);
  const auto look_up = [&](const auto* entries) HWY_ATTR {
    for (int64_t n = 0; n < lanes_; ++n) x[n] = static_cast<C>(entries[x[n] - i.low]);
  };
  if constexpr (sizeof(C) <= sizeof(int32_t)) {
    look_up(step_.tables32[slot].data());
  } else {
    look_up(step_.tables[slot].data());
  }
}

template <class C>
void Program<C>::select(const Instruction& i) const {
  const C *yes = reg(i.b), *no = reg(i.c);
  C* to = reg(i.to);  // also the condition
  for (int64_t n = 0; n < lanes_; n += kLanes) {
    TRIGSTONE_INDEPENDENT
    for (int64_t j = n; j < n + kLanes; ++j) to[j] = to[j] != 0 ? yes[j] : no[j];
  }
}

// The highest bit by halving: 63 - clz, 0 for 0.
template <class C>
void Program<C>::leading_one(const Instruction& i) const {
  C* HWY_RESTRICT x = reg(i.to);
  for (int64_t n = 0; n < lanes_; n += kLanes) {
    for (int64_t j = n; j < n + kLanes; ++j) {
      C rest = x[j], place = 0;
      for (int step = kBitsOf<C> / 2; step > 0; step /= 2) {
        const C above = static_cast<C>(rest >> step);
        place = above != 0 ? static_cast<C>(place + step) : place;
        rest = above != 0 ? above : rest;
      }
      x[j] = place;
    }
  }
}

template <class C>
void Program<C>::execute(const Instruction& i) const {
  using M = Modular<C>;
  switch (i.op) {
    case MicroOp::kLoad:
      return load_lanes(i.lane, memory_.at(step_.loads[static_cast<size_t>(i.slot)][first_]),
                        reg(i.to), lanes_);
    case MicroOp::kBroadcast:
      return broadcast(i);
    case MicroOp::kShiftLeftConstant:
      return shift_left_lanes(reg(i.to), i.shift, lanes_);
    case MicroOp::kClamp:
      return clamp_lanes(reg(i.to), static_cast<C>(i.low), static_cast<C>(i.high), lanes_);
    case MicroOp::kRequantise:
      return requantise_lanes(step_.requantise[parameter(i)], reg(i.to), lanes_);
    case MicroOp::kThresholds:
      return thresholds(i);
    case MicroOp::kTable:
      return table(i);
    case MicroOp::kAdd:
      return combine(i, [](C a, C b) HWY_ATTR { return static_cast<C>(M(a) + M(b)); });
    case MicroOp::kSub:
      return combine(i, [](C a, C b) HWY_ATTR { return static_cast<C>(M(a) - M(b)); });
    case MicroOp::kMul:
      return combine(i, [](C a, C b) HWY_ATTR { return static_cast<C>(M(a) * M(b)); });
    case MicroOp::kLess:
      return combine(i, [](C a, C b) HWY_ATTR { return static_cast<C>(a < b); });
    case MicroOp::kLessEqual:
      return combine(i, [](C a, C b) HWY_ATTR { return static_cast<C>(a <= b); });
    case MicroOp::kEqual:
      return combine(i, [](C a, C b) HWY_ATTR { return static_cast<C>(a == b); });
    case MicroOp::kNotEqual:
      return combine(i, [](C a, C b) HWY_ATTR { return static_cast<C>(a != b); });
    case MicroOp::kSelect:
      return select(i);
    case MicroOp::kLeadingOne:
      return leading_one(i);
    case MicroOp::kShiftLeft:
      return combine(i, [](C a, C b) HWY_ATTR { return static_cast<C>(M(a) << b); });
  }
}

void elementwise(const ElementwiseStep& step, const Memory& memory) {
  switch (step.width) {
    case Width::k16:
      return Program<int16_t>(step, memory).run();
    case Width::k32:
      return Program<int32_t>(step, memory).run();
    case Width::k64:
      return Program<int64_t>(step, memory).run();
    case Width::k128:
      return Program<Int128>(step, memory).run();
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace trigstone::engine
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace trigstone::engine {

decltype(Kernels::elementwise) elementwise_kernel(Isa isa) {
  return TRIGSTONE_SELECT(isa, elementwise);
}

}  // namespace trigstone::engine
#endif
