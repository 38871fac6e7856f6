#include "bench/bench_cost.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "base/error.h"
#include "cost/area.h"
#include "emit/verilog.h"
#include "verify/synthesis.h"

namespace trigstone::bench {

namespace {

struct Measured {
  std::string name;
  double error = 0;
};

double relative_error(const Resources& modelled, const Resources& counted) {
  const double model = modelled.lut + modelled.ff, found = counted.lut + counted.ff;
  return std::abs(model - found) / std::max(found, 10.0);
}

CostSummary summary_of(const std::vector<Measured>& measured) {
  CostSummary summary;
  std::vector<double> errors;
  for (const Measured& item : measured) {
    errors.push_back(item.error);
    if (item.error < summary.worst_error) continue;
    summary.worst_error = item.error;
    summary.worst = item.name;
  }
  summary.cases = static_cast<int>(errors.size());
  if (errors.empty()) return summary;
  std::sort(errors.begin(), errors.end());
  const size_t middle = errors.size() / 2;
  summary.median_error =
      errors.size() % 2 == 1 ? errors[middle] : (errors[middle - 1] + errors[middle]) / 2;
  return summary;
}

const char* name_of(CostSet set) {
  switch (set) {
    case CostSet::kFitted:
      return "fitted";
    case CostSet::kSeen:
      return "seen";
    case CostSet::kDrawn:
      return "drawn";
    case CostSet::kNetwork:
      return "networks";
  }
  internal_error("unknown set of cases");
}

OrderedJson to_json(const std::string& name, const CostSummary& summary) {
  return {{"name", name},
          {"cases", summary.cases},
          {"median_error", summary.median_error},
          {"worst_error", summary.worst_error},
          {"worst", summary.worst}};
}

}  // namespace

CostBench bench_cost(const std::vector<CostCase>& cases,
                     const std::function<void(const OrderedJson&)>& row) {
  std::vector<SynthesisUnit> units;
  for (const CostCase& item : cases) {
    units.push_back(
        {item.name, item.netlist.top().name, emit_verilog(item.netlist, item.firmware)});
  }
  const std::map<std::string, Resources> counted = synthesize_units(units);
  std::vector<Measured> all;
  std::map<CostSet, std::vector<Measured>> sets;
  for (const CostCase& item : cases) {
    Resources modelled = estimate_modules(item.netlist).back();
    const Resources& found = counted.at(item.name);
    const Measured measured{item.name, relative_error(modelled, found)};
    all.push_back(measured);
    sets[item.set].push_back(measured);
    row({{"name", "cost/" + item.name},
         {"kind", item.kind},
         {"set", name_of(item.set)},
         {"lut", modelled.lut},
         {"lut_yosys", found.lut},
         {"ff", modelled.ff},
         {"ff_yosys", found.ff},
         {"error", measured.error}});
  }
  for (const auto& [set, measured] : sets) {
    row(to_json(std::string("cost/") + name_of(set), summary_of(measured)));
  }
  const CostBench result = {summary_of(sets[CostSet::kFitted]), summary_of(sets[CostSet::kSeen]),
                            summary_of(sets[CostSet::kDrawn]), summary_of(sets[CostSet::kNetwork]),
                            summary_of(all)};
  row(to_json("cost/all", result.all));
  return result;
}

}  // namespace trigstone::bench
