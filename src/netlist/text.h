// netlist.txt: the text form of a netlist, one cell a line, that parses back to an equal netlist.
//
//   trigstone.netlist/1
//   module "dense" period 1 "linear 2 -> 2"
//   %0 = input() "x_0" : [-8, 7] f2 @0 x1
//   %3 = add(%0, %1) amount=2 flag=1 : [-36, 35] f2 @1 x1
//   in "x" bits=4 signed=1 (%0, %1)
//   out "y" bits=7 signed=1 (%3)
//
// Behind a cell's operands stand its fields (constant, amount, flag, strobe, module, entries; those
// left out are 0) and its name; behind ':' interval, fraction bits, first clock, beats, `held`.
// Lines that start with '#' and empty lines are ignored.
#pragma once

#include <string>
#include <string_view>

#include "netlist/netlist.h"

namespace trigstone {

inline constexpr int kNetlistSchemaVersion = 1;

std::string to_text(const Netlist& netlist);

// Throws Error at "WHERE:LINE" on any malformed line, on operands that do not come before and on
// modules that do not exist. What the cells mean is checked by `verify`.
Netlist parse_netlist(std::string_view text, const std::string& where);

}  // namespace trigstone
