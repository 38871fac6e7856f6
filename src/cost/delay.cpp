#include "cost/delay.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "cost/area.h"
#include "fixed/quantize.h"

namespace trigstone {

namespace {

int levels_of(double inputs, double per_level) {
  return std::max(
      1, static_cast<int>(std::ceil(std::log(std::max(inputs, 1.0)) / std::log(per_level) - 1e-9)));
}

class DelayModel {
 public:
  DelayModel(const Module& module, const Cell& cell, const DelayConstants& constants)
      : module_(module), cell_(cell), constants_(constants) {}

  double run() const;

 private:
  const Cell& operand(size_t i) const { return module_.cell(cell_.operands[i]); }
  int operand_bits(size_t i) const { return bits_for(operand(i).range); }
  int widest_operand() const {
    int bits = 1;
    for (size_t i = 0; i < cell_.operands.size(); ++i) bits = std::max(bits, operand_bits(i));
    return bits;
  }
  double carry(int bits) const {
    return constants_.lut_level_ns + constants_.carry8_ns * std::ceil(bits / 8.0);
  }
  double levels(int count) const { return count * constants_.lut_level_ns; }
  bool zero(size_t i) const { return operand(i).op == NetOp::kConst && operand(i).constant == 0; }
  double comparison() const;
  double table() const;
  double multiplier() const;

  const Module& module_;
  const Cell& cell_;
  const DelayConstants& constants_;
};

// 64 entries fit a LUT6; F7 to F9 join up to eight of them, further joins are LUT levels of 4:1.
double DelayModel::table() const {
  const int index_bits = std::max(1, operand_bits(0));
  const int muxes = std::clamp(index_bits - 6, 0, 3);
  const int further = std::max(0, index_bits - 9);
  return levels(1 + (further + 1) / 2) + muxes * constants_.wide_mux_ns;
}

// A LUT row adds two partial products on its carry chain; the rows meet in a binary tree.
double DelayModel::multiplier() const {
  const int rows = std::min(operand_bits(0), operand_bits(1));
  const int stages = rows <= 1 ? 1 : levels_of(rows, 2);
  return stages * carry(bits_for(cell_.range));
}

// Below 0 is the sign bit itself; above 0 asks for any bit, without a chain.
double DelayModel::comparison() const {
  if (zero(1)) return 0;
  if (zero(0)) return levels(levels_of(widest_operand(), 6));
  return carry(widest_operand());
}

double DelayModel::run() const {
  switch (cell_.op) {
    case NetOp::kInput:
    case NetOp::kConst:
    case NetOp::kShiftLeft:
    case NetOp::kShiftRight:
    case NetOp::kWrap:
    case NetOp::kReg:
    case NetOp::kDelay:
    case NetOp::kHold:
    case NetOp::kRom:
    case NetOp::kMemory:
    case NetOp::kInstance:
    case NetOp::kResult:
      return 0;
    case NetOp::kNot:  // absorbed by the LUT that reads it
      return 0;
    case NetOp::kAdd:
      if (joins_bits(module_, cell_)) return 0;
      return adds_in_dsp(module_, cell_) ? constants_.dsp_ns : carry(bits_for(cell_.range));
    case NetOp::kAccSum:
      return carry(bits_for(cell_.range));
    case NetOp::kAdd3:  // three to two in one LUT, which meet on the chain of the next
      return levels(1) + carry(bits_for(cell_.range));
    case NetOp::kLess:
      return comparison();
    case NetOp::kMin:
    case NetOp::kMax:  // with 0: the sign gates every bit
      return zero(0) || zero(1) ? levels(1) : carry(widest_operand()) + levels(1);
    case NetOp::kAccMax:
    case NetOp::kAccMin:
      return carry(widest_operand()) + levels(1);
    case NetOp::kEqual:
      return levels(levels_of(2.0 * widest_operand(), 6));
    case NetOp::kMux:
    case NetOp::kAnd:
    case NetOp::kOr:
      return levels(1);
    case NetOp::kMul:
      return cell_.flag ? constants_.dsp_ns : multiplier();
    case NetOp::kTable:
      return table();
    case NetOp::kLeadingOne:
      return levels(levels_of(widest_operand(), 4) + 1);
    case NetOp::kShiftVar:
      return levels((operand_bits(1) + 1) / 2);  // a LUT6 chooses one of four
  }
  internal_error("unknown netlist op");
}

}  // namespace

int carry_chains(const Module& module, const Cell& cell) {
  const auto operand = [&](size_t i) -> const Cell& { return module.cell(cell.operands[i]); };
  const auto is_zero = [&](size_t i) {
    return operand(i).op == NetOp::kConst && operand(i).constant == 0;
  };
  switch (cell.op) {
    case NetOp::kInput:
    case NetOp::kConst:
    case NetOp::kShiftLeft:
    case NetOp::kShiftRight:
    case NetOp::kWrap:
    case NetOp::kReg:
    case NetOp::kDelay:
    case NetOp::kHold:
    case NetOp::kRom:
    case NetOp::kMemory:
    case NetOp::kInstance:
    case NetOp::kResult:
    case NetOp::kNot:
    case NetOp::kMux:
    case NetOp::kAnd:
    case NetOp::kOr:
      return 0;
    case NetOp::kAdd:
      return joins_bits(module, cell) ? 0 : 1;
    case NetOp::kMin:
    case NetOp::kMax:
    case NetOp::kLess:
      return is_zero(0) || is_zero(1) ? 0 : 1;
    case NetOp::kMul: {
      const int rows = std::min(bits_for(operand(0).range), bits_for(operand(1).range));
      return cell.flag || rows <= 1 ? 1 : levels_of(rows, 2);
    }
    case NetOp::kAdd3:
    case NetOp::kEqual:
    case NetOp::kTable:
    case NetOp::kLeadingOne:
    case NetOp::kShiftVar:
    case NetOp::kAccSum:
    case NetOp::kAccMax:
    case NetOp::kAccMin:
      return 1;
  }
  internal_error("unknown netlist op");
}

double delay_ns(const Module& module, const Cell& cell, const Device& device) {
  return DelayModel(module, cell, device.delay).run();
}

}  // namespace trigstone
