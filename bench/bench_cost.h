// How near the cost model comes to what a synthesis tool needs: LUTs and registers of small modules
// (cost_cases.h) beside Yosys' `synth_xilinx -family xcup -flatten -noiopad -nodsp`.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/json.h"
#include "bench/cost_cases.h"

namespace trigstone::bench {

struct CostSummary {
  int cases = 0;
  double median_error = 0, worst_error = 0;  // relative, of LUTs plus registers
  std::string worst;                         // name of the case
};

struct CostBench {
  CostSummary fitted, seen, drawn, networks, all;
};

// Synthesises all cases in one run and calls row(…) with one object a case:
//   {"name": "cost/mul_8_8", "kind", "set", "lut", "lut_yosys", "ff", "ff_yosys", "error"}
// then with {"name": "cost/fitted" | "cost/seen" | "cost/drawn" | "cost/networks" | "cost/all",
// "cases", "median_error", "worst_error", "worst"} for each set that has cases. The error is
// |modelled - counted| over counted, of LUTs and registers together; below ten a difference of one
// counts as a tenth, since no model is finer than a LUT. Throws Error when Yosys is missing or
// fails.
CostBench bench_cost(const std::vector<CostCase>& cases,
                     const std::function<void(const OrderedJson&)>& row);

}  // namespace trigstone::bench
