// Names that every hardware language takes: letters, digits and single underscores, a letter first,
// no trailing underscore, no reserved word of Verilog, SystemVerilog or VHDL.
#pragma once

#include <string>
#include <string_view>

namespace trigstone {

// The nearest such name to any text: "dense/MatMul:0" → "dense_MatMul_0", "reg" → "reg_0".
std::string identifier_from(std::string_view text);

// Module and port names must pass; verify_netlist checks it.
bool is_identifier(std::string_view text);

}  // namespace trigstone
