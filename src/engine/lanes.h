// Lanes: how the engine keeps numbers. Events lie side by side: a *row* is one element of one value
// for kLanes events, in the narrowest integer type that holds every mantissa the element can have.
#pragma once

#include <cstdint>

#include "fixed/format.h"
#include "fixed/quantize.h"

namespace trigstone::engine {

// Events in a tile. One AVX-512 register of bytes; a row of any lane type is whole cache lines.
inline constexpr int kLanes = 64;
// Rows are addressed in units of this many bytes, so that 32 bits reach 128 GB.
inline constexpr int kUnitBytes = 64;

enum class Lane : uint8_t { kI8, kU8, kI16, kU16, kI32, kI64 };

constexpr int lane_bytes(Lane lane) {
  switch (lane) {
    case Lane::kI8:
    case Lane::kU8:
      return 1;
    case Lane::kI16:
    case Lane::kU16:
      return 2;
    case Lane::kI32:
      return 4;
    case Lane::kI64:
      return 8;
  }
  return 8;
}
constexpr int row_units(Lane lane) { return lane_bytes(lane) * kLanes / kUnitBytes; }

// The narrowest lane type that holds `range`, which must fit 64 bits.
inline Lane lane_for(Interval range) {
  const int bits = bits_for(range);
  const bool is_signed = range.low < 0;
  if (bits <= 8) return is_signed ? Lane::kI8 : Lane::kU8;
  if (bits <= 16) return is_signed ? Lane::kI16 : Lane::kU16;
  return bits + !is_signed <= 32 ? Lane::kI32 : Lane::kI64;
}

constexpr bool is_signed(Lane lane) { return lane != Lane::kU8 && lane != Lane::kU16; }
inline Interval interval_of(Lane lane) {
  const int bits = 8 * lane_bytes(lane);
  const Int128 one = 1;
  return is_signed(lane) ? Interval{-(one << (bits - 1)), (one << (bits - 1)) - 1}
                         : Interval{0, (one << bits) - 1};
}

// The type in which a step computes: every number it meets fits.
enum class Width : uint8_t { k16, k32, k64, k128 };

inline Width width_for(Interval range) {
  const int bits = bits_for(range) + (range.low < 0 ? 0 : 1);
  return bits <= 16 ? Width::k16 : bits <= 32 ? Width::k32 : bits <= 64 ? Width::k64 : Width::k128;
}

}  // namespace trigstone::engine
