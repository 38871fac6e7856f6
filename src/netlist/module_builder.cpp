// ModuleBuilder: writes combinational modules, sharing equal cells and leaving out idle ones.
//
//   add(x, relabel(3 as a constant, 2))  =>  one add cell with amount 2
//   mux(less(x, 9), a, b) with x in [0, 7]  =>  a
#include <algorithm>
#include <functional>
#include <tuple>

#include "base/error.h"
#include "fixed/quantize.h"
#include "netlist/evaluate.h"
#include "netlist/netlist.h"

namespace trigstone {

namespace {

size_t hash_of(const Cell& cell) {
  size_t hash = static_cast<size_t>(cell.op);
  const auto mix = [&hash](int64_t x) {
    hash = (hash ^ static_cast<size_t>(x)) * 0x9e3779b97f4a7c15;
    hash ^= hash >> 29;
  };
  for (const CellId id : cell.operands) mix(id);
  mix(cell.constant);
  mix(cell.amount);
  mix(cell.flag ? 1 : 0);
  mix(cell.fraction_bits);
  for (const int64_t entry : cell.entries) mix(entry);
  return hash;
}

bool same_expression(const Cell& a, const Cell& b) {
  return a.op == b.op && a.operands == b.operands && a.constant == b.constant &&
         a.amount == b.amount && a.flag == b.flag && a.fraction_bits == b.fraction_bits &&
         a.entries == b.entries;
}

}  // namespace

ModuleBuilder::ModuleBuilder(std::string name) { module_.name = std::move(name); }

void ModuleBuilder::refuse(const std::string& what) const {
  throw Error(fmt::format("module '{}'", module_.name), what,
              "quantise its operands to fewer bits");
}

bool ModuleBuilder::is_constant(CellId id, int64_t value) const {
  return cell(id).op == NetOp::kConst && cell(id).constant == value;
}

CellId ModuleBuilder::emplace(Cell cell) {
  if (cell.op == NetOp::kInput) return module_.add(std::move(cell));
  static const Netlist no_modules;
  cell.range = infer_range(no_modules, module_, cell);
  if (!fits_64_bits(cell.range)) {
    refuse(fmt::format("an exact {} needs {} bits, more than 64", traits_of(cell.op).text,
                       bits_for(cell.range)));
  }
  if (cell.op != NetOp::kConst && cell.range.low == cell.range.high) {
    return constant(static_cast<int64_t>(cell.range.low), cell.fraction_bits);
  }
  const size_t hash = hash_of(cell);
  const auto [begin, end] = known_.equal_range(hash);
  for (auto candidate = begin; candidate != end; ++candidate) {
    if (same_expression(this->cell(candidate->second), cell)) return candidate->second;
  }
  const CellId id = module_.add(std::move(cell));
  known_.emplace(hash, id);
  return id;
}

CellId ModuleBuilder::emplace(NetOp op, std::vector<CellId> operands, int fraction_bits, int amount,
                              bool flag) {
  Cell cell;
  cell.op = op;
  cell.operands = std::move(operands);
  cell.fraction_bits = fraction_bits;
  cell.amount = amount;
  cell.flag = flag;
  return emplace(std::move(cell));
}

CellId ModuleBuilder::input(Interval range, int fraction_bits, const std::string& name) {
  if (!fits_64_bits(range)) refuse("an input needs more than 64 bits");
  Cell cell;
  cell.op = NetOp::kInput;
  cell.range = range;
  cell.fraction_bits = fraction_bits;
  cell.name = name;
  return emplace(std::move(cell));
}

CellId ModuleBuilder::constant(int64_t value, int fraction_bits) {
  Cell cell;
  cell.op = NetOp::kConst;
  cell.constant = value;
  cell.fraction_bits = fraction_bits;
  return emplace(std::move(cell));
}

CellId ModuleBuilder::shift_left_relabelled(CellId a, int amount, int fraction_bits) {
  if (cell(a).op == NetOp::kShiftLeft) {  // a shift of a shift is one shift
    amount += cell(a).amount;
    a = cell(a).operands[0];
  }
  if (amount == 0 && fraction(a) == fraction_bits) return a;
  return emplace(NetOp::kShiftLeft, {a}, fraction_bits, amount);
}

CellId ModuleBuilder::shift_right_relabelled(CellId a, int amount, int fraction_bits) {
  if (cell(a).op == NetOp::kShiftLeft) {  // the zeros that a left shift brought in fall out again
    const int zeros = cell(a).amount;
    const CellId source = cell(a).operands[0];
    if (zeros >= amount) return shift_left_relabelled(source, zeros - amount, fraction_bits);
    return shift_right_relabelled(source, amount - zeros, fraction_bits);
  }
  if (cell(a).op == NetOp::kShiftRight) {
    amount += cell(a).amount;
    a = cell(a).operands[0];
  }
  if (amount == 0) return relabel(a, fraction_bits);
  return emplace(NetOp::kShiftRight, {a}, fraction_bits, std::min(amount, 63));
}

CellId ModuleBuilder::shl(CellId a, int amount) {
  ensure(amount >= 0, "shl: negative amount");
  return shift_left_relabelled(a, amount, fraction(a));
}

CellId ModuleBuilder::shr(CellId a, int amount) {
  ensure(amount >= 0, "shr: negative amount");
  return shift_right_relabelled(a, amount, fraction(a));
}

CellId ModuleBuilder::relabel(CellId a, int fraction_bits) {
  return shift_left_relabelled(a, 0, fraction_bits);
}

CellId ModuleBuilder::align(CellId a, int fraction_bits) {
  ensure(fraction_bits >= fraction(a), "align: the target grid is coarser");
  return shift_left_relabelled(a, fraction_bits - fraction(a), fraction_bits);
}

CellId ModuleBuilder::wrap(CellId a, int bits, bool is_signed) {
  ensure(bits >= 1 && bits <= (is_signed ? 64 : 63), "wrap: width outside the 64-bit limit");
  const Int128 half = static_cast<Int128>(1) << (bits - 1);
  const Interval full = is_signed ? Interval{-half, half - 1} : Interval{0, 2 * half - 1};
  if (full.contains(range(a).low) && full.contains(range(a).high)) return a;
  if (cell(a).op == NetOp::kShiftLeft && cell(a).amount > 0) {
    const int zeros = cell(a).amount;
    if (zeros >= bits) return constant(0, fraction(a));
    const CellId kept = wrap(cell(a).operands[0], bits - zeros, is_signed);
    return shift_left_relabelled(kept, zeros, fraction(a));
  }
  if (cell(a).op == NetOp::kWrap && cell(a).amount >= bits) {
    return emplace(NetOp::kWrap, {cell(a).operands[0]}, fraction(a), bits, is_signed);
  }
  return emplace(NetOp::kWrap, {a}, fraction(a), bits, is_signed);
}

CellId ModuleBuilder::add(CellId a, CellId b) { return add_or_subtract(a, b, false); }
CellId ModuleBuilder::sub(CellId a, CellId b) { return add_or_subtract(a, b, true); }

CellId ModuleBuilder::add_or_subtract(CellId a, CellId b, bool subtract) {
  const int result_fraction = std::max(fraction(a), fraction(b));
  if (is_constant(b, 0)) return align(a, result_fraction);
  if (is_constant(a, 0) && !subtract) return align(b, result_fraction);
  int shift_a = result_fraction - fraction(a), shift_b = result_fraction - fraction(b);
  const auto look_through = [&](CellId& id, int& shift) {
    if (cell(id).op != NetOp::kShiftLeft) return;
    shift += cell(id).amount;
    id = cell(id).operands[0];
  };
  look_through(a, shift_a);
  look_through(b, shift_b);
  if (a == b && shift_a == shift_b) {
    if (subtract) return constant(0, result_fraction);
    return shift_left_relabelled(a, shift_a + 1, result_fraction);
  }
  // An add cell shifts one operand only: what both share is shifted afterwards.
  const int common = std::min(shift_a, shift_b);
  int amount = shift_b - shift_a;
  if (!subtract && (amount < 0 || (amount == 0 && a > b))) {  // one form for equal sums
    std::swap(a, b);
    amount = -amount;
  }
  if (common == 0) return emplace(NetOp::kAdd, {a, b}, result_fraction, amount, subtract);
  const CellId sum = emplace(NetOp::kAdd, {a, b}, result_fraction - common, amount, subtract);
  return shift_left_relabelled(sum, common, result_fraction);
}

CellId ModuleBuilder::add3(std::array<Term, 3> terms) {
  ensure(std::any_of(terms.begin(), terms.end(), [](const Term& x) { return !x.negative; }),
         "add3: no term is added");
  int result_fraction = fraction(terms[0].cell);
  for (const Term& x : terms) result_fraction = std::max(result_fraction, fraction(x.cell));
  for (size_t i = 0; i < 3; ++i) {
    if (!is_constant(terms[i].cell, 0)) continue;
    const Term a = terms[(i + 1) % 3], b = terms[(i + 2) % 3];
    CellId sum = -1;
    if (a.negative && b.negative) {
      sum = sub(terms[i].cell, add(a.cell, b.cell));
    } else if (a.negative) {
      sum = sub(b.cell, a.cell);
    } else {
      sum = add_or_subtract(a.cell, b.cell, b.negative);
    }
    return align(sum, result_fraction);
  }
  std::array<int, 3> shifts;
  for (size_t i = 0; i < 3; ++i) {
    Term& x = terms[i];
    shifts[i] = result_fraction - fraction(x.cell);
    if (cell(x.cell).op != NetOp::kShiftLeft) continue;
    shifts[i] += cell(x.cell).amount;
    x.cell = cell(x.cell).operands[0];
  }
  const int common = *std::min_element(shifts.begin(), shifts.end());
  std::vector<std::tuple<bool, CellId, int64_t>> sorted;  // one form for equal sums
  for (size_t i = 0; i < 3; ++i) {
    const int shift = shifts[i] - common;
    if (shift > 62) refuse("an exact add3 needs more than 64 bits");
    const int64_t factor = int64_t{1} << shift;
    sorted.emplace_back(terms[i].negative, terms[i].cell, terms[i].negative ? -factor : factor);
  }
  std::sort(sorted.begin(), sorted.end());
  Cell sum;
  sum.op = NetOp::kAdd3;
  sum.fraction_bits = result_fraction - common;
  for (const auto& [negative, id, factor] : sorted) {
    sum.operands.push_back(id);
    sum.entries.push_back(factor);
  }
  return shift_left_relabelled(emplace(std::move(sum)), common, result_fraction);
}

CellId ModuleBuilder::mul(CellId a, CellId b, bool dsp) {
  const int result_fraction = fraction(a) + fraction(b);
  if (cell(a).op == NetOp::kConst) std::swap(a, b);
  if (cell(b).op == NetOp::kConst) {
    const int64_t factor = cell(b).constant;
    if (factor > 0 && (factor & (factor - 1)) == 0) {
      return shift_left_relabelled(a, std::countr_zero(static_cast<uint64_t>(factor)),
                                   result_fraction);
    }
  } else if (a > b) {
    std::swap(a, b);
  }
  // Behind an operand of one bit a product is a gate.
  const bool gate = range(a).high - range(a).low <= 1 || range(b).high - range(b).low <= 1;
  const bool fits = fits_dsp(range(a), range(b)) && (!gate || cell(b).op == NetOp::kConst);
  return emplace(NetOp::kMul, {a, b}, result_fraction, 0, dsp && fits);
}

CellId ModuleBuilder::mux(CellId select, CellId a, CellId b) {
  const int result_fraction = std::max(fraction(a), fraction(b));
  a = align(a, result_fraction);
  b = align(b, result_fraction);
  if (a == b) return a;
  if (range(select).low == range(select).high) return range(select).low != 0 ? a : b;
  ensure(range(select).low >= 0 && range(select).high <= 1, "mux: select is not 0 or 1");
  if (cell(select).op == NetOp::kNot) {
    return mux(cell(select).operands[0], b, a);
  }
  if (is_constant(a, 1) && is_constant(b, 0) && result_fraction == fraction(select)) return select;
  if (is_constant(a, 0) && is_constant(b, 1) && result_fraction == fraction(select)) {
    return logic_not(select);
  }
  return emplace(NetOp::kMux, {select, a, b}, result_fraction);
}

CellId ModuleBuilder::less(CellId a, CellId b) {
  const int common = std::max(fraction(a), fraction(b));
  a = align(a, common);
  b = align(b, common);
  if (a == b) return constant(0);
  return emplace(NetOp::kLess, {a, b}, 0);
}

CellId ModuleBuilder::equal(CellId a, CellId b) {
  const int common = std::max(fraction(a), fraction(b));
  a = align(a, common);
  b = align(b, common);
  if (a == b) return constant(1);
  return emplace(NetOp::kEqual, {std::min(a, b), std::max(a, b)}, 0);
}

CellId ModuleBuilder::logic_and(CellId a, CellId b) {
  if (is_constant(a, 1) || a == b) return b;
  if (is_constant(b, 1)) return a;
  return emplace(NetOp::kAnd, {std::min(a, b), std::max(a, b)}, 0);
}

CellId ModuleBuilder::logic_or(CellId a, CellId b) {
  if (is_constant(a, 0) || a == b) return b;
  if (is_constant(b, 0)) return a;
  return emplace(NetOp::kOr, {std::min(a, b), std::max(a, b)}, 0);
}

CellId ModuleBuilder::logic_not(CellId a) {
  if (cell(a).op == NetOp::kNot) return cell(a).operands[0];
  return emplace(NetOp::kNot, {a}, 0);
}

CellId ModuleBuilder::min(CellId a, CellId b) {
  const int common = std::max(fraction(a), fraction(b));
  a = align(a, common);
  b = align(b, common);
  if (range(a).high <= range(b).low) return a;
  if (range(b).high <= range(a).low || a == b) return b;
  return emplace(NetOp::kMin, {std::min(a, b), std::max(a, b)}, common);
}

CellId ModuleBuilder::max(CellId a, CellId b) {
  const int common = std::max(fraction(a), fraction(b));
  a = align(a, common);
  b = align(b, common);
  if (range(a).low >= range(b).high) return a;
  if (range(b).low >= range(a).high || a == b) return b;
  return emplace(NetOp::kMax, {std::min(a, b), std::max(a, b)}, common);
}

CellId ModuleBuilder::table(CellId a, std::vector<int64_t> entries, int64_t base,
                            int fraction_bits) {
  const Int128 first = range(a).low - base, last = range(a).high - base;
  ensure(first >= 0 && last < static_cast<Int128>(entries.size()),
         "table: the operand's interval reaches outside the entries");
  // A narrow interval far from 0 would address a large memory: move it to 0.
  const bool wasteful = bits_for(range(a)) > bits_for({0, range(a).high - range(a).low}) + 1;
  const CellId index =
      wasteful ? sub(a, constant(static_cast<int64_t>(range(a).low), fraction(a))) : a;
  Cell cell;
  cell.op = NetOp::kTable;
  cell.operands = {index};
  cell.constant = static_cast<int64_t>(range(index).low);
  cell.entries.assign(entries.begin() + static_cast<ptrdiff_t>(first),
                      entries.begin() + static_cast<ptrdiff_t>(last) + 1);
  cell.fraction_bits = fraction_bits;
  return emplace(std::move(cell));
}

CellId ModuleBuilder::leading_one(CellId a) {
  ensure(range(a).low >= 0, "leading_one: negative operand");
  return emplace(NetOp::kLeadingOne, {a}, 0);
}

CellId ModuleBuilder::shift_var(CellId a, CellId amount) {
  ensure(range(amount).low >= 0 && fraction(amount) == 0, "shift_var: amount is not an integer");
  if (range(amount).high > 63) refuse("a shift by up to 64 or more bits");
  if (cell(amount).op == NetOp::kConst) return shl(a, static_cast<int>(cell(amount).constant));
  return emplace(NetOp::kShiftVar, {a, amount}, fraction(a));
}

void ModuleBuilder::input_port(const std::string& name, int element_bits, bool is_signed,
                               std::vector<CellId> elements) {
  module_.inputs.push_back({name, element_bits, is_signed, std::move(elements)});
}

void ModuleBuilder::output_port(const std::string& name, int element_bits, bool is_signed,
                                std::vector<CellId> elements) {
  module_.outputs.push_back({name, element_bits, is_signed, std::move(elements)});
}

void ModuleBuilder::set_name(CellId id, const std::string& name) { module_.cell(id).name = name; }

Module ModuleBuilder::finish(std::string comment) {
  module_.comment = std::move(comment);
  drop_dead_cells(module_);
  return std::move(module_);
}

}  // namespace trigstone
