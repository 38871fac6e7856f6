// One call makes a graph: share, add up, and with more effort choose among
// several.
#include "lower/adder_graph.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "lower/adder_sharing.h"
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

Effort effort_named(const std::string& name, const std::string& where) {
  if (name == "fast") return Effort::kFast;
  if (name == "default") return Effort::kDefault;
  if (name == "best") return Effort::kBest;
  throw Error(where, fmt::format("effort '{}' is not known", name), "fast, default or best");
}

AdderGraph solve(const IntegerMatrix& matrix, const std::vector<Interval>& inputs,
                 const AdderGraphOptions& options) {
  ensure(static_cast<int64_t>(inputs.size()) == matrix.rows, "solve: one interval an input");
  const int least = least_depth(matrix);
  if (options.depth_limit != 0 && options.depth_limit < least) {
    throw Error("adder graph",
                fmt::format("a depth of {} adders cannot be met", options.depth_limit),
                fmt::format("this matrix needs {}", least));
  }
  SharingOptions sharing;
  sharing.depth_limit =
      options.depth_limit == 0 ? usual_depth(matrix) : std::min(options.depth_limit, kDeepest);
  sharing.every_form = options.effort != Effort::kFast;
  const auto graph_for = [&] {
    return add_up(share_sums(matrix, inputs, sharing), sharing.depth_limit);
  };
  AdderGraph best = graph_for();
  if (options.effort != Effort::kBest) return best;
  int64_t least_luts = luts_of(best);
  for (const int bonus : {-1, 2, 6}) {
    sharing.bonus = bonus;
    AdderGraph other = graph_for();
    const int64_t luts = luts_of(other);
    if (luts >= least_luts) continue;
    least_luts = luts;
    best = std::move(other);
  }
  return best;
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
