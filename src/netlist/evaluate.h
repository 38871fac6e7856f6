// What every combinational netlist operation computes, in one place: constant folding and the
// interpreter both call it.
//
// Numbers are int64 and arithmetic is modulo 2^64, so that after `wrap_to_width` the result is what
// a wire of that width carries, inside the promised window and outside of it.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

#include "netlist/netlist.h"

namespace trigstone {

// The low `bits` bits (1 to 64) of x, read as two's complement or unsigned.
inline int64_t wrap_to_width(int64_t x, int bits, bool is_signed) {
  const int spare = 64 - bits;
  const uint64_t high = static_cast<uint64_t>(x) << spare;
  return is_signed ? static_cast<int64_t>(high) >> spare : static_cast<int64_t>(high >> spare);
}

// An amount outside 0..63, negative ones of a broken netlist included, shifts everything out.
inline int64_t shift_left_modular(int64_t x, int64_t amount) {
  return static_cast<uint64_t>(amount) < 64
             ? static_cast<int64_t>(static_cast<uint64_t>(x) << amount)
             : 0;
}

// a + b * 2^amount and its variants, as NetOp::kAdd says.
inline int64_t add_shifted(int64_t a, int64_t b, int amount, bool subtract) {
  const auto left = static_cast<uint64_t>(amount < 0 ? shift_left_modular(a, -amount) : a);
  const auto right = static_cast<uint64_t>(amount > 0 ? shift_left_modular(b, amount) : b);
  return static_cast<int64_t>(subtract ? left - right : left + right);
}

// NetOp::kAdd3.
inline int64_t add_three(const std::vector<int64_t>& factors, int64_t a, int64_t b, int64_t c) {
  const auto times = [](int64_t x, int64_t factor) {
    return static_cast<uint64_t>(x) * static_cast<uint64_t>(factor);
  };
  return static_cast<int64_t>(times(a, factors[0]) + times(b, factors[1]) + times(c, factors[2]));
}

// Entry of a table or ROM; an index outside gives the last entry.
inline int64_t entry_at(const std::vector<int64_t>& entries, int64_t index) {
  const auto i = static_cast<uint64_t>(index);
  return i < entries.size() ? entries[i] : entries.back();
}

// a - base without overflow, for entry_at.
inline int64_t index_from_base(int64_t a, int64_t base) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) - static_cast<uint64_t>(base));
}

// Any Wire or Logic operation but add3, table and result; unused operands are ignored.
inline int64_t evaluate_logic(NetOp op, int amount, bool flag, int64_t a, int64_t b, int64_t c) {
  switch (op) {
    case NetOp::kShiftLeft:
      return shift_left_modular(a, amount);
    case NetOp::kShiftRight:
      return a >> std::min(amount, 63);
    case NetOp::kWrap:
      return wrap_to_width(a, amount, flag);
    case NetOp::kAdd:
      return add_shifted(a, b, amount, flag);
    case NetOp::kMul:
      return static_cast<int64_t>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
    case NetOp::kMux:
      return a != 0 ? b : c;
    case NetOp::kLess:
      return a < b ? 1 : 0;
    case NetOp::kEqual:
      return a == b ? 1 : 0;
    case NetOp::kAnd:
      return a & b;
    case NetOp::kOr:
      return a | b;
    case NetOp::kNot:
      return a ^ 1;
    case NetOp::kMin:
      return std::min(a, b);
    case NetOp::kMax:
      return std::max(a, b);
    case NetOp::kLeadingOne:
      return a == 0 ? 0 : 63 - std::countl_zero(static_cast<uint64_t>(a));
    case NetOp::kShiftVar:
      return shift_left_modular(a, b);
    case NetOp::kInput:
    case NetOp::kConst:
    case NetOp::kAdd3:
    case NetOp::kTable:
    case NetOp::kReg:
    case NetOp::kDelay:
    case NetOp::kHold:
    case NetOp::kAccSum:
    case NetOp::kAccMax:
    case NetOp::kAccMin:
    case NetOp::kRom:
    case NetOp::kMemory:
    case NetOp::kInstance:
    case NetOp::kResult:
      break;
  }
  return 0;
}

}  // namespace trigstone
