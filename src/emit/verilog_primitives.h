// UltraScale+ primitives: a three-operand adder out of LUT6_2 and CARRY8, and how simulators see
// those two. The first belongs to the firmware (rtl/), the models to simulators alone (sim/):
// synthesis tools know the primitives by name.
#pragma once

#include <map>
#include <string>

namespace trigstone {

// Path → text of the adder's module, called `adder_name`, and of the models.
std::map<std::string, std::string> verilog_primitives(const std::string& adder_name);

// Whether the name belongs to a primitive, so that no module of a netlist may have it.
bool is_verilog_primitive(const std::string& module_name);

}  // namespace trigstone
