#include "engine/scratch.h"

#include <algorithm>

namespace trigstone::engine {

namespace {

constexpr int64_t kRow64 = int64_t{8} * kLanes;  // a row of 64-bit numbers

struct Bytes {
  int64_t operator()(const ElementwiseStep& s) const {
    return int64_t{s.registers} * kRegisterBytes;
  }
  // Inputs of one position, packed or as reals, and four rows of sums.
  int64_t operator()(const LinearStep& s) const { return (s.terms + 4 + 4) * kRow64; }
  // Both operands packed or as reals, corrections of the sums, and some sums.
  int64_t operator()(const MatMulStep& s) const {
    return ((s.rows + s.columns) * (s.terms + 5) + 8) * kRow64;
  }
  int64_t operator()(const ReduceStep&) const { return 8 * kRow64; }
  int64_t operator()(const SortStep& s) const { return (s.terms + 1) * 2 * kRow64; }
  int64_t operator()(const TreeStep& s) const {
    return (static_cast<int64_t>(s.x_rows.size()) + s.outputs + 2) * kRow64;
  }
};

}  // namespace

int64_t scratch_bytes(const Step& step) { return std::visit(Bytes{}, step) + kUnitBytes; }

}  // namespace trigstone::engine
