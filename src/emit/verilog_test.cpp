#include "emit/verilog.h"

#include <gtest/gtest.h>

#include "base/testing.h"
#include "netlist/random_netlist.h"
#include "netlist/text.h"

namespace trigstone {
namespace {

TEST(Verilog, IsOneFileAModuleAndTheSameEveryTime) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    const RandomNetlist made = random_netlist(seed);
    const auto files = emit_verilog(made.netlist, made.firmware);
    EXPECT_TRUE(files.contains("rtl/top.v"));
    for (const auto& [path, text] : files) {
      const std::string name = path.substr(4, path.size() - 6);
      EXPECT_NE(text.find("\nmodule " + name + " (\n"), std::string::npos) << path;
      EXPECT_EQ(text.find("\nendmodule"), text.size() - 11) << path;
    }
    EXPECT_EQ(emit_verilog(made.netlist, made.firmware), files);
  }
}

// Names of the user's model cannot end a comment or shadow what a module uses itself.
TEST(Verilog, KeepsForeignNamesHarmless) {
  const Netlist netlist = parse_netlist(R"(trigstone.netlist/1
module "m" period 2 "one\x0aassign y = 0;\\"
%0 = input() "clk" : [0, 1] f0 @0 x2
%1 = rom() entries=[2, 3] "tick" : [2, 3] f0 @0 x2
%2 = mul(%0, %1) "a\x0a;b\\" : [0, 3] f0 @0 x2
in "phase_0" bits=1 signed=0 (%0)
out "v2" bits=2 signed=0 (%2)
)",
                                        "test");
  const std::string text = emit_verilog(netlist, Firmware()).at("rtl/m.v");
  EXPECT_NE(text.find("// Module m: one assign y = 0; \n"), std::string::npos) << text;
  EXPECT_NE(text.find("wire clk_0 = phase_0;"), std::string::npos) << text;
  EXPECT_NE(text.find("wire phase_0_1 = start ? 1'd0 : phase_0_1_next;"), std::string::npos)
      << text;
  EXPECT_NE(text.find("wire [1:0] tick_0; "), std::string::npos) << text;
  EXPECT_NE(text.find("wire [1:0] a_b = {1'd0, clk_0} * tick_0;  // u<2,2> @0 x2 a ;b \n"),
            std::string::npos)
      << text;
}

// The names of primitives can't be given away, every other can.
TEST(Verilog, NamesThePrimitivesAdderApartFromTheUsersModules) {
  const auto files_of_module = [](const std::string& name) {
    Netlist netlist = parse_netlist("trigstone.netlist/1\nmodule \"" + name + R"(" period 1
%0 = input() "a" : [0, 7] f0 @0 x1
%1 = add3(%0, %0, %0) entries=[1, 2, 8] "sum" : [0, 77] f0 @0 x1
in "x" bits=3 signed=0 (%0)
out "y" bits=7 signed=0 (%1)
)",
                                    "test");
    Firmware firmware;
    firmware.primitives = true;
    return emit_verilog(netlist, firmware);
  };
  const auto files = files_of_module("ternary_adder");
  EXPECT_NE(files.at("rtl/ternary_adder.v").find("ternary_adder_3 #("), std::string::npos);
  EXPECT_TRUE(files.contains("rtl/ternary_adder_3.v"));
  EXPECT_TRUE(files.contains("sim/CARRY8.v"));
  EXPECT_EQ(message_of([&] { files_of_module("LUT6_2"); }),
            "module 'LUT6_2': error: has the name of an FPGA primitive — rename the node, or "
            "compile without --primitives");
}

}  // namespace
}  // namespace trigstone
