// One call makes a graph: share, add up, and with more effort choose among
// several.
#include "lower/adder_graph.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "lower/adder_search.h"
#include "lower/adder_sums.h"

namespace trigstone {

Interval AdderGraph::range_of(int value) const {
  const auto at = static_cast<size_t>(value);
  return at < inputs.size() ? inputs[at] : adders[at - inputs.size()].range;
}

int AdderGraph::depth_of(int value) const {
  const auto at = static_cast<size_t>(value);
  return at < inputs.size() ? 0 : adders[at - inputs.size()].depth;
}

const char* name_of(Effort effort) {
  switch (effort) {
    case Effort::kFast:
      return "fast";
    case Effort::kDefault:
      return "default";
    case Effort::kBest:
      return "best";
  }
  internal_error("an unknown effort");
}

Effort effort_named(const std::string& name, const std::string& where) {
  for (const Effort effort : {Effort::kFast, Effort::kDefault, Effort::kBest}) {
    if (name == name_of(effort)) return effort;
  }
  throw Error(where, fmt::format("effort '{}' is not known", name), "fast, default or best");
}

namespace {

AdderGraphs solve_matrix(const IntegerMatrix& matrix, const std::vector<Interval>& inputs,
                         const AdderGraphOptions& options, bool ternary) {
  ensure(static_cast<int64_t>(inputs.size()) == matrix.rows, "solve: one interval an input");
  const int least = least_depth(matrix);
  if (options.depth_limit != 0 && options.depth_limit < least) {
    throw Error("adder graph",
                fmt::format("a depth of {} adders cannot be met", options.depth_limit),
                fmt::format("this matrix needs {}", least));
  }
  const int chosen = options.shallow ? least : usual_depth(matrix);
  const int depth_limit =
      options.depth_limit == 0 ? chosen : std::min(options.depth_limit, kDeepest);
  if (options.effort != Effort::kFast) {
    return search(matrix, inputs, depth_limit, options.effort, ternary);
  }
  SharingOptions sharing;
  sharing.depth_limit = depth_limit;
  sharing.every_form = false;
  AdderGraphs graphs;
  graphs.binary = add_up(sums_in(share_sums(matrix, inputs, sharing)));
  if (ternary) graphs.ternary = ternary_of(graphs.binary);
  return graphs;
}

}  // namespace

AdderGraph solve(const IntegerMatrix& matrix, const std::vector<Interval>& inputs,
                 const AdderGraphOptions& options) {
  return solve_matrix(matrix, inputs, options, false).binary;
}

AdderGraphs solve_both(const IntegerMatrix& matrix, const std::vector<Interval>& inputs,
                       const AdderGraphOptions& options) {
  return solve_matrix(matrix, inputs, options, true);
}

std::vector<Int128> evaluate(const AdderGraph& graph, const std::vector<int64_t>& x) {
  std::vector<Int128> values(x.begin(), x.end());
  const auto power = [](int bits) { return static_cast<Int128>(1) << bits; };
  for (const AdderGraph::Adder& adder : graph.adders) {
    const Int128 a = values[static_cast<size_t>(adder.a)] * power(std::max(0, -adder.shift));
    const Int128 b = values[static_cast<size_t>(adder.b)] * power(std::max(0, adder.shift));
    values.push_back(adder.subtract ? a - b : a + b);
  }
  std::vector<Int128> result;
  for (const AdderGraph::Output& output : graph.outputs) {
    const Int128 y =
        output.value < 0 ? 0 : values[static_cast<size_t>(output.value)] * power(output.shift);
    result.push_back(output.negative ? -y : y);
  }
  return result;
}

}  // namespace trigstone
