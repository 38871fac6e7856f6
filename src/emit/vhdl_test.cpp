#include "emit/vhdl.h"

#include <gtest/gtest.h>

#include "netlist/random_netlist.h"
#include "netlist/text.h"

namespace trigstone {
namespace {

TEST(Vhdl, IsOneFileAModuleAndTheSameEveryTime) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    const RandomNetlist made = random_netlist(seed);
    const auto files = emit_vhdl(made.netlist, made.firmware);
    EXPECT_TRUE(files.contains("rtl/top.vhd"));
    for (const auto& [path, text] : files) {
      const std::string name = path.substr(4, path.size() - 8);
      EXPECT_TRUE(text.find("\nentity " + name + " is\n") != std::string::npos ||
                  text.find("\npackage " + name + " is\n") != std::string::npos)
          << path;
      EXPECT_EQ(text.find("__"), std::string::npos) << path;
    }
    EXPECT_EQ(emit_vhdl(made.netlist, made.firmware), files);
  }
}

// To VHDL, Sum and sum are one name, and a value called resize would hide the function.
TEST(Vhdl, TellsNamesApartWithoutCapitals) {
  const Netlist netlist = parse_netlist(R"(trigstone.netlist/1
module "Sum" period 1 "one"
%0 = input() "A" : [0, 1] f0 @0 x1
%1 = input() "a" : [0, 1] f0 @0 x1
%2 = add(%0, %1) "resize" : [0, 2] f0 @0 x1
in "A" bits=1 signed=0 (%0)
in "a" bits=1 signed=0 (%1)
out "y" bits=2 signed=0 (%2)
module "sum" period 1 "two\x0a\x22;"
%0 = input() "x" : [0, 1] f0 @0 x1
%1 = instance(%0, %0) module="Sum" "inner" : [0, 0] f0 @0 x1
%2 = result(%1) "to_integer" : [0, 2] f0 @0 x1
in "resize" bits=1 signed=0 (%0)
out "Resize" bits=2 signed=0 (%2)
)",
                                        "test");
  Firmware firmware;
  firmware.top = "sum";
  PortBinding input, output;
  input.port = "resize";
  output.port = "Resize";
  firmware.inputs = {input};
  firmware.outputs = {output};
  const Firmware renamed = with_vhdl_names(netlist, firmware);
  EXPECT_EQ(renamed.top, "sum_1");
  EXPECT_EQ(renamed.inputs[0].port, "resize_1");
  EXPECT_EQ(renamed.outputs[0].port, "Resize_2");

  const auto files = emit_vhdl(netlist, firmware);
  const std::string inner = files.at("rtl/Sum.vhd"), top = files.at("rtl/sum_1.vhd");
  EXPECT_NE(inner.find("    a_1 : in std_logic_vector(0 downto 0);"), std::string::npos) << inner;
  EXPECT_NE(inner.find("  resize_1 <= resize(A_2, 2) + resize(a_3, 2);"), std::string::npos)
      << inner;
  EXPECT_NE(top.find("-- Module sum_1: two \";\n"), std::string::npos) << top;
  EXPECT_NE(top.find("  inner_u : entity work.Sum\n"), std::string::npos) << top;
  EXPECT_NE(top.find("  to_integer_1 <= unsigned(inner_y);"), std::string::npos) << top;
}

}  // namespace
}  // namespace trigstone
