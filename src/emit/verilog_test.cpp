#include "emit/verilog.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace trigstone
