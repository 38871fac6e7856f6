#include "emit/hdl_wire.h"

#include <gtest/gtest.h>

#include "emit/verilog_dialect.h"

namespace trigstone {
namespace {

const VerilogDialect kVerilog;

TEST(HdlWire, SlicesAndExtends) {
  HdlWire wire("v", 6, HdlType::kSigned);
  EXPECT_EQ(wire.extended(kVerilog, 0, 6).text, "v");
  EXPECT_EQ(wire.extended(kVerilog, 0, 7).text, "{v[5], v}");
  EXPECT_EQ(wire.extended(kVerilog, 0, 9).text, "{{3{v[5]}}, v}");
  EXPECT_EQ(wire.extended(kVerilog, 2, 3).text, "v[4:2]");
  EXPECT_EQ(wire.extended(kVerilog, 4, 4).text, "{{2{v[5]}}, v[5:4]}");
  EXPECT_EQ(wire.extended(kVerilog, 5, 1).text, "v[5]");
  EXPECT_EQ(wire.extended(kVerilog, 8, 2).text, "{2{v[5]}}");
  HdlWire bit("b", 1, HdlType::kUnsigned);
  EXPECT_EQ(bit.extended(kVerilog, 0, 1).text, "b");
  EXPECT_EQ(bit.extended(kVerilog, 0, 3).text, "{2'd0, b}");
  EXPECT_EQ(bit.extended(kVerilog, 1, 3).text, "3'd0");
  HdlWire sign("s", 1, HdlType::kSigned);
  EXPECT_EQ(sign.extended(kVerilog, 0, 3).text, "{{2{s}}, s}");
}

TEST(HdlWire, KnowsWhatNobodyRead) {
  HdlWire wire("v", 8, HdlType::kSigned);
  EXPECT_EQ(wire.unread(kVerilog), (std::vector<std::string>{"v"}));
  wire.slice(kVerilog, 2, 2);
  EXPECT_EQ(wire.unread(kVerilog), (std::vector<std::string>{"v[1:0]", "v[7:4]"}));
  wire.extended(kVerilog, 5, 9);
  EXPECT_EQ(wire.unread(kVerilog), (std::vector<std::string>{"v[1:0]", "v[4]"}));
  wire.slice(kVerilog, 0, 8);
  EXPECT_TRUE(wire.unread(kVerilog).empty());
}

TEST(HdlWire, WritesLiterals) {
  EXPECT_EQ(verilog_literal(5, 4), "4'd5");
  EXPECT_EQ(verilog_literal(-5, 4), "-4'sd5");
  EXPECT_EQ(verilog_literal(INT64_MIN, 64), "-64'sd9223372036854775808");
}

}  // namespace
}  // namespace trigstone
