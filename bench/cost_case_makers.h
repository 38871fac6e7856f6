// Makes the modules of `bench cost`: one operation between ports, or a compiled graph.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "bench/cost_cases.h"
#include "graph/graph.h"
#include "lower/lower.h"

namespace trigstone::bench {

using CellMaker = std::function<CellId(ModuleBuilder&, const std::vector<CellId>&)>;

Interval signed_range(int bits);
Interval unsigned_range(int bits);

// What `make` builds of one input cell for each of these intervals.
CostCase logic_case(const std::string& kind, const std::string& name,
                    const std::vector<Interval>& inputs, const CellMaker& make);

// A module of period 16 with input %0 of `bits` signed bits over 16 beats; `cell` is the text of
// %1, the output.
CostCase clocked_case(const std::string& kind, const std::string& name, int bits,
                      const std::string& cell);

CostCase compiled_case(const std::string& kind, const std::string& name, Graph graph,
                       const LowerOptions& options);

}  // namespace trigstone::bench
