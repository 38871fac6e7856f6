// netlist.txt: the text form of a netlist, one cell a line, that parses back to an equal netlist.
//
//   trigstone.netlist/1
//   module "dense" period 1 "linear 2 -> 2"
//   %0 = input() "x_0" : [-8, 7] f2 @0 x1
//   %3 = add(%0, %1) amount=2 flag=1 : [-36, 35] f2 @1 x1
//   in "x" bits=4 signed=1 (%0, %1)
//   out "y" bits=7 signed=1 (%3)
#pragma once

#include <string>
#include <string_view>

#include "netlist/netlist.h"

namespace trigstone {

std::string to_text(const Netlist& netlist);
// Throws Error at "WHERE:LINE" on any malformed line.
Netlist parse_netlist(std::string_view text, const std::string& where);

}  // namespace trigstone
