// Broken cells: each mutant is what a netlist would mean to an engine (or would look like from an
// emitter) that gets one netlist operation wrong. The conformance suite must notice every one.
//
//   %3 = max(%1, %2) : [0, 7]   =>   %3 = min(%1, %2) : [0, 7]
//
// A mutant need not obey verify(netlist): a strobe a clock late is a fault worth finding.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "netlist/netlist.h"

namespace trigstone {

struct NetlistMutant {
  std::string name;  // "acc_sum: strobe one clock late"
  NetOp op;          // the operation that is broken
  // Every cell of that kind in every module is changed; ports stay as they are. Equal to the
  // netlist when it holds no such cell.
  std::function<Netlist(const Netlist&)> apply;
};

// For every operation a wrong value (one step off, the ends of the interval swapped), and for each
// the slips people make: a sign, a shift, swapped operands, a clock too early or too late.
const std::vector<NetlistMutant>& netlist_mutants();

}  // namespace trigstone
