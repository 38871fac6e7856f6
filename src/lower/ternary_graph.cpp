// From two-operand adders to three-operand ones.
//
//   t = a + b; y0 = t + c; y1 = t + d   =>   y0 = a + b + c; y1 = a + b + d
//
// A sum is a list of terms, and k terms take about k / 2 adders. A shared
// sub-sum that would only turn two-operand adders of its readers into
// three-operand ones is worth less than its own adder: its terms move into the
// readers.
#include "lower/ternary_graph.h"

#include <algorithm>

#include "base/error.h"
#include "cost/adder_luts.h"
#include "lower/sum_plan.h"

namespace trigstone {

namespace {

Int128 power_of_two(int bits) { return static_cast<Int128>(1) << bits; }

struct SharedSum {
  std::vector<SumTerm> terms;  // powers count from this sum's own grid
  std::vector<int> readers;    // sums that read it, one entry a term
  Interval range;
  int depth_limit = 0;
  bool is_output = false;
  bool kept = false;  // else its terms stand in its reader's list
  int64_t luts = 0;
};

class TernaryBuilder {
 public:
  explicit TernaryBuilder(const AdderGraph& graph) : graph_(graph) {}

  TernaryGraph run();

 private:
  size_t inputs() const { return graph_.inputs.size(); }
  SharedSum& sum_of(int value) { return sums_[static_cast<size_t>(value) - inputs()]; }
  bool is_sum(int value) const { return static_cast<size_t>(value) >= inputs(); }
  void gather();
  void append(std::vector<SumTerm>& terms, int value, int power, bool negative);
  int64_t luts_of(const std::vector<SumTerm>& terms, const SharedSum& sum) {
    return planner_.ternary(terms, sum.depth_limit, sum.is_output).luts;
  }
  std::vector<SumTerm> without(const SharedSum& reader, int value) const;
  bool dissolve(int value);
  void write();

  const AdderGraph& graph_;
  std::vector<SharedSum> sums_;  // one an adder of graph_
  TernaryGraph result_;
  SumPlanner planner_;
};

void TernaryBuilder::append(std::vector<SumTerm>& terms, int value, int power, bool negative) {
  if (is_sum(value) && !sum_of(value).kept) {
    for (const SumTerm& x : sum_of(value).terms) {
      append(terms, x.value, x.power + power, x.negative != negative);
    }
    return;
  }
  terms.push_back(sum_term(value, power, negative, graph_.range_of(value), graph_.depth_of(value)));
}

// Every adder as a list of terms; one that is read once, by an adder, is part
// of its reader's list.
void TernaryBuilder::gather() {
  sums_.resize(graph_.adders.size());
  std::vector<int> uses(sums_.size(), 0);
  for (const auto& adder : graph_.adders) {
    for (const int operand : {adder.a, adder.b}) {
      if (is_sum(operand)) ++uses[static_cast<size_t>(operand) - inputs()];
    }
  }
  for (const auto& output : graph_.outputs) {
    if (output.value >= 0 && is_sum(output.value)) sum_of(output.value).is_output = true;
  }
  for (size_t k = 0; k < sums_.size(); ++k) {
    const auto& adder = graph_.adders[k];
    SharedSum& sum = sums_[k];
    sum.range = adder.range;
    sum.depth_limit = adder.depth;
    sum.kept = sum.is_output || uses[k] >= 2;
    append(sum.terms, adder.a, std::max(0, -adder.shift), false);
    append(sum.terms, adder.b, std::max(0, adder.shift), adder.subtract);
  }
  for (size_t k = 0; k < sums_.size(); ++k) {
    if (!sums_[k].kept) continue;
    for (const SumTerm& x : sums_[k].terms) {
      if (is_sum(x.value)) sum_of(x.value).readers.push_back(static_cast<int>(k + inputs()));
    }
    sums_[k].luts = luts_of(sums_[k].terms, sums_[k]);
  }
}

// The reader's terms with the value's own terms in its place.
std::vector<SumTerm> TernaryBuilder::without(const SharedSum& reader, int value) const {
  const SharedSum& sum = sums_[static_cast<size_t>(value) - inputs()];
  std::vector<SumTerm> terms;
  for (const SumTerm& x : reader.terms) {
    if (x.value != value) {
      terms.push_back(x);
      continue;
    }
    for (SumTerm inner : sum.terms) {
      inner.power += x.power;
      inner.top += x.power;
      inner.negative ^= x.negative;
      terms.push_back(inner);
    }
  }
  return terms;
}

// Moves a sum's terms into its readers when that is cheaper.
bool TernaryBuilder::dissolve(int value) {
  SharedSum& sum = sum_of(value);
  if (!sum.kept || sum.is_output) return false;
  std::vector<int> readers = sum.readers;
  std::sort(readers.begin(), readers.end());
  readers.erase(std::unique(readers.begin(), readers.end()), readers.end());
  int64_t gain = sum.luts;
  std::vector<std::vector<SumTerm>> terms;
  std::vector<int64_t> luts;
  for (const int id : readers) {
    const SharedSum& reader = sum_of(id);
    terms.push_back(without(reader, value));
    luts.push_back(luts_of(terms.back(), reader));
    gain -= luts.back() - reader.luts;
    if (gain <= 0) return false;
  }
  for (size_t i = 0; i < readers.size(); ++i) {
    SharedSum& reader = sum_of(readers[i]);
    reader.terms = std::move(terms[i]);
    reader.luts = luts[i];
  }
  for (const SumTerm& x : sum.terms) {
    if (!is_sum(x.value)) continue;
    auto& list = sum_of(x.value).readers;
    list.erase(std::find(list.begin(), list.end(), value));
    list.insert(list.end(), sum.readers.begin(), sum.readers.end());
  }
  sum.kept = false;
  return true;
}

void TernaryBuilder::write() {
  result_.inputs = graph_.inputs;
  std::vector<SumTerm> made(sums_.size());  // the value, sign and power of each kept sum
  for (size_t k = 0; k < sums_.size(); ++k) {
    SharedSum& sum = sums_[k];
    if (!sum.kept) continue;
    std::vector<SumTerm> terms;
    for (const SumTerm& x : sum.terms) {
      if (!is_sum(x.value)) {
        terms.push_back(x);
        continue;
      }
      const SumTerm& inner = made[static_cast<size_t>(x.value) - inputs()];
      terms.push_back(sum_term(inner.value, x.power + inner.power, x.negative != inner.negative,
                               inner.range, inner.depth));
    }
    made[k] = append_sum(result_, terms, planner_.ternary(terms, sum.depth_limit, sum.is_output));
  }
  for (const AdderGraph::Output& output : graph_.outputs) {
    AdderGraph::Output own = output;
    if (output.value >= 0 && is_sum(output.value)) {
      const SumTerm& y = made[static_cast<size_t>(output.value) - inputs()];
      own = {y.value, output.shift + y.power, output.negative != y.negative};
    }
    result_.outputs.push_back(own);
  }
}

TernaryGraph TernaryBuilder::run() {
  gather();
  bool changed = true;
  while (changed) {
    changed = false;
    for (size_t k = sums_.size(); k-- > 0;) changed |= dissolve(static_cast<int>(k + inputs()));
  }
  write();
  return std::move(result_);
}

}  // namespace

SumTerm append_sum(TernaryGraph& graph, std::vector<SumTerm> terms, const SumPlan& plan) {
  for (const SumPlan::Step& step : plan.steps) {
    TernaryGraph::Adder adder;
    for (size_t i = 0; i < 3 && step.terms[i] >= 0; ++i) {
      const SumTerm& x = terms[static_cast<size_t>(step.terms[i])];
      adder.operands[i] = {x.value, x.power - step.result.power,
                           x.negative != step.result.negative};
      adder.depth = std::max(adder.depth, graph.depth_of(x.value) + 1);
    }
    adder.range = step.result.range;
    terms.push_back(step.result);
    terms.back().value = static_cast<int>(graph.inputs.size() + graph.adders.size());
    graph.adders.push_back(adder);
  }
  return terms.back();
}

Interval TernaryGraph::range_of(int value) const {
  const auto at = static_cast<size_t>(value);
  return at < inputs.size() ? inputs[at] : adders[at - inputs.size()].range;
}

int TernaryGraph::depth_of(int value) const {
  const auto at = static_cast<size_t>(value);
  return at < inputs.size() ? 0 : adders[at - inputs.size()].depth;
}

TernaryGraph ternary_of(const AdderGraph& graph) { return TernaryBuilder(graph).run(); }

TernaryCost cost_of(const TernaryGraph& graph) {
  TernaryCost cost;
  cost.adders = static_cast<int64_t>(graph.adders.size());
  for (const auto& adder : graph.adders) {
    std::array<SumTerm, 3> terms;
    for (size_t i = 0; i < static_cast<size_t>(adder.operand_count()); ++i) {
      const auto& x = adder.operands[i];
      terms[i] =
          sum_term(x.value, x.shift, x.negative, graph.range_of(x.value), graph.depth_of(x.value));
    }
    cost.lut += addition_of({&terms[0], &terms[1], &terms[2]}, adder.operand_count(), true).luts;
    cost.depth = std::max<int64_t>(cost.depth, adder.depth);
  }
  for (const auto& output : graph.outputs) {
    if (output.negative) cost.lut += negation_luts(graph.range_of(output.value));
  }
  return cost;
}

std::vector<Int128> evaluate(const TernaryGraph& graph, const std::vector<int64_t>& x) {
  std::vector<Int128> values(x.begin(), x.end());
  for (const TernaryGraph::Adder& adder : graph.adders) {
    Int128 sum = 0;
    for (int i = 0; i < adder.operand_count(); ++i) {
      const auto& operand = adder.operands[static_cast<size_t>(i)];
      const Int128 part = values[static_cast<size_t>(operand.value)] * power_of_two(operand.shift);
      sum += operand.negative ? -part : part;
    }
    values.push_back(sum);
  }
  std::vector<Int128> result;
  for (const AdderGraph::Output& output : graph.outputs) {
    const Int128 y = output.value < 0
                         ? 0
                         : values[static_cast<size_t>(output.value)] * power_of_two(output.shift);
    result.push_back(output.negative ? -y : y);
  }
  return result;
}

}  // namespace trigstone
