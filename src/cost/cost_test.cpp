// Devices, delays and areas; the area of a dense layer beside what Yosys counted.
#include <gtest/gtest.h>

#include "base/testing.h"
#include "cost/area.h"
#include "cost/delay.h"
#include "cost/power.h"

namespace trigstone {
namespace {

TEST(Device, DefaultIsTheVu13p) {
  EXPECT_EQ(all_devices().front().name, "xcvu13p");
  EXPECT_EQ(device_named("xcvu13p").lut, 1728000);
  EXPECT_TRUE(device_named("xcvu9p").confirmed);
  EXPECT_FALSE(device_named("xcku115").confirmed);
  EXPECT_EQ(message_of([] { device_named("vu13p"); }),
            "--device: error: device 'vu13p' is not known — one of xcvu13p, xcvu9p, xcvu47p, "
            "xcku15p, xcku115, xcvp1802, agi027");
}

class OneCell {
 public:
  template <class Make>
  explicit OneCell(Make make) : builder_("one") {
    cell_ = make(builder_);
  }
  double delay() const { return delay_ns(module(), builder_.cell(cell_), device_named("xcvu13p")); }
  Resources area() const { return estimate_cell(module(), builder_.cell(cell_)); }

 private:
  // The builder's cells as a module, so that the models can look at operands.
  Module module() const {
    Module m;
    for (CellId id = 0; id <= cell_; ++id) m.add(builder_.cell(id));
    return m;
  }
  ModuleBuilder builder_;
  CellId cell_;
};

OneCell adder(int bits, int shift = 0) {
  return OneCell([=](ModuleBuilder& b) {
    const Int128 half = static_cast<Int128>(1) << (bits - 1);
    const CellId x = b.input({-half, half - 1}, 0), y = b.input({-half, half - 1}, 0);
    return b.add(x, b.shl(y, shift));
  });
}

TEST(Delay, FiveAddersFitTheClockOfTheFastestReports) {
  // 2.55 ns for five adder levels of about 12 bits in a small region.
  const double five = 5 * adder(12).delay() + device_named("xcvu13p").delay.register_ns;
  EXPECT_NEAR(five, 2.55, 0.25);
}

TEST(Delay, GrowsWithWidthAndWiresAreFree) {
  EXPECT_LT(adder(8).delay(), adder(32).delay());
  EXPECT_EQ(OneCell([](ModuleBuilder& b) { return b.shl(b.input({0, 3}, 0), 2); }).delay(), 0);
}

TEST(Delay, WhatIsComparedWithZeroNeedsNoCarryChain) {
  const double level = device_named("xcvu13p").delay.lut_level_ns;
  const auto beside_zero = [](auto make) {
    return OneCell([=](ModuleBuilder& b) {
      return make(b, b.input({-32768, 32767}, 0), b.constant(0));
    });
  };
  const auto relu = [](ModuleBuilder& b, CellId x, CellId zero) { return b.max(x, zero); };
  const auto below = [](ModuleBuilder& b, CellId x, CellId zero) { return b.less(x, zero); };
  const auto above = [](ModuleBuilder& b, CellId x, CellId zero) { return b.less(zero, x); };
  EXPECT_EQ(beside_zero(relu).delay(), level);       // the sign gates every bit
  EXPECT_EQ(beside_zero(below).delay(), 0);          // the sign itself
  EXPECT_EQ(beside_zero(above).delay(), 2 * level);  // any of 15 bits, and the sign
  const OneCell largest([](ModuleBuilder& b) {
    return b.max(b.input({-32768, 32767}, 0), b.input({-32768, 32767}, 0));
  });
  EXPECT_GT(largest.delay(), 2 * level);  // a chain and a choice
}

TEST(Area, AddersTakeALutAPositionOfBothOperands) {
  EXPECT_EQ(adder(12).area().lut, 12);
  EXPECT_EQ(adder(12, 3).area().lut, 12);  // 3 low bits are wires, 3 more of the higher operand
  const OneCell unsigned_and_short([](ModuleBuilder& b) {
    return b.add(b.input({0, 255}, 0), b.input({0, 7}, 0));
  });
  EXPECT_EQ(unsigned_and_short.area().lut, 3);  // above, the chain passes the longer one on
  const OneCell constant([](ModuleBuilder& b) {
    return b.add(b.input({-128, 127}, 0), b.constant(48));
  });
  EXPECT_EQ(constant.area().lut, 0);  // wires and inverters in front of the chain
}

// reg(relu(x)) and max(min(x, 127), -128).
TEST(Area, ReadersTakeInWhatLimitsAValue) {
  const auto luts = [](auto make) {
    ModuleBuilder b("limits");
    const CellId x = b.input({-1024, 1023}, 0, "x");
    std::vector<CellId> shown = make(b, x);
    b.input_port("x", 11, true, {x});
    b.output_port("y", 11, true, std::move(shown));
    return b.finish("");
  };
  const Module relu =
      luts([](ModuleBuilder& b, CellId x) { return std::vector{b.max(x, b.constant(0))}; });
  const Module limits = luts([](ModuleBuilder& b, CellId x) {
    return std::vector{b.max(b.min(x, b.constant(127)), b.constant(-128))};
  });
  const Module both_shown = luts([](ModuleBuilder& b, CellId x) {
    const CellId low = b.min(x, b.constant(127));
    return std::vector{low, b.max(low, b.constant(-128))};
  });
  EXPECT_EQ(estimate_modules({{relu}})[0].lut, 10);
  EXPECT_EQ(estimate_modules({{limits}})[0].lut, 8 + 1);
  EXPECT_EQ(estimate_modules({{both_shown}})[0].lut, 8 + 8);
  // A register in the module around resets itself for the relu inside.
  Module top;
  top.name = "top";
  Cell cell;
  cell.op = NetOp::kInput;
  cell.range = {-1024, 1023};
  const CellId x = top.add(cell);
  top.inputs = {{"x", 11, true, {x}}};
  cell.op = NetOp::kInstance;
  cell.operands = {x};
  cell.module = 0;
  const CellId instance = top.add(cell);
  cell.op = NetOp::kResult;
  cell.operands = {instance};
  cell.module = -1;
  cell.range = {0, 1023};
  const CellId result = top.add(cell);
  cell.op = NetOp::kReg;
  cell.operands = {result};
  top.outputs = {{"y", 10, false, {top.add(cell)}}};
  EXPECT_EQ(estimate_modules({{relu, top}})[1].lut, 0);
  EXPECT_EQ(estimate_modules({{relu, top}})[1].ff, 10);
  top.outputs[0].elements = {result};  // and does not when the value is shown as well
  EXPECT_EQ(estimate_modules({{relu, top}})[1].lut, 10);
}

TEST(Area, RegistersHoldBitsDelayLinesTakeLuts) {
  Module m;
  Cell input;
  input.op = NetOp::kInput;
  input.range = {0, 255};
  const CellId x = m.add(input);
  Cell cell = input;
  cell.op = NetOp::kReg;
  cell.operands = {x};
  EXPECT_EQ(estimate_cell(m, cell).ff, 8);
  cell.op = NetOp::kDelay;
  cell.amount = 7;
  EXPECT_EQ(estimate_cell(m, cell).lut, 8);  // an SRL a bit
  cell.amount = 33;
  EXPECT_EQ(estimate_cell(m, cell).lut, 16);  // two memories of seven bits
  EXPECT_EQ(estimate_cell(m, cell).ff, 8);    // and the register behind
  cell.amount = 2000;
  EXPECT_EQ(estimate_cell(m, cell).bram36, 1);
}

TEST(Area, InstancesCountAsOftenAsTheyStand) {
  Module inner;
  inner.name = "inner";
  Cell cell;
  cell.op = NetOp::kInput;
  cell.range = {0, 15};
  inner.inputs = {{"x", 4, false, {inner.add(cell)}}};
  cell.op = NetOp::kReg;
  cell.operands = {0};
  cell.cycle = 1;
  inner.outputs = {{"y", 4, false, {inner.add(cell)}}};
  Module top;
  top.name = "top";
  cell = {};
  cell.op = NetOp::kInput;
  cell.range = {0, 15};
  const CellId x = top.add(cell);
  cell.op = NetOp::kInstance;
  cell.operands = {x};
  cell.module = 0;
  top.add(cell);
  top.add(cell);
  Netlist netlist;
  netlist.modules = {inner, top};
  const Device& device = device_named("xcvu13p");
  EXPECT_EQ(estimate(netlist, device).ff, 8);
  EXPECT_EQ(estimate_modules(netlist)[0].ff, 4);
  EXPECT_EQ(estimate_modules(netlist)[1].ff, 8);
  EXPECT_GT(estimate(netlist, device, 500).power_w, estimate(netlist, device, 100).power_w);
}

TEST(Area, ThreeOperandsTakeALutABitOfTheirChain) {
  const OneCell sum([](ModuleBuilder& b) {
    const Interval byte{-128, 127};
    const CellId x = b.input(byte, 0), y = b.input(byte, 0), z = b.input(byte, 0);
    return b.add3({{{x, false}, {b.shl(y, 2), true}, {b.shl(z, 3), false}}});
  });
  EXPECT_EQ(sum.area().lut, 12 - 2);  // [-1660, 1655]; the two low bits are those of x
  EXPECT_GT(sum.delay(), adder(12).delay());
}

TEST(Power, FollowsTheToggleRates) {
  Module module;
  Cell cell;
  cell.op = NetOp::kInput;
  cell.range = {0, 255};
  module.add(cell);
  cell.op = NetOp::kReg;
  cell.operands = {0};
  module.add(cell);
  const Device& device = device_named("xcvu13p");
  const auto dynamic_uw = [&](double rate) {
    return 1e6 * estimate_power(module, {0.9, rate}, device, 100).dynamic_w;
  };
  const PowerConstants& p = device.power;
  EXPECT_NEAR(dynamic_uw(0), 100 * 8 * p.ff_clock_uw_per_mhz, 1e-9);  // the clock goes on
  EXPECT_NEAR(dynamic_uw(0.25), 100 * 8 * (p.ff_clock_uw_per_mhz + 2 * p.ff_uw_per_mhz), 1e-9);
  const Power measured = estimate_power(module, {0.9, kUsualToggleRate}, device, 100);
  EXPECT_EQ(measured.toggle_rate, kUsualToggleRate);  // inputs have no resources of their own
  Resources used;
  used.ff = 8;
  EXPECT_NEAR(measured.dynamic_w, estimate_power(used, device, 100).dynamic_w, 1e-15);
  EXPECT_NEAR(measured.energy_nj(4, 100), measured.total_w() * 40, 1e-9);  // 40 ns an event
}

}  // namespace
}  // namespace trigstone
