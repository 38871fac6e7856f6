#include "lower/retime.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "lower/lower_testing.h"
#include "netlist/flatten.h"
#include "netlist/verify_netlist.h"

namespace trigstone {
namespace {

const Format kByte{8, 3}, kWeight{6, 1};

// Layers with clamps between them, as taggers have.
Graph layers(const std::vector<int64_t>& sizes, int64_t tokens, uint64_t seed) {
  Graph graph;
  graph.name = "layers";
  ValueId x = tokens > 1 ? add_input(graph, "x", kByte, {tokens, sizes[0]}, 0)
                         : add_input(graph, "x", kByte, {sizes[0]});
  for (size_t i = 0; i + 1 < sizes.size(); ++i) {
    const ValueId w = add_random_constant(graph, kWeight, {sizes[i], sizes[i + 1]}, seed + i);
    x = graph.add(Op::kLinear, {x, w}, {}, "dense_" + std::to_string(i));
    x = add_quant(graph, graph.add(Op::kRelu, {x}), "u<8,3,RND,SAT>");
  }
  if (tokens > 1) {
    x = graph.add(Op::kReduceSum, {x}, {{"axes", std::vector<int64_t>{0}}});
    const ValueId w = add_random_constant(graph, kWeight, {sizes.back(), 3}, seed + 9);
    x = graph.add(Op::kLinear, {x, w}, {}, "head");
  }
  graph.add_output("y", x);
  return graph;
}

double longest_path(const Netlist& netlist, const Timing& timing) {
  const Netlist flat = flatten(netlist);
  std::vector<double> ready(flat.top().cells.size(), 0);
  double longest = 0;
  for (size_t i = 0; i < ready.size(); ++i) {
    const Cell& cell = flat.top().cells[i];
    for (const CellId id : cell.operands) {
      ready[i] = std::max(ready[i], ready[static_cast<size_t>(id)]);
    }
    ready[i] += timing.delay(flat.top(), cell);
    longest = std::max(longest, ready[i]);
    if (traits_of(cell.op).kind == NetClass::kClocked) ready[i] = 0;
  }
  return longest;
}

struct Question {
  std::vector<int64_t> sizes;
  int64_t tokens;
  LowerOptions options;
};

std::vector<Question> questions() {
  std::vector<Question> result;
  for (const double mhz : {200.0, 360.0}) {
    for (const char* strategy : {"da", "dsp"}) {
      LowerOptions options;
      options.clock_mhz = mhz;
      options.strategy = strategy;
      result.push_back({{8, 10, 6, 3}, 1, options});
      options.lanes = 2;
      result.push_back({{6, 5, 4}, 8, options});
    }
  }
  LowerOptions counted;
  counted.adders_per_stage = 2;
  result.push_back({{8, 10, 6, 3}, 1, counted});
  result.push_back({{16, 20, 12, 5}, 1, counted});
  counted.adders = "ternary";
  result.push_back({{8, 10, 6, 3}, 1, counted});
  LowerOptions streamed;
  streamed.strategy = "da,dense_1=stream";
  streamed.reuse = 5;
  result.push_back({{8, 10, 6, 3}, 1, streamed});
  return result;
}

TEST(Retime, KeepsResultsClocksAndPathsWithFewerRegisters) {
  uint64_t seed = 0;
  int fewer = 0;
  for (const Question& question : questions()) {
    SCOPED_TRACE(++seed);
    const Graph graph = layers(question.sizes, question.tokens, seed);
    LowerOptions options = question.options;
    options.retime = false;
    const Lowered early = lower(graph, options);
    options.retime = true;
    const Lowered moved = lower(graph, options);
    const auto events = some_events(graph, 20, seed);
    const auto outputs = run_netlist(moved.netlist, moved.firmware, events);
    for (size_t e = 0; e < events.size(); ++e) {
      ASSERT_EQ(outputs[e], interpret(graph, events[e])) << "event " << e;
    }
    EXPECT_EQ(moved.firmware.latency_cycles, early.firmware.latency_cycles);
    EXPECT_EQ(moved.firmware.inputs, early.firmware.inputs);
    const Timing timing{&device_named(options.device), options.clock_mhz, early.firmware.ii,
                        options.adders_per_stage};
    EXPECT_LE(longest_path(moved.netlist, timing), timing.budget() + 1e-9);
    EXPECT_LE(waiting_bits(moved.netlist), waiting_bits(early.netlist));
    fewer += waiting_bits(moved.netlist) < waiting_bits(early.netlist) ? 1 : 0;
  }
  EXPECT_GE(fewer, 4);
}

TEST(AddersPerStage, CountsAddersWhateverTheClock) {
  const Graph graph = layers({8, 4}, 1, 5);
  LowerOptions options;
  options.adders_per_stage = 1;
  const int one = lower(graph, options).firmware.latency_cycles;
  options.clock_mhz = 100;
  EXPECT_EQ(lower(graph, options).firmware.latency_cycles, one);
  options.adders_per_stage = 2;
  EXPECT_EQ(lower(graph, options).firmware.latency_cycles, (one + 1) / 2);
}

TEST(AddersPerStage, RefusesWhatFitsNoStage) {
  Graph graph;
  const ValueId x = add_input(graph, "x", kByte, {1}), y = add_input(graph, "y", kByte, {1});
  graph.add_output("z", graph.add(Op::kMul, {x, y}, {}, "product"));
  const auto message = [&](int adders) {
    LowerOptions options;
    options.adders_per_stage = adders;
    try {
      lower(graph, options);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_NE(message(-1).find("--adders-per-stage: error: -1 is no number of adders"),
            std::string::npos);
  EXPECT_NE(message(2).find("takes as long as 3 adders, a stage has 2"), std::string::npos);
  EXPECT_EQ(message(3), "");
}

// Two modules with a border between them that only moving both can gain from.
Netlist two_modules() {
  ModuleBuilder square("square"), sum("sum");
  const CellId x = square.input({-8, 7}, 0, "x");
  square.input_port("x", 4, true, {x});
  square.output_port("y", 7, false, {square.mul(x, x)});
  const CellId y = sum.input({0, 64}, 0, "y");
  sum.input_port("y", 7, false, {y});
  sum.output_port("z", 14, false, {sum.mul(y, sum.add(y, sum.constant(1)))});
  Netlist netlist;
  netlist.modules = {square.finish("x squared"), sum.finish("y (y + 1)")};
  Module top;
  top.name = "top";
  const auto add = [&](NetOp op, CellId operand, int index, Interval range, int cycle) {
    Cell cell;
    cell.op = op;
    if (operand >= 0) cell.operands = {operand};
    cell.module = op == NetOp::kInstance ? index : -1;
    cell.range = range;
    cell.cycle = cycle;
    return top.add(cell);
  };
  const CellId input = add(NetOp::kInput, -1, -1, {-8, 7}, 0);
  const CellId first = add(NetOp::kResult, add(NetOp::kInstance, input, 0, {}, 0), -1, {0, 64}, 0);
  CellId last = add(NetOp::kResult, add(NetOp::kInstance, first, 1, {}, 0), -1, {0, 4160}, 0);
  for (int clock = 1; clock <= 3; ++clock) last = add(NetOp::kReg, last, -1, {0, 4160}, clock);
  top.inputs = {{"x", 4, true, {input}}};
  top.outputs = {{"z", 14, false, {last}}};
  netlist.modules.push_back(std::move(top));
  mark_starts(netlist);
  return netlist;
}

TEST(Retime, MovesModulesTogetherUnlessOneIsKept) {
  const Netlist early = two_modules();
  ASSERT_TRUE(verify(early).empty());
  const Timing slow{&device_named("xcvu13p"), 50};
  Netlist moved = early;
  EXPECT_TRUE(retime(moved, slow, {}).empty());
  EXPECT_TRUE(verify(moved).empty());
  EXPECT_EQ(waiting_bits(early), 3 * 13);
  EXPECT_EQ(waiting_bits(moved), 3 * 4);
  Netlist first_kept = early;
  EXPECT_EQ(retime(first_kept, slow, {{true}, {}}),
            std::vector<std::string>{"retiming leaves 1 of 2 modules as they are, for DSP slices, "
                                     "resident values or borders of regions: 'square'"});
  EXPECT_TRUE(verify(first_kept).empty());
  EXPECT_EQ(waiting_bits(first_kept), 3 * 7);
  Netlist register_kept = early;
  retime(register_kept, slow, {{}, {5}});  // the first behind z
  EXPECT_TRUE(verify(register_kept).empty());
  EXPECT_EQ(waiting_bits(register_kept), 3 * 13);
}

}  // namespace
}  // namespace trigstone
