#include <gtest/gtest.h>

#include "base/error.h"
#include "base/random.h"
#include "fixed/quantize.h"
#include "netlist/evaluate.h"
#include "netlist/netlist.h"

namespace trigstone {
namespace {

// The only output of a combinational module with one input.
int64_t evaluate(const Module& module, int64_t x) {
  std::vector<int64_t> values(module.cells.size());
  for (size_t i = 0; i < module.cells.size(); ++i) {
    const Cell& cell = module.cells[i];
    const auto operand = [&](size_t k) -> int64_t {
      return k < cell.operands.size() ? values[static_cast<size_t>(cell.operands[k])] : 0;
    };
    if (cell.op == NetOp::kInput) {
      values[i] = x;
    } else if (cell.op == NetOp::kConst) {
      values[i] = cell.constant;
    } else if (cell.op == NetOp::kTable) {
      values[i] = entry_at(cell.entries, index_from_base(operand(0), cell.constant));
    } else {
      values[i] =
          evaluate_logic(cell.op, cell.amount, cell.flag, operand(0), operand(1), operand(2));
    }
    EXPECT_TRUE(cell.range.contains(values[i])) << traits_of(cell.op).text;
  }
  return values[static_cast<size_t>(module.outputs.at(0).elements.at(0))];
}

Module quantizer(Interval source, int fraction_bits, const Format& to) {
  ModuleBuilder builder("q");
  const CellId x = builder.input(source, fraction_bits);
  const CellId y = builder.quantize(x, to);
  EXPECT_EQ(builder.cell(y).fraction_bits, to.fraction_bits());
  builder.input_port("x", 8, true, {x});
  builder.output_port("y", to.width_bits, to.is_signed, {y});
  return builder.finish("");
}

TEST(ModuleBuilder, QuantizesAsFixedDoesInEveryModeForAllSmallFormats) {
  const std::vector<Interval> sources = {{-32, 31}, {0, 63}, {-7, 5},   {0, 1},
                                         {-1, 0},   {3, 29}, {-30, -2}, {-3, 40}};
  int64_t checked = 0;
  for (const Interval& source : sources) {
    for (int shift = -6; shift <= 9; ++shift) {
      for (int width = 1; width <= 5; ++width) {
        for (int mode = 0; mode < 2 * kRoundingCount * kOverflowCount; ++mode) {
          const Format to{width, width + shift, mode % 2 == 0,
                          static_cast<Rounding>(mode / 2 % kRoundingCount),
                          static_cast<Overflow>(mode / 2 / kRoundingCount)};
          const Module module = quantizer(source, 0, to);
          for (auto x = static_cast<int64_t>(source.low); x <= source.high; ++x) {
            ASSERT_EQ(evaluate(module, x), quantize(x, 0, to))
                << x << " in [" << static_cast<int64_t>(source.low) << ", "
                << static_cast<int64_t>(source.high) << "] to " << to_string(to);
            ++checked;
          }
        }
      }
    }
  }
  EXPECT_GT(checked, 1000000);
}

TEST(ModuleBuilder, QuantizesWideNumbers) {
  Random random(5);
  for (int trial = 0; trial < 20000; ++trial) {
    const int bits = static_cast<int>(random.integer(1, 64));
    const Int128 half = static_cast<Int128>(1) << (bits - 1);
    const Interval source{-half, half - 1};
    Format to;
    to.is_signed = random.chance(0.5);
    to.width_bits = static_cast<int>(random.integer(1, to.is_signed ? 64 : 63));
    to.integer_bits = static_cast<int>(random.integer(-80, 80)) + to.width_bits;
    to.rounding = static_cast<Rounding>(random.integer(0, kRoundingCount - 1));
    to.overflow = static_cast<Overflow>(random.integer(0, kOverflowCount - 1));
    const Module module = quantizer(source, 3, to);
    for (int i = 0; i < 8; ++i) {
      int64_t x =
          random.integer(static_cast<int64_t>(source.low), static_cast<int64_t>(source.high));
      if (i == 0) x = static_cast<int64_t>(source.low);
      if (i == 1) x = static_cast<int64_t>(source.high);
      if (i == 2) x = 0;
      ASSERT_EQ(evaluate(module, x), quantize(x, 3, to)) << x << " to " << to_string(to);
    }
  }
}

TEST(ModuleBuilder, QuantizeIsFreeWhenNothingIsLost) {
  ModuleBuilder builder("free");
  const CellId x = builder.input({-8, 7}, 2);
  EXPECT_EQ(builder.quantize(x, parse_format("<4,2,RND_CONV,SAT>", "test")), x);
  const CellId shifted = builder.shl(x, 3);  // three zeros below: rounding them away is exact
  const CellId back = builder.quantize(shifted, parse_format("<7,8,RND_CONV,SAT>", "test"));
  EXPECT_EQ(builder.cell(back).op, NetOp::kShiftLeft);
  EXPECT_EQ(builder.cell(back).operands, std::vector<CellId>{x});
}

TEST(ModuleBuilder, SharesEqualExpressionsAndFoldsConstants) {
  ModuleBuilder builder("share");
  const CellId a = builder.input({-8, 7}, 2, "a"), b = builder.input({0, 3}, 0, "b");
  EXPECT_EQ(builder.add(a, b), builder.add(b, a));
  EXPECT_EQ(builder.mul(a, b), builder.mul(b, a));
  EXPECT_NE(builder.sub(a, b), builder.sub(b, a));
  EXPECT_EQ(builder.add(a, builder.constant(0)), a);
  EXPECT_EQ(builder.sub(a, a), builder.constant(0, 2));
  EXPECT_EQ(builder.mul(builder.constant(3, 1), builder.constant(5, 2)), builder.constant(15, 3));
  EXPECT_EQ(builder.less(a, builder.constant(2)), builder.constant(1));
  EXPECT_EQ(builder.max(b, builder.constant(0)), b);
  EXPECT_EQ(builder.min(b, builder.constant(3)), b);
  EXPECT_EQ(builder.mux(builder.constant(1), a, b), a);
  EXPECT_EQ(builder.logic_not(builder.logic_not(b)), b);
  EXPECT_EQ(builder.relabel(builder.relabel(a, 5), 2), a);
}

TEST(ModuleBuilder, AddCellsTakeTheShift) {
  ModuleBuilder builder("shift");
  const CellId a = builder.input({-8, 7}, 2), b = builder.input({0, 3}, 0);
  const CellId sum = builder.add(a, b);
  EXPECT_EQ(builder.cell(sum).op, NetOp::kAdd);
  EXPECT_EQ(builder.cell(sum).amount, 2);
  EXPECT_EQ(builder.cell(sum).range, (Interval{-8, 19}));
  EXPECT_EQ(builder.cell(sum).fraction_bits, 2);
  const CellId difference = builder.sub(b, a);
  EXPECT_EQ(builder.cell(difference).amount, -2);
  EXPECT_EQ(builder.cell(difference).range, (Interval{-7, 20}));
  const CellId both = builder.sub(builder.shl(a, 4), builder.shl(a, 1));
  EXPECT_EQ(builder.cell(both).op, NetOp::kShiftLeft);
  EXPECT_EQ(builder.cell(both).range, (Interval{-112, 98}));
}

TEST(ModuleBuilder, ThreeOperandsShareOneFormAndLeaveZerosOut) {
  ModuleBuilder builder("three");
  const CellId a = builder.input({-8, 7}, 2), b = builder.input({0, 3}, 0);
  const CellId c = builder.input({0, 15}, 1);
  const CellId sum = builder.add3({{{c, true}, {a, false}, {b, false}}});
  EXPECT_EQ(sum, builder.add3({{{b, false}, {c, true}, {a, false}}}));
  EXPECT_EQ(builder.cell(sum).op, NetOp::kAdd3);
  EXPECT_EQ(builder.cell(sum).operands, (std::vector<CellId>{a, b, c}));
  EXPECT_EQ(builder.cell(sum).entries, (std::vector<int64_t>{1, 4, -2}));
  EXPECT_EQ(builder.cell(sum).range, (Interval{-38, 19}));
  EXPECT_EQ(builder.cell(sum).fraction_bits, 2);
  // The shift that all have in common comes behind the adder.
  const CellId high = builder.add3(
      {{{builder.shl(b, 3), false}, {builder.shl(c, 3), false}, {builder.shl(b, 2), true}}});
  EXPECT_EQ(builder.cell(high).op, NetOp::kShiftLeft);
  EXPECT_EQ(builder.cell(high).range,
            (Interval{0, 8 * 15 + 8 * 3}));  // 16 b - 8 b: one multiple of b
  const CellId zero = builder.constant(0, 3);
  EXPECT_EQ(builder.add3({{{zero, false}, {b, true}, {c, false}}}),
            builder.align(builder.sub(c, b), 3));
  EXPECT_EQ(builder.add3({{{zero, false}, {b, true}, {c, true}}}),
            builder.sub(zero, builder.add(b, c)));
  EXPECT_THROW(builder.add3({{{a, true}, {b, true}, {c, true}}}), InternalError);
}

TEST(ModuleBuilder, CarryChainsStartWhereTwoOperandsMeet) {
  ModuleBuilder builder("chain");
  const CellId a = builder.input({-128, 127}, 0), b = builder.input({0, 15}, 0);
  const CellId c = builder.input({0, 15}, 0);
  Module module;
  const auto start_of = [&](std::array<ModuleBuilder::Term, 3> terms) {
    const CellId sum = builder.add3(terms);
    module.cells.clear();
    for (CellId id = 0; id <= sum; ++id) module.add(builder.cell(id));
    return carry_chain(module, builder.cell(sum)).start;
  };
  const CellId b_high = builder.shl(b, 3), c_high = builder.shl(c, 5);
  EXPECT_EQ(start_of({{{a, false}, {b_high, true}, {c_high, false}}}), 3);
  EXPECT_EQ(start_of({{{a, true}, {b_high, false}, {c_high, false}}}), 0);  // must be negated
  EXPECT_EQ(start_of({{{a, false}, {builder.constant(48), false}, {c_high, false}}}), 4);
}

TEST(ModuleBuilder, TablesKeepReachableEntriesOnly) {
  ModuleBuilder builder("table");
  const CellId x = builder.input({1, 2}, 0);
  const CellId y = builder.table(x, {9, 8, 7, 6, 5}, -1, 3);
  EXPECT_EQ(builder.cell(y).entries, (std::vector<int64_t>{7, 6}));
  EXPECT_EQ(builder.cell(y).range, (Interval{6, 7}));
  EXPECT_EQ(builder.cell(y).constant, 1);
  EXPECT_THROW(builder.table(x, {1, 2}, 1 + 1, 0), InternalError);
}

TEST(ModuleBuilder, DropsDeadCellsButKeepsPorts) {
  ModuleBuilder builder("dead");
  const CellId a = builder.input({0, 1}, 0), b = builder.input({0, 1}, 0);
  builder.add(a, b);
  builder.input_port("x", 1, false, {a, b});
  builder.output_port("y", 1, false, {builder.logic_not(b)});
  const Module module = builder.finish("");
  EXPECT_EQ(module.cells.size(), 3u);
  EXPECT_EQ(module.inputs.at(0).elements, (std::vector<CellId>{0, 1}));
  EXPECT_EQ(module.outputs.at(0).elements, (std::vector<CellId>{2}));
}

TEST(ModuleBuilder, RefusesMoreThan64Bits) {
  ModuleBuilder builder("wide");
  const Int128 half = static_cast<Int128>(1) << 40;
  const CellId a = builder.input({-half, half - 1}, 0);
  try {
    builder.mul(a, a);
    FAIL() << "81 bits were accepted";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "module 'wide': error: an exact mul needs 81 bits, more than 64"
                 " — quantise its operands to fewer bits");
  }
}

}  // namespace
}  // namespace trigstone
