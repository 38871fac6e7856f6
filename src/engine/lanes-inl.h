// Rows in and out of the type a kernel computes in. Compiled once for each instruction set.
#include <cstring>
#include <limits>
#include <type_traits>

#include "engine/lanes.h"
#include "engine/plan.h"
#include "fixed/quantize.h"
#include "hwy/highway.h"

#if defined(TRIGSTONE_ENGINE_LANES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef TRIGSTONE_ENGINE_LANES_INL_H_
#undef TRIGSTONE_ENGINE_LANES_INL_H_
#else
#define TRIGSTONE_ENGINE_LANES_INL_H_
#endif

#include "engine/target-inl.h"
HWY_BEFORE_NAMESPACE();
namespace trigstone::engine {
namespace HWY_NAMESPACE {

// Arithmetic modulo 2^bits without undefined overflow; 16-bit products would overflow `int`.
template <class C>
struct ModularOf {
  using Type = std::make_unsigned_t<C>;
};
template <>
struct ModularOf<int16_t> {
  using Type = uint32_t;
};
template <>
struct ModularOf<Int128> {
  using Type = unsigned __int128;
};
template <class C>
using Modular = typename ModularOf<C>::Type;

// Before a short loop over vectors in registers: g++ 12 keeps their arrays in memory at -O2 when it
// does not unroll it early.
#ifndef TRIGSTONE_UNROLL
#define TRIGSTONE_UNROLL _Pragma("GCC unroll 16")
#endif

template <class C>
constexpr int kBitsOf = static_cast<int>(8 * sizeof(C));

// Before a loop whose lanes do not depend on each other although its pointers may be equal.
#ifndef TRIGSTONE_INDEPENDENT
#ifdef __clang__
#define TRIGSTONE_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#else
#define TRIGSTONE_INDEPENDENT _Pragma("GCC ivdep")
#endif
#endif

// Every loop over lanes runs over whole rows, so that the compiler needs no remainder.
template <class From, class To>
void convert(const From* HWY_RESTRICT from, To* HWY_RESTRICT to, int64_t n) {
  for (int64_t i = 0; i < n; i += kLanes) {
    for (int64_t j = i; j < i + kLanes; ++j) to[j] = static_cast<To>(from[j]);
  }
}

// n lanes of consecutive rows of type `lane`.
template <class C>
void load_lanes(Lane lane, const uint8_t* from, C* HWY_RESTRICT to, int64_t n) {
  switch (lane) {
    case Lane::kI8:
      return convert(reinterpret_cast<const int8_t*>(from), to, n);
    case Lane::kU8:
      return convert(from, to, n);
    case Lane::kI16:
      return convert(reinterpret_cast<const int16_t*>(from), to, n);
    case Lane::kU16:
      return convert(reinterpret_cast<const uint16_t*>(from), to, n);
    case Lane::kI32:
      return convert(reinterpret_cast<const int32_t*>(from), to, n);
    case Lane::kI64:
      return convert(reinterpret_cast<const int64_t*>(from), to, n);
  }
}

template <class C>
void store_lanes(Lane lane, const C* HWY_RESTRICT from, uint8_t* to, int64_t n) {
  switch (lane) {
    case Lane::kI8:
    case Lane::kU8:
      return convert(from, to, n);
    case Lane::kI16:
    case Lane::kU16:
      return convert(from, reinterpret_cast<uint16_t*>(to), n);
    case Lane::kI32:
      return convert(from, reinterpret_cast<int32_t*>(to), n);
    case Lane::kI64:
      return convert(from, reinterpret_cast<int64_t*>(to), n);
  }
}

template <class C>
void shift_left_lanes(C* HWY_RESTRICT x, int shift, int64_t n) {
  if (shift >= kBitsOf<C>) {  // only zeros may be shifted so far
    std::memset(static_cast<void*>(x), 0, static_cast<size_t>(n) * sizeof(C));
    return;
  }
  for (int64_t i = 0; i < n; i += kLanes) {
    for (int64_t j = i; j < i + kLanes; ++j) {
      x[j] = static_cast<C>(static_cast<Modular<C>>(x[j]) << shift);
    }
  }
}

template <class C>
void clamp_lanes(C* HWY_RESTRICT x, C low, C high, int64_t n) {
  for (int64_t i = 0; i < n; i += kLanes) {
    for (int64_t j = i; j < i + kLanes; ++j) {
      const C raised = x[j] < low ? low : x[j];
      x[j] = raised > high ? high : raised;
    }
  }
}

// x = round(x / 2^shift), shift > 0. Each mode adds something below 2^shift and shifts:
// `half` is 2^(shift-1), a tie is a rest of exactly `half`.
template <class C>
void round_lanes(C* HWY_RESTRICT x, int shift, Rounding rounding, int64_t n) {
  const C half = static_cast<C>(C{1} << (shift - 1)), rest = static_cast<C>(half - 1 + half);
  const auto each_lane = [&](auto addend) HWY_ATTR {
    for (int64_t i = 0; i < n; i += kLanes) {
      for (int64_t j = i; j < i + kLanes; ++j) {
        x[j] = static_cast<C>(static_cast<C>(x[j] + addend(x[j])) >> shift);
      }
    }
  };
  switch (rounding) {
    case Rounding::kTRN:
      return each_lane([](C) HWY_ATTR { return C{0}; });
    case Rounding::kTRN_ZERO:
      return each_lane([=](C v) HWY_ATTR { return v < 0 ? rest : C{0}; });
    case Rounding::kRND:
      return each_lane([=](C) HWY_ATTR { return half; });
    case Rounding::kRND_MIN_INF:
      return each_lane([=](C) HWY_ATTR { return static_cast<C>(half - 1); });
    case Rounding::kRND_ZERO:  // a tie goes up below zero
      return each_lane([=](C v) HWY_ATTR { return v < 0 ? half : static_cast<C>(half - 1); });
    case Rounding::kRND_INF:  // a tie goes up above zero
      return each_lane([=](C v) HWY_ATTR { return v < 0 ? static_cast<C>(half - 1) : half; });
    case Rounding::kRND_CONV:  // a tie goes up from odd numbers
      return each_lane([=](C v) HWY_ATTR {
        return static_cast<C>(half - 1 + (static_cast<C>(v >> shift) & 1));
      });
  }
}

template <class C>
void limit_lanes(C* HWY_RESTRICT x, const Requantise& q, int64_t n) {
  const C low = static_cast<C>(q.low), high = static_cast<C>(q.high);
  switch (q.limit) {
    case Requantise::Limit::kNone:
      return;
    case Requantise::Limit::kClamp:
      return clamp_lanes(x, low, high, n);
    case Requantise::Limit::kZero:
      for (int64_t i = 0; i < n; i += kLanes) {
        for (int64_t j = i; j < i + kLanes; ++j) {
          x[j] = ((x[j] < low) | (x[j] > high)) ? C{0} : x[j];
        }
      }
      return;
    case Requantise::Limit::kWrap: {
      if (!q.format.is_signed) {
        for (int64_t i = 0; i < n; i += kLanes) {
          for (int64_t j = i; j < i + kLanes; ++j) x[j] = static_cast<C>(x[j] & high);
        }
        return;
      }
      const int up = kBitsOf<C> - q.format.width_bits;
      for (int64_t i = 0; i < n; i += kLanes) {
        for (int64_t j = i; j < i + kLanes; ++j) {
          const C top = static_cast<C>(static_cast<Modular<C>>(x[j]) << up);
          x[j] = static_cast<C>(top >> up);
        }
      }
      return;
    }
  }
}

template <class C>
void requantise_lanes(const Requantise& q, C* HWY_RESTRICT x, int64_t n) {
  if constexpr (sizeof(C) == sizeof(Int128)) {
    if (q.by_reference) {
      for (int64_t i = 0; i < n; ++i) {
        x[i] = static_cast<C>(quantize(x[i], q.in_fraction, q.format)) << q.carry_shift;
      }
      return;
    }
  }
  if (q.clamp_first) {
    clamp_lanes(x, static_cast<C>(q.first_low), static_cast<C>(q.first_high), n);
  }
  if (q.shift > 0) round_lanes(x, q.shift, q.rounding, n);
  if (q.shift < 0) shift_left_lanes(x, -q.shift, n);
  if (!q.clamp_first) limit_lanes(x, q, n);
  if (q.carry_shift > 0) shift_left_lanes(x, q.carry_shift, n);
}

// Clamps and quant of output `o`, then one row stored.
template <class C>
void finish_row(const Epilogue& epilogue, size_t o, C* HWY_RESTRICT sums, Lane lane, uint8_t* to) {
  constexpr auto least = static_cast<int64_t>(std::numeric_limits<C>::min());
  constexpr auto most = static_cast<int64_t>(std::numeric_limits<C>::max());
  if (epilogue.low != INT64_MIN || epilogue.high != INT64_MAX) {
    clamp_lanes<C>(sums, static_cast<C>(HWY_MIN(HWY_MAX(epilogue.low, least), most)),
                   static_cast<C>(HWY_MIN(HWY_MAX(epilogue.high, least), most)), kLanes);
  }
  if (!epilogue.requantise.empty()) {
    requantise_lanes(epilogue.requantise[static_cast<size_t>(epilogue.of_output[o])], sums, kLanes);
  }
  store_lanes(lane, sums, to, kLanes);
}

}  // namespace HWY_NAMESPACE
}  // namespace trigstone::engine
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
