#include "lower/pipeline.h"

#include <gtest/gtest.h>

#include "cost/delay.h"
#include "netlist/verify_netlist.h"

namespace trigstone {
namespace {

// A chain of `length` adders, x + y + y + …
Module adder_chain(int length) {
  ModuleBuilder builder("chain");
  CellId sum = builder.input({-100, 100}, 0, "x");
  const CellId y = builder.input({-100, 100}, 0, "y");
  builder.input_port("x", 8, true, {sum});
  builder.input_port("y", 8, true, {y});
  for (int i = 0; i < length; ++i) sum = builder.mul(builder.constant(3), builder.add(sum, y));
  builder.output_port("z", 40, true, {sum});
  return builder.finish("x, y added again and again");
}

Timing timing(double mhz, int period = 1) { return {&device_named("xcvu13p"), mhz, period}; }

std::map<NetOp, int> count_ops(const Module& module) {
  std::map<NetOp, int> count;
  for (const Cell& cell : module.cells) ++count[cell.op];
  return count;
}

void expect_valid(Module module) {
  Netlist netlist;
  netlist.modules.push_back(std::move(module));
  mark_starts(netlist);
  const Diagnostics problems = verify(netlist);
  EXPECT_TRUE(problems.empty()) << (problems.empty() ? "" : problems.errors()[0].what());
}

TEST(Pipeline, CutsWhereAClockIsOver) {
  const Module chain = adder_chain(12);
  int last = -1;
  for (const double mhz : {50.0, 200.0, 360.0}) {
    const Pipelined result = pipeline(chain, {{}, {}}, timing(mhz));
    EXPECT_GT(result.outputs[0].cycle, last) << mhz;
    EXPECT_LE(result.outputs[0].ns, timing(mhz).budget_ns());
    last = result.outputs[0].cycle;
    expect_valid(result.module);
  }
}

TEST(Pipeline, NoPathBetweenRegistersIsLongerThanTheClock) {
  const Timing fast = timing(450);
  const Pipelined result = pipeline(adder_chain(6), {{}, {}}, fast);
  std::vector<double> ready(result.module.cells.size(), 0);
  for (size_t i = 0; i < result.module.cells.size(); ++i) {
    const Cell& cell = result.module.cells[i];
    if (traits_of(cell.op).kind == NetClass::kClocked) continue;
    for (const CellId id : cell.operands) {
      ready[i] = std::max(ready[i], ready[static_cast<size_t>(id)]);
    }
    ready[i] += delay_ns(result.module, cell, *fast.device);
    EXPECT_LE(ready[i], fast.budget_ns());
  }
}

TEST(Pipeline, ReadsAnInputWhenItIsFirstNeeded) {
  const Pipelined result =
      pipeline(adder_chain(1), {{{7, 0}, false}, {{2, 0}, false}}, timing(360));
  EXPECT_EQ(result.read_at, (std::vector<int>{7, 7}));
  EXPECT_EQ(result.start, 7);
}

TEST(Pipeline, AStreamWaitsInADelayLineAHeldValueInHolds) {
  const Module chain = adder_chain(8);
  const auto stream = count_ops(pipeline(chain, {{}, {}}, timing(100, 16)).module);
  EXPECT_EQ(stream.count(NetOp::kHold), 0U);
  const Pipelined held = pipeline(chain, {{{0, 0}, true}, {{0, 0}, true}}, timing(360, 16));
  EXPECT_TRUE(held.outputs_held[0]);
  expect_valid(held.module);
  ModuleBuilder builder("late");
  const CellId a = builder.input({0, 9}, 0), b = builder.input({0, 9}, 0);
  builder.input_port("a", 4, false, {a});
  builder.input_port("b", 4, false, {b});
  const CellId doubled = builder.mul(builder.add(a, a), builder.constant(3));
  builder.output_port("y", 8, false, {builder.add(doubled, b)});
  const Module late = builder.finish("waits for b");
  const Pipelined waits = pipeline(late, {{{0, 0}, false}, {{20, 0}, false}}, timing(360, 16));
  EXPECT_EQ(count_ops(waits.module)[NetOp::kDelay], 1);
  const Pipelined holds = pipeline(late, {{{0, 0}, true}, {{20, 0}, true}}, timing(360, 16));
  EXPECT_EQ(count_ops(holds.module)[NetOp::kHold], 2);  // 16 clocks, then 4
  expect_valid(waits.module);
  expect_valid(holds.module);
}

TEST(Pipeline, DropsInputsNobodyReads) {
  ModuleBuilder builder("half");
  const CellId used = builder.input({0, 3}, 0), spare = builder.input({0, 3}, 0);
  builder.input_port("x", 2, false, {used, spare});
  builder.output_port("y", 3, false, {builder.add(used, builder.constant(1))});
  const Pipelined result = pipeline(builder.finish("x + 1"), {{}, {}}, timing(360));
  EXPECT_EQ(result.read_at, (std::vector<int>{0, -1}));
  EXPECT_EQ(result.module.inputs[0].elements.size(), 1U);
}

}  // namespace
}  // namespace trigstone
