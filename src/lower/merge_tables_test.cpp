// Chains of one narrow value become one table, for every value of it the same number; what is
// cheaper as it stands, stays.
#include "lower/merge_tables.h"

#include <algorithm>

#include "cost/area.h"
#include "cost/delay.h"
#include "fixed/quantize.h"
#include "lower/lower_testing.h"
#include "netlist/evaluate.h"
#include "netlist/verify_netlist.h"

namespace trigstone {
namespace {

std::vector<int64_t> drawn(int count, int64_t low, int64_t high, uint64_t seed) {
  Random random(seed);
  std::vector<int64_t> result;
  for (int i = 0; i < count; ++i) result.push_back(random.integer(low, high));
  return result;
}

// Every output of a module for the given inputs.
std::vector<int64_t> outputs_of(const Module& module, const std::vector<int64_t>& inputs) {
  std::vector<int64_t> values;
  size_t next = 0;
  for (const Cell& cell : module.cells) {
    const auto x = [&](size_t i) {
      return i < cell.operands.size() ? values[static_cast<size_t>(cell.operands[i])] : 0;
    };
    int64_t value = cell.constant;
    if (cell.op == NetOp::kInput) {
      value = inputs[next++];
    } else if (cell.op == NetOp::kTable) {
      value = cell.entries.at(static_cast<size_t>(x(0) - cell.constant));
    } else if (cell.op != NetOp::kConst) {
      value = evaluate_logic(cell.op, cell.amount, cell.flag, x(0), x(1), x(2));
    }
    EXPECT_TRUE(cell.range.contains(value));
    values.push_back(value);
  }
  std::vector<int64_t> result;
  for (const Port& port : module.outputs) {
    for (const CellId id : port.elements) result.push_back(values[static_cast<size_t>(id)]);
  }
  return result;
}

// One input in `range`; `build` returns the outputs.
template <class Build>
Module module_of(Interval range, Build build) {
  ModuleBuilder b("chain");
  const CellId x = b.input(range, 0);
  b.input_port("x", bits_for(range), range.low < 0, {x});
  b.output_port("y", 40, true, build(b, x));
  return b.finish("");
}

double luts(const Module& module) { return estimate_modules({{module}}).front().lut; }

double slowest_ns(const Module& module) {
  const Device& device = device_named("xcvu13p");
  std::vector<double> arrival;
  for (const Cell& cell : module.cells) {
    double ns = 0;
    for (const CellId id : cell.operands) ns = std::max(ns, arrival[static_cast<size_t>(id)]);
    arrival.push_back(ns + delay_ns(module, cell, device));
  }
  return *std::max_element(arrival.begin(), arrival.end());
}

int64_t count(const Module& module, NetOp op) {
  return std::count_if(module.cells.begin(), module.cells.end(),
                       [op](const Cell& cell) { return cell.op == op; });
}

// Merges, and compares all numbers of the input.
Module merged_and_equal(const Module& before) {
  Module after = merge_tables(before, device_named("xcvu13p"));
  for (const Cell& cell : after.cells) {
    const bool logic = cell.op != NetOp::kInput && cell.op != NetOp::kConst;
    EXPECT_TRUE(!logic || cell.range.low < cell.range.high) << "a constant that is computed";
  }
  EXPECT_TRUE(verify({{after}}).empty()) << verify({{after}}).errors().front().what();
  EXPECT_LE(luts(after), luts(before));
  EXPECT_LE(slowest_ns(after), slowest_ns(before));
  const Interval range = before.cells.front().range;
  for (auto x = static_cast<int64_t>(range.low); x <= range.high; ++x) {
    EXPECT_EQ(outputs_of(after, {x}), outputs_of(before, {x})) << x;
  }
  return after;
}

TEST(MergeTables, ATableBehindATableIsOne) {
  const Module before = module_of({-32, 31}, [](ModuleBuilder& b, CellId x) {
    const CellId first = b.table(x, drawn(64, 0, 63, 1), -32, 0);
    return std::vector{b.table(first, drawn(64, -128, 127, 2), 0, 0)};
  });
  const Module after = merged_and_equal(before);
  EXPECT_EQ(count(before, NetOp::kTable), 2);
  EXPECT_EQ(after.cells.size(), 2U);  // the input and one table
  EXPECT_EQ(luts(before), 14);
  EXPECT_EQ(luts(after), 8);
}

TEST(MergeTables, RoundingInFrontBetweenAndBehindGoesIntoTheTable) {
  const Format in = parse_format("<5,5,RND_CONV,SAT>", "test");
  const Format out = parse_format("<4,4,RND,SAT_SYM>", "test");
  const Module before = module_of({-64, 63}, [&](ModuleBuilder& b, CellId x) {
    const CellId rounded = b.quantize(b.relabel(x, 1), in);
    const CellId first = b.table(rounded, drawn(32, -100, 100, 3), -16, 2);
    return std::vector{b.quantize(first, out)};
  });
  const Module after = merged_and_equal(before);
  EXPECT_GT(before.cells.size(), 8U);
  EXPECT_EQ(after.cells.size(), 2U);
  EXPECT_LT(luts(after), 0.5 * luts(before));
}

TEST(MergeTables, AMultipleOfATableIsATable) {
  const Module before = module_of({0, 63}, [](ModuleBuilder& b, CellId x) {
    const CellId t = b.table(x, drawn(64, 0, 255, 4), 0, 0);  // 8 LUTs
    const CellId t3 = b.add(t, b.shl(t, 1));
    return std::vector{b.sub(b.shl(t3, 5), t)};  // 95 t: two adders more
  });
  const Module after = merged_and_equal(before);
  EXPECT_EQ(count(after, NetOp::kTable), 1);
  EXPECT_EQ(count(after, NetOp::kAdd), 0);
}

TEST(MergeTables, TwoReadersMayShareTheirAddress) {
  const Module before = module_of({0, 63}, [](ModuleBuilder& b, CellId x) {
    const CellId t = b.table(x, drawn(64, -128, 127, 5), 0, 0);
    const auto times = [&](int shift, int other) {
      return b.sub(b.sub(t, b.shl(t, shift)), b.shl(t, other));
    };
    return std::vector{times(2, 4), times(3, 7)};  // -19 t, -135 t
  });
  const Module after = merged_and_equal(before);
  EXPECT_EQ(count(after, NetOp::kTable), 2);
  EXPECT_EQ(count(after, NetOp::kAdd), 0);
}

TEST(MergeTables, WhatIsCheaperAsItStandsStays) {
  // A sum of a table that is read elsewhere, too: nine LUTs of a table for eight of an adder.
  const Module shared = module_of({0, 63}, [](ModuleBuilder& b, CellId x) {
    const CellId t = b.table(x, drawn(64, 0, 255, 6), 0, 0);
    return std::vector{t, b.add(t, b.shl(t, 1))};
  });
  EXPECT_EQ(merged_and_equal(shared), shared);
  // An arithmetic of eight bits would be a table of 256 entries.
  const Module wide = module_of({-128, 127}, [](ModuleBuilder& b, CellId x) {
    return std::vector{b.max(x, b.constant(0)), b.add(x, b.constant(37))};
  });
  EXPECT_EQ(merged_and_equal(wide), wide);
  // Only the four high bits index the second table.
  const Module narrowed = module_of({0, 255}, [](ModuleBuilder& b, CellId x) {
    return std::vector{b.table(b.shr(x, 4), drawn(16, 0, 255, 7), 0, 0)};
  });
  EXPECT_EQ(merged_and_equal(narrowed), narrowed);
}

TEST(MergeTables, WhatNeverChangesIsAConstant) {
  const Module before = module_of({0, 15}, [](ModuleBuilder& b, CellId x) {
    // The interval of the difference knows nothing of its operands being one value: it is 1, 2
    // or 3.
    const CellId near =
        b.sub(b.add(x, b.constant(2)),
              b.table(x, {0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15}, 0, 0));
    const CellId never = b.less(near, b.constant(1));
    return std::vector{never, b.mux(never, x, b.shl(x, 1))};
  });
  const Module after = merged_and_equal(before);
  EXPECT_EQ(after.cell(after.outputs[0].elements[0]).op, NetOp::kConst);
}

// Chains of drawn operations of one input and of each other.
TEST(MergeTables, DrawnChainsKeepTheirNumbers) {
  int fewer = 0;
  for (uint64_t seed = 0; seed < 60; ++seed) {
    Random random(seed);
    const Interval range = seed % 2 == 0 ? Interval{0, (1 << (2 + seed % 6)) - 1}
                                         : Interval{-(1 << (2 + seed % 6)), 5};
    const Module before = module_of(range, [&](ModuleBuilder& b, CellId x) {
      std::vector<CellId> values = {x};
      const auto any = [&] {
        return values[static_cast<size_t>(
            random.integer(0, static_cast<int64_t>(values.size()) - 1))];
      };
      for (int i = 0; i < 12; ++i) {
        const CellId a = any(), c = any(), limit = b.constant(random.integer(-20, 20));
        const Interval r = b.cell(a).range;
        switch (random.integer(0, 7)) {
          case 0:
            values.push_back(b.add(a, c));
            break;
          case 1:
            values.push_back(b.sub(a, b.shl(c, 1)));
            break;
          case 2:
            values.push_back(b.shr(a, 2));
            break;
          case 3:
            values.push_back(b.min(a, limit));
            break;
          case 4:
            values.push_back(b.max(a, c));
            break;
          case 5:
            values.push_back(b.mux(b.less(a, limit), c, x));
            break;
          case 6:
            values.push_back(b.wrap(a, 4, random.integer(0, 1) == 1));
            break;
          default:
            if (bits_for(r) > 9) break;
            values.push_back(b.table(a, drawn(static_cast<int>(r.high - r.low) + 1, -9, 40, seed),
                                     static_cast<int64_t>(r.low), 0));
        }
      }
      return std::vector{values.back(), any()};
    });
    const Module after = merged_and_equal(before);
    fewer += luts(after) < luts(before) ? 1 : 0;
    if (HasFailure()) FAIL() << "seed " << seed;
  }
  EXPECT_GT(fewer, 20);
}

// Sums of products with tables: the graph's numbers at every value of its input.
TEST(MergeTables, AGraphWithRoundingAroundItsTableIsOneTable) {
  Graph graph;
  const ValueId x = add_input(graph, "x", {6, 3}, {1});
  const ValueId rounded = add_quant(graph, x, "<4,3,RND_CONV,SAT>");
  const ValueId table = graph.add(
      Op::kTable, {rounded}, {{"entries", drawn(16, -128, 127, 8)}, {"format", FormatMap({8, 3})}});
  const ValueId y = graph.add(Op::kRelu, {add_quant(graph, table, "<5,2,RND,SAT>")});
  graph.add_output("y", y);
  const Lowered lowered = lower(graph, {});
  std::vector<EventTensors> events;
  for (int64_t mantissa = -32; mantissa < 32; ++mantissa) {
    events.push_back({Tensor{{1}, Format{6, 3}, {mantissa}, {}}});
  }
  const std::vector<int> gaps(events.size(), lowered.firmware.ii);
  const auto outputs = run_netlist(lowered.netlist, lowered.firmware, events, gaps);
  for (size_t i = 0; i < events.size(); ++i) {
    ASSERT_EQ(outputs[i], interpret(graph, events[i])) << static_cast<int64_t>(i) - 32;
  }
  const Module& module = lowered.netlist.modules.front();
  EXPECT_EQ(count(module, NetOp::kTable), 1);
  EXPECT_EQ(count(module, NetOp::kAdd) + count(module, NetOp::kMin) + count(module, NetOp::kMax),
            0);
}

}  // namespace
}  // namespace trigstone
