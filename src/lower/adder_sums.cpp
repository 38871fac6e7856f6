#include "lower/adder_sums.h"

#include <algorithm>

#include "lower/sum_plan.h"

namespace trigstone {

namespace {

// Terms of a sum as the planner reads them: what was made of a shared value may have its sign and
// a power of two moved to its readers.
// A shared value counts as deep as it may be, as in the search.
template <class Graph>
std::vector<SumTerm> planner_terms(const SharedSums& sums, const SharedSums::Sum& sum,
                                   const std::vector<Addend>& made, const Graph& graph) {
  std::vector<SumTerm> terms;
  for (const Addend& x : sum.terms) {
    const auto at = static_cast<size_t>(x.value);
    const Addend& own = made[at];
    const size_t inputs = sums.inputs.size();
    const int depth = at < inputs ? 0 : sums.shared[at - inputs].depth_limit;
    terms.push_back(sum_term(own.value, x.power + own.power, x.negative != own.negative,
                             graph.range_of(own.value), depth));
  }
  return terms;
}

std::vector<Addend> inputs_as_made(const SharedSums& sums) {
  std::vector<Addend> made;
  for (size_t i = 0; i < sums.inputs.size(); ++i) made.push_back({static_cast<int>(i), 0, false});
  return made;
}

AdderGraph::Output output_of(const Addend& x) { return {x.value, x.power, x.negative}; }

}  // namespace

AdderGraph add_up(const SharedSums& sums) {
  AdderBuilder builder(sums.inputs);
  SumPlanner planner;
  std::vector<Addend> made = inputs_as_made(sums);
  const auto add = [&](const SharedSums::Sum& sum, bool positive) {
    const auto terms = planner_terms(sums, sum, made, builder.graph);
    std::vector<Addend> parts;
    for (const SumTerm& x : terms) parts.push_back({x.value, x.power, x.negative});
    const SumPlan& plan = planner.binary(terms, sum.depth_limit, positive);
    for (const SumPlan::Step& step : plan.steps) {
      const Addend x = parts[static_cast<size_t>(step.terms[0])];
      const Addend y = parts[static_cast<size_t>(step.terms[1])];
      parts.push_back(builder.add(x, y, step.result.negative));
    }
    return parts.back();
  };
  for (const auto& sum : sums.shared) made.push_back(add(sum, false));
  for (const auto& sum : sums.outputs) {
    builder.graph.outputs.push_back(sum.terms.empty() ? AdderGraph::Output{}
                                                      : output_of(add(sum, true)));
  }
  return std::move(builder.graph);
}

TernaryGraph add_up_ternary(const SharedSums& sums) {
  TernaryGraph graph;
  graph.inputs = sums.inputs;
  SumPlanner planner;
  std::vector<Addend> made = inputs_as_made(sums);
  const auto add = [&](const SharedSums::Sum& sum, bool positive) {
    std::vector<SumTerm> terms = planner_terms(sums, sum, made, graph);
    const SumTerm sum_made =
        append_sum(graph, terms, planner.ternary(terms, sum.depth_limit, positive));
    return Addend{sum_made.value, sum_made.power, sum_made.negative};
  };
  for (const auto& sum : sums.shared) made.push_back(add(sum, false));
  for (const auto& sum : sums.outputs) {
    graph.outputs.push_back(sum.terms.empty() ? AdderGraph::Output{} : output_of(add(sum, true)));
  }
  return graph;
}

}  // namespace trigstone
