// Names that every hardware language takes: letters, digits and single underscores, a letter first,
// no trailing underscore, no reserved word of Verilog, SystemVerilog or VHDL.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace trigstone {

// The nearest such name to any text: "dense/MatMul:0" → "dense_MatMul_0", "reg" → "reg_0".
std::string identifier_from(std::string_view text);

// Module and port names must pass; verify_netlist checks it.
bool is_identifier(std::string_view text);

std::string lower_case(std::string text);

// `wanted`, or "wanted_1", "wanted_2", …: the first that `taken` does not hold, ignoring case as
// VHDL does; enters it there, in lower case.
std::string distinct_name(const std::string& wanted, std::set<std::string>& taken);

}  // namespace trigstone
