#include "emit/verilog_wire.h"

#include <gtest/gtest.h>

namespace trigstone {
namespace {

TEST(VerilogWire, SlicesAndExtends) {
  VerilogWire wire("v", 6, true);
  EXPECT_EQ(wire.extended(0, 6), "v");
  EXPECT_EQ(wire.extended(0, 7), "{v[5], v}");
  EXPECT_EQ(wire.extended(0, 9), "{{3{v[5]}}, v}");
  EXPECT_EQ(wire.extended(2, 3), "v[4:2]");
  EXPECT_EQ(wire.extended(4, 4), "{{2{v[5]}}, v[5:4]}");
  EXPECT_EQ(wire.extended(5, 1), "v[5]");
  EXPECT_EQ(wire.extended(8, 2), "{2{v[5]}}");
  VerilogWire bit("b", 1, false);
  EXPECT_EQ(bit.extended(0, 1), "b");
  EXPECT_EQ(bit.extended(0, 3), "{2'd0, b}");
  EXPECT_EQ(bit.extended(1, 3), "3'd0");
  VerilogWire sign("s", 1, true);
  EXPECT_EQ(sign.extended(0, 3), "{{2{s}}, s}");
}

TEST(VerilogWire, KnowsWhatNobodyRead) {
  VerilogWire wire("v", 8, true);
  EXPECT_EQ(wire.unread(), (std::vector<std::string>{"v"}));
  wire.slice(2, 2);
  EXPECT_EQ(wire.unread(), (std::vector<std::string>{"v[1:0]", "v[7:4]"}));
  wire.extended(5, 9);
  EXPECT_EQ(wire.unread(), (std::vector<std::string>{"v[1:0]", "v[4]"}));
  wire.slice(0, 8);
  EXPECT_TRUE(wire.unread().empty());
}

TEST(VerilogWire, WritesLiterals) {
  EXPECT_EQ(verilog_literal(5, 4), "4'd5");
  EXPECT_EQ(verilog_literal(-5, 4), "-4'sd5");
  EXPECT_EQ(verilog_literal(INT64_MIN, 64), "-64'sd9223372036854775808");
}

}  // namespace
}  // namespace trigstone
