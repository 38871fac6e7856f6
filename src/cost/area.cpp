#include "cost/area.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <set>

#include "base/error.h"
#include "cost/lut_counts.h"
#include "cost/memory_blocks.h"
#include "cost/power.h"
#include "cost/taken_in.h"
#include "fixed/quantize.h"

namespace trigstone {

namespace {

constexpr int kSrlDepth = 32;             // clocks one LUT delays one bit
constexpr int kShiftRegisterBits = 256;   // the emitter writes longer lines as a memory
constexpr int kLutMemoryDepth = 512;      // deeper ones are block RAM
constexpr int kBlockRamBits = 36 * 1024;  // of a BRAM36
constexpr int kBlockRamWidth = 72;

void add_to(Resources& sum, const Resources& more, double times = 1) {
  sum.lut += more.lut * times;
  sum.ff += more.ff * times;
  sum.dsp += more.dsp * times;
  sum.bram36 += more.bram36 * times;
  sum.uram += more.uram * times;
}

int index_bits(const Cell& rom) {
  return bits_for({0, static_cast<Int128>(rom.entries.size()) - 1});
}

class AreaModel {
 public:
  AreaModel(const Module& module, const Cell& cell) : module_(module), cell_(cell) {}
  Resources run() const;
  // LUTs of a choice that its readers take in: what tells the limit is passed.
  double limit_test(bool by_register) const;

 private:
  const Cell& operand(size_t i) const { return module_.cell(cell_.operands[i]); }
  int bits() const { return bits_for(cell_.range); }
  int operand_bits(size_t i) const { return bits_for(operand(i).range); }
  bool constant(size_t i) const { return operand(i).op == NetOp::kConst; }
  bool zero(size_t i) const { return constant(i) && operand(i).constant == 0; }

  double adder() const;
  double ternary_adder() const;
  double multiplier() const;
  double comparison() const;
  double extreme() const;
  bool inside_dsp() const;
  bool inside_block_ram() const;
  Resources delay_line() const;
  Resources memory() const;

  const Module& module_;
  const Cell& cell_;
};

// One LUT for each position at which the carry chain needs the XOR of two bits: none below the
// higher operand, none where an unsigned operand has ended, one less than the result has bits,
// since both signs repeat there. A constant leaves wires and inverters; those are no LUTs in Yosys,
// though a device passes each bit through one.
double AreaModel::adder() const {
  if (constant(0) || constant(1)) return 0;
  const int low_a = std::max(-cell_.amount, 0), low_b = std::max(cell_.amount, 0);
  const int top_a = low_a + operand_bits(0), top_b = low_b + operand_bits(1);
  const bool shorter_is_unsigned = operand(top_a < top_b ? 0 : 1).range.low >= 0;
  const int last = shorter_is_unsigned ? std::min(top_a, top_b) : std::max(top_a, top_b);
  return std::max(last - std::max(low_a, low_b), cell_.flag ? 0 : 1);
}

// A LUT6_2 for each bit of the chain: three bits become two in it, the sum bit joins the saved one
// of the LUT below. Vendor tools make the same of `a + b + c`, Yosys of the primitives alone.
double AreaModel::ternary_adder() const { return bits() - carry_chain(module_, cell_).start; }

double AreaModel::multiplier() const {
  const bool signed_a = operand(0).range.low < 0, signed_b = operand(1).range.low < 0;
  if (cell_.operands[0] == cell_.operands[1]) return square_luts(operand_bits(0), signed_a);
  return multiplier_luts(operand_bits(0), signed_a, operand_bits(1), signed_b);
}

// Against a constant a LUT sees three bits and more, else two of each side.
double AreaModel::comparison() const {
  const int widest = std::max(operand_bits(0), operand_bits(1));
  const bool fixed = constant(0) || constant(1);
  const int narrowest = std::min(operand_bits(0), operand_bits(1));
  if (cell_.op == NetOp::kEqual) {
    return fixed ? std::ceil(widest / 5.0) : 0.9 * narrowest + 0.2 * (widest - narrowest);
  }
  if (zero(0) || zero(1)) return 1;  // the sign bit, or all bits when none
  if (fixed) return 0.375 * widest;
  return 0.72 * narrowest + 0.4 * (widest - narrowest);
}

// A LUT a bit. Limits that are 0 or next to a power of two (relu, saturation) are seen in the high
// bits, and beyond those of the limit only the sign is left.
double AreaModel::extreme() const {
  for (size_t i = 0; i < 2; ++i) {
    if (!constant(i)) continue;
    const int64_t limit = operand(i).constant;
    const auto above = static_cast<uint64_t>(limit) + 1;
    const auto size = static_cast<uint64_t>(limit < 0 ? -limit : limit);
    if ((above & (above - 1)) != 0 && (size & (size - 1)) != 0) continue;
    if (limit == 0) return bits();
    return std::min(bits(), bits_for(hull({limit, limit}, {-limit - 1, -limit - 1})));
  }
  return comparison() + bits();
}

// Whether a power of two is passed is told by the bits above it. More than five of them and a bit
// of the value need two LUTs each time, unless a register sees the test by itself.
double AreaModel::limit_test(bool by_register) const {
  if (cell_.op == NetOp::kMux || zero(0) || zero(1)) return 0;
  const size_t fixed = constant(0) ? 0 : 1;
  const int64_t limit = operand(fixed).constant;
  const auto step = static_cast<uint64_t>(cell_.op == NetOp::kMin ? limit + 1 : -limit);
  if ((step & (step - 1)) != 0) return comparison();
  const int above = operand_bits(1 - fixed) - __builtin_ctzll(step);
  if (!by_register && above > 5)
    return 0.8 * bits_for(hull({limit, limit}, {-limit - 1, -limit - 1}));
  return std::ceil(std::max(above - 1, 1) / 5.0);
}

// The two registers behind a product in a DSP slice are the slice's own, and so is the one behind
// its adder.
bool AreaModel::inside_dsp() const {
  const Cell* source = &operand(0);
  if (adds_in_dsp(module_, *source)) return true;
  if (source->op == NetOp::kReg) source = &module_.cell(source->operands[0]);
  return source->op == NetOp::kMul && source->flag;
}

// A block RAM reads into a register and has one more behind it.
bool AreaModel::inside_block_ram() const {
  const Cell* memory = memory_read_by(module_, cell_);
  return memory != nullptr && memory->flag;
}

// Short lines are SRLs, a LUT for 32 clocks of a bit; longer ones a memory of LUTs with a register
// behind, eight LUTs for 64 places of seven bits; the longest a block RAM.
Resources AreaModel::delay_line() const {
  Resources r;
  const double total_bits = static_cast<double>(bits()) * cell_.amount;
  if (cell_.amount > kLutMemoryDepth) {
    r.bram36 = std::ceil(
        std::max(total_bits / kBlockRamBits, bits() / static_cast<double>(kBlockRamWidth)));
  } else if (total_bits > kShiftRegisterBits) {
    r.lut = 8 * std::ceil(bits() / 7.0) * std::ceil(cell_.amount / 64.0);
    r.ff = bits();
  } else {
    r.lut = bits() * std::ceil(static_cast<double>(cell_.amount) / kSrlDepth);
  }
  return r;
}

// One word is a register; more are LUT memory or block RAM, and one more LUT tells the address.
Resources AreaModel::memory() const {
  Resources r;
  const auto words = static_cast<int64_t>(cell_.entries.size());
  r.lut = 1;
  if (words == 1) {
    r.ff = bits();
  } else if (cell_.flag) {
    r.bram36 = block_rams18(words, bits()) / 2.0;
  } else {
    r.lut += lut_memory_luts(words, bits());
  }
  return r;
}

Resources AreaModel::run() const {
  Resources r;
  switch (cell_.op) {
    case NetOp::kInput:
    case NetOp::kConst:
    case NetOp::kShiftLeft:
    case NetOp::kShiftRight:
    case NetOp::kWrap:
    case NetOp::kInstance:
    case NetOp::kResult:
    case NetOp::kNot:  // absorbed by the LUT that reads it
      break;
    case NetOp::kAdd:
      r.lut = joins_bits(module_, cell_) || adds_in_dsp(module_, cell_) ? 0 : adder();
      break;
    case NetOp::kAdd3:
      r.lut = ternary_adder();
      break;
    case NetOp::kMul:
      if (cell_.flag) {
        r.dsp = 1;
      } else {
        r.lut = multiplier();
      }
      break;
    case NetOp::kMux:
      r.lut = bits();
      break;
    case NetOp::kLess:
    case NetOp::kEqual:
      r.lut = comparison();
      break;
    case NetOp::kAnd:
    case NetOp::kOr:
      r.lut = 0.5;  // two share a LUT6_2
      break;
    case NetOp::kMin:
    case NetOp::kMax:
      r.lut = extreme();
      break;
    case NetOp::kTable:
      r.lut = table_luts(cell_.entries, operand_bits(0), bits());
      break;
    case NetOp::kLeadingOne:
      r.lut = leading_one_luts(operand_bits(0));
      break;
    case NetOp::kShiftVar:
      r.lut = shift_luts(operand_bits(0), operand_bits(1), bits());
      break;
    case NetOp::kReg:
      r.ff = inside_dsp() || inside_block_ram() ? 0 : bits();
      break;
    case NetOp::kHold:  // the clock enable is part of the register
      r.ff = bits();
      break;
    case NetOp::kDelay:
      return delay_line();
    case NetOp::kAccSum:
      r.ff = bits();
      r.lut = 2.0 * bits();  // the adder, and the choice between the sum and a new start
      break;
    case NetOp::kAccMax:
    case NetOp::kAccMin:
      r.ff = bits();
      r.lut = 0.72 * bits() + 1;  // the choice is the register's clock enable
      break;
    case NetOp::kMemory:
      return memory();
    case NetOp::kRom:  // its phase counter belongs to the module
      r.lut = table_luts(cell_.entries, index_bits(cell_), bits());
      break;
  }
  return r;
}

// What the cells of a module share: the line that delays `start` to their strobes, phase counters
// of ROMs, and the counter that walks through memories of delay lines. Three clocks without a tap
// and more are an SRL.
Resources shared_by_cells(const Netlist& netlist, const Module& module) {
  Resources r;
  std::set<int> strobes = {0};
  std::map<int, int> phase_bits;  // by strobe
  int tick_bits = 0;
  for (const Cell& cell : module.cells) {
    const bool starts = cell.op == NetOp::kInstance &&
                        netlist.modules[static_cast<size_t>(cell.module)].needs_start;
    if (acts_at_strobe(cell) || starts) {
      for (const int clock : load_clocks(cell)) strobes.insert(clock);
    }
    if (cell.op == NetOp::kRom || (cell.op == NetOp::kMemory && cell.entries.size() > 1)) {
      phase_bits[cell.strobe] = std::max(phase_bits[cell.strobe], index_bits(cell));
    }
    const bool memory =
        cell.op == NetOp::kDelay && int64_t{cell.amount} * width_bits(cell) > kShiftRegisterBits;
    if (memory) tick_bits = std::max(tick_bits, bits_for({0, cell.amount - 2}));
  }
  for (auto strobe = std::next(strobes.begin()); strobe != strobes.end(); ++strobe) {
    const int clocks = *strobe - *std::prev(strobe);
    if (clocks < 3) {
      r.ff += clocks;
    } else {
      r.lut += std::ceil(static_cast<double>(clocks) / kSrlDepth);
    }
  }
  for (const auto& [strobe, bits] : phase_bits) {
    r.ff += bits;
    r.lut += 2.0 * bits;
  }
  r.ff += tick_bits;  // a carry chain alone: no LUTs
  return r;
}

}  // namespace

bool joins_bits(const Module& module, const Cell& cell) {
  if (cell.op != NetOp::kAdd || cell.flag || cell.amount == 0) return false;
  const Interval low = module.cell(cell.operands[cell.amount > 0 ? 0 : 1]).range;
  return low.low >= 0 && bits_for(low) <= std::abs(cell.amount);
}

const Cell* memory_read_by(const Module& module, const Cell& reg) {
  const Cell* source = &module.cell(reg.operands[0]);
  if (source->op == NetOp::kMemory) return source;
  if (source->op != NetOp::kReg) return nullptr;
  source = &module.cell(source->operands[0]);
  return source->op == NetOp::kMemory && source->flag ? source : nullptr;
}

bool adds_in_dsp(const Module& module, const Cell& cell) {
  if (cell.op != NetOp::kAdd || cell.flag || cell.amount != 0 || width_bits(cell) > 48)
    return false;
  return std::any_of(cell.operands.begin(), cell.operands.end(), [&](CellId id) {
    const Cell* source = &module.cell(id);
    if (source->op == NetOp::kReg) source = &module.cell(source->operands[0]);
    return source->op == NetOp::kMul && source->flag;
  });
}

Resources estimate_cell(const Module& module, const Cell& cell) {
  return AreaModel(module, cell).run();
}

std::vector<Resources> estimate_modules(const Netlist& netlist) {
  std::vector<Resources> of_module;
  const std::vector<std::vector<TakenIn>> taken_in = taken_in_by_readers(netlist);
  for (const Module& module : netlist.modules) {
    Resources sum;
    const std::vector<TakenIn>& taken = taken_in[of_module.size()];
    for (size_t i = 0; i < module.cells.size(); ++i) {
      const Cell& cell = module.cells[i];
      if (taken[i] != TakenIn::kNot) {
        sum.lut += AreaModel(module, cell).limit_test(taken[i] == TakenIn::kByRegister);
        continue;
      }
      add_to(sum, estimate_cell(module, cell));
      if (cell.op == NetOp::kInstance) add_to(sum, of_module[static_cast<size_t>(cell.module)]);
    }
    add_to(sum, shared_by_cells(netlist, module));
    of_module.push_back(sum);
  }
  return of_module;
}

Resources estimate(const Netlist& netlist, const Device& device, double clock_mhz) {
  const std::vector<Resources> of_module = estimate_modules(netlist);
  ensure(!of_module.empty(), "estimate: a netlist without modules");
  Resources total = of_module.back();
  total.power_w = estimate_power(total, device, clock_mhz).total_w();
  return total;
}

}  // namespace trigstone
