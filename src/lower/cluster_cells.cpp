#include "lower/cluster_cells.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>
#include <set>

#include "base/error.h"
#include "fixed/quantize.h"
#include "lower/merge_tables.h"
#include "lower/weight_stream.h"
#include "netlist/identifier.h"

namespace trigstone {

namespace {

class ClusterLowering {
 public:
  ClusterLowering(ClusterContext& context, const Cluster& cluster)
      : context_(context),
        graph_(context.graph),
        plan_(context.plan),
        cluster_(cluster),
        lanes_(cluster.per_lane ? context.plan.lanes : 1),
        builder_(cluster.name) {}

  ClusterModule run(const std::vector<ValueId>& outputs);

 private:
  struct InputPort {
    std::string name;
    int group = -1;
    std::vector<CellId> cells;
    std::vector<std::vector<SignalId>> signals;  // by lane, one an element
  };

  bool inside(ValueId root) const {
    return root >= 0 && context_.partition.cluster_of[static_cast<size_t>(root)] >= 0 &&
           std::binary_search(cluster_.nodes.begin(), cluster_.nodes.end(), root);
  }
  void lower(ValueId id);
  bool reads_cells(const Node& node, size_t operand) const;
  LocalTensor read(ValueId value, Reading reading);
  CellId on_grid(CellId cell, int exponent, int fraction_bits);
  CellId whole(ValueId value, int64_t index);
  CellId per_token(ValueId value, int64_t first, const TokenAxis& tokens, int64_t local);
  CellId replay(ValueId value, const std::vector<int64_t>& indices);
  CellId choose_by_beat(std::vector<CellId> choices, const std::vector<int64_t>& order);
  WeightStream weight_stream(const Node& node, const NodePlan& node_plan);
  CellId constant_of(const Element& element);
  CellId input(const std::string& port, int group, std::vector<SignalId> by_lane);
  InputPort& port_named(const std::string& key, int group);
  std::string unique_port(const std::string& wanted);
  std::string comment() const;

  ClusterContext& context_;
  const Graph& graph_;
  const Plan& plan_;
  const Cluster& cluster_;
  const int64_t lanes_;
  ModuleBuilder builder_;
  std::map<ValueId, std::vector<CellId>> cells_;
  std::map<std::pair<ValueId, int64_t>, LocalTensor> read_;
  std::vector<InputPort> ports_;
  std::map<std::string, size_t> port_index_;
  std::map<std::vector<SignalId>, CellId> known_inputs_;
  std::set<std::string> port_names_ = {"clk", "start", "done"};
};

std::string ClusterLowering::unique_port(const std::string& wanted) {
  const std::string base = identifier_from(wanted);
  std::string name = base;
  for (int n = 2; !port_names_.insert(name).second; ++n) name = fmt::format("{}_{}", base, n);
  return name;
}

ClusterLowering::InputPort& ClusterLowering::port_named(const std::string& key, int group) {
  const auto [known, fresh] = port_index_.try_emplace(key, ports_.size());
  if (fresh) ports_.push_back({unique_port(key), group, {}, {}});
  return ports_[known->second];
}

CellId ClusterLowering::input(const std::string& port, int group, std::vector<SignalId> by_lane) {
  const Signals& signals = context_.signals;
  const SignalId first = by_lane.front();
  const bool same = std::all_of(by_lane.begin(), by_lane.end(), [&](SignalId id) {
    return signals.is_constant(id) && signals.range(id) == signals.range(first);
  });
  if (same) {
    return builder_.constant(static_cast<int64_t>(signals.range(first).low),
                             signals.fraction_bits(first));
  }
  const auto known = known_inputs_.find(by_lane);
  if (known != known_inputs_.end()) return known->second;
  Interval range = signals.range(first);
  for (const SignalId id : by_lane) range = hull(range, signals.range(id));
  InputPort& target = port_named(port, group);
  const CellId cell = builder_.input(range, signals.fraction_bits(first),
                                     fmt::format("{}_{}", target.name, target.cells.size()));
  target.cells.push_back(cell);
  target.signals.push_back(by_lane);
  return known_inputs_[std::move(by_lane)] = cell;
}

CellId ClusterLowering::constant_of(const Element& element) {
  return builder_.constant(context_.constants.mantissa(element.root, element.index),
                           context_.constants.fraction_bits(element.root));
}

// Concat joins operands of several grids, scale moves the binary point.
CellId ClusterLowering::on_grid(CellId cell, int exponent, int fraction_bits) {
  if (exponent != 0) {
    cell = builder_.relabel(cell, builder_.cell(cell).fraction_bits - exponent);
  }
  return builder_.align(cell, fraction_bits);
}

CellId ClusterLowering::whole(ValueId value, int64_t index) {
  const int fraction = graph_.type(value).format->fraction_bits();
  const Element element = resolve(graph_, plan_, value, index);
  if (element.root < 0) return builder_.constant(0, fraction);
  CellId cell = -1;
  if (plan_.of(element.root).constant) {
    cell = constant_of(element);
  } else if (inside(element.root)) {
    cell = cells_.at(element.root)[static_cast<size_t>(element.index)];
  } else {
    const SignalId signal = context_.values.whole(element.root, element.index);
    const bool stream = plan_.of(element.root).result.per_token();
    const std::string& name = graph_.node(element.root).name;
    cell = input(stream ? name + "_all" : name, stream ? element.root : -1,
                 std::vector<SignalId>(static_cast<size_t>(lanes_), signal));
  }
  return on_grid(cell, element.exponent, fraction);
}

// The element of the token that is at work, `first` being its index for token 0.
CellId ClusterLowering::per_token(ValueId value, int64_t first, const TokenAxis& tokens,
                                  int64_t local) {
  const int fraction = graph_.type(value).format->fraction_bits();
  const Element element = resolve(graph_, plan_, value, first);
  if (element.root < 0) return builder_.constant(0, fraction);
  const Reading root_reading = plan_.of(element.root).result;
  const TokenAxis root_tokens(graph_.shape(element.root), root_reading);
  bool direct = root_reading.per_token();
  std::vector<int64_t> indices;
  for (int64_t t = 0; t < tokens.tokens; ++t) {
    indices.push_back(tokens.whole(local, t));
    const Element other = resolve(graph_, plan_, value, indices.back());
    direct = direct && other.root == element.root && other.exponent == element.exponent &&
             root_tokens.token(other.index) == t &&
             root_tokens.local(other.index) == root_tokens.local(element.index);
  }
  if (!direct) return replay(value, indices);
  const int64_t root_local = root_tokens.local(element.index);
  if (inside(element.root)) {
    return on_grid(cells_.at(element.root)[static_cast<size_t>(root_local)], element.exponent,
                   fraction);
  }
  std::vector<SignalId> by_lane;
  for (int64_t lane = 0; lane < lanes_; ++lane) {
    by_lane.push_back(context_.values.stream(element.root, lane, root_local));
  }
  const CellId cell = input(graph_.node(element.root).name, -1, std::move(by_lane));
  return on_grid(cell, element.exponent, fraction);
}

// Resident numbers turned into a stream: a rom for constants, else a choice by the beat.
CellId ClusterLowering::replay(ValueId value, const std::vector<int64_t>& indices) {
  const int fraction = graph_.type(value).format->fraction_bits();
  const auto beats = static_cast<size_t>(plan_.beats()), lanes = static_cast<size_t>(lanes_);
  std::vector<Element> elements;
  bool constant = true, same = true;
  for (const int64_t index : indices) {
    elements.push_back(resolve(graph_, plan_, value, index));
    const Element& e = elements.back();
    constant = constant && (e.root < 0 || plan_.of(e.root).constant);
    same = same && e == elements.front();
  }
  if (same) return whole(value, indices.front());
  std::vector<SignalId> by_lane;
  if (constant) {
    for (size_t lane = 0; lane < lanes; ++lane) {
      std::vector<int64_t> entries;
      for (size_t k = 0; k < beats; ++k) {
        entries.push_back(builder_.cell(whole(value, indices[k * lanes + lane])).constant);
      }
      by_lane.push_back(context_.signals.rom(entries, fraction));
    }
    return input(fmt::format("{}_of_token", graph_.node(value).name), -1, std::move(by_lane));
  }
  std::vector<CellId> choices;
  for (size_t k = 0; k < beats; ++k) {
    by_lane.clear();
    int exponent = 0;
    for (size_t lane = 0; lane < lanes; ++lane) {
      const Element& e = elements[k * lanes + lane];
      ensure(e.root >= 0 && !plan_.of(e.root).constant, "replay of mixed elements");
      by_lane.push_back(context_.values.whole(e.root, e.index));
      exponent = e.exponent;
    }
    choices.push_back(on_grid(input(fmt::format("{}_all", graph_.node(value).name), value, by_lane),
                              exponent, fraction));
  }
  std::vector<int64_t> order(beats);
  std::iota(order.begin(), order.end(), 0);
  return choose_by_beat(std::move(choices), order);
}

// Choice order[k] at beat k, the last one afterwards.
CellId ClusterLowering::choose_by_beat(std::vector<CellId> choices,
                                       const std::vector<int64_t>& order) {
  for (int bit = 0; choices.size() > 1; ++bit) {
    std::vector<int64_t> phase;
    for (const int64_t choice : order) phase.push_back(choice >> bit & 1);
    const CellId odd =
        input("beat", -1,
              std::vector<SignalId>(static_cast<size_t>(lanes_), context_.signals.rom(phase, 0)));
    std::vector<CellId> next;
    for (size_t i = 0; i + 1 < choices.size(); i += 2) {
      next.push_back(builder_.mux(odd, choices[i + 1], choices[i]));
    }
    if (choices.size() % 2 == 1) next.push_back(choices.back());
    choices = std::move(next);
  }
  return choices[0];
}

LocalTensor ClusterLowering::read(ValueId value, Reading reading) {
  const auto known = read_.find({value, reading.axis});
  if (known != read_.end()) return known->second;
  const Shape& shape = graph_.shape(value);
  LocalTensor tensor{local_shape(shape, reading), {}};
  const TokenAxis tokens(shape, reading);
  for (int64_t local = 0; local < element_count(tensor.shape); ++local) {
    tensor.cells.push_back(reading.per_token()
                               ? per_token(value, tokens.whole(local, 0), tokens, local)
                               : whole(value, local));
  }
  return read_[{value, reading.axis}] = std::move(tensor);
}

// Weights and thresholds are read as numbers.
bool ClusterLowering::reads_cells(const Node& node, size_t operand) const {
  const bool numbers = node.op == Op::kLinear || node.op == Op::kConv || node.op == Op::kThresholds;
  return operand == 0 || !numbers;
}

WeightStream ClusterLowering::weight_stream(const Node& node, const NodePlan& node_plan) {
  WeightStream::Source source;
  source.word = [this, &node](const std::vector<int64_t>& words, const Format& format,
                              int64_t address) {
    const SignalId signal = context_.signals.memory(words, format, address);
    return input(node.name + "_weights", -1,
                 std::vector<SignalId>(static_cast<size_t>(lanes_), signal));
  };
  source.by_beat = [this](std::vector<CellId> choices, const std::vector<int64_t>& order) {
    return choose_by_beat(std::move(choices), order);
  };
  return {std::move(source), node_plan, plan_.period, context_.dsp_chain, context_.loaded};
}

void ClusterLowering::lower(ValueId id) {
  const Node& node = graph_.node(id);
  const NodePlan& node_plan = plan_.of(id);
  std::vector<LocalTensor> operands(node.operands.size());
  for (size_t i = 0; i < operands.size(); ++i) {
    if (reads_cells(node, i)) operands[i] = read(node.operands[i], node_plan.operands[i]);
  }
  AdderGraphCost cost;
  std::optional<WeightStream> stream;
  if (node_plan.reuse > 0) stream.emplace(weight_stream(node, node_plan));
  AdderGraphOptions options = context_.options;
  options.shallow = context_.shallow[static_cast<size_t>(id)];
  NodeContext context{graph_,
                      node,
                      node_plan,
                      context_.read.columns(id),
                      builder_,
                      context_.constants,
                      options,
                      context_.solver,
                      context_.strategies.of(node),
                      stream ? &*stream : nullptr,
                      cost,
                      context_.ternary_adders,
                      context_.dsp_chain};
  try {
    cells_[id] = lower_node(context, operands);
  } catch (const Error& error) {  // the builder knows the module, the user knows the node
    throw Error(where_of(node), error.problem(), error.hint());
  }
  add_cost(context_.costs[static_cast<size_t>(id)], cost, lanes_);
  for (size_t i = 0; i < cells_[id].size(); ++i) {
    const CellId cell = cells_[id][i];
    if (builder_.cell(cell).name.empty()) {
      builder_.set_name(cell, fmt::format("{}_{}", identifier_from(node.name), i));
    }
  }
}

std::string ClusterLowering::comment() const {
  std::string text;
  for (const ValueId id : cluster_.nodes) {
    const Node& node = graph_.node(id);
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", traits_of(node.op).text,
                        to_string(node.type.shape));
    if (text.size() > 90) return text + ", …";
  }
  return text;
}

ClusterModule ClusterLowering::run(const std::vector<ValueId>& outputs) {
  for (const ValueId id : cluster_.nodes) lower(id);
  ClusterModule result;
  for (const InputPort& port : ports_) {
    add_input_port(builder_, port.name, port.cells);
    result.inputs.insert(result.inputs.end(), port.signals.begin(), port.signals.end());
    result.together.insert(result.together.end(), port.cells.size(), port.group);
  }
  for (const ValueId id : outputs) {
    const std::vector<CellId>& all = cells_.at(id);
    const auto count = static_cast<int64_t>(all.size());
    const std::vector<bool> is_shown = shown_elements(context_.read, plan_, id, count);
    std::vector<CellId> shown;
    for (size_t i = 0; i < all.size(); ++i) {
      if (is_shown[i]) shown.push_back(all[i]);
    }
    add_output_port(builder_, unique_port(graph_.node(id).name), shown);
  }
  result.module = merge_tables(builder_.finish(comment()), context_.device);
  return result;
}

struct Width {
  int bits;
  bool is_signed;
};

Width width_of(const ModuleBuilder& builder, const std::vector<CellId>& cells) {
  Interval range = builder.cell(cells.front()).range;
  for (const CellId id : cells) range = hull(range, builder.cell(id).range);
  return {std::max(1, bits_for(range)), range.low < 0};
}

}  // namespace

void add_output_port(ModuleBuilder& builder, const std::string& name,
                     const std::vector<CellId>& cells) {
  const Width width = width_of(builder, cells);
  builder.output_port(name, width.bits, width.is_signed, cells);
}

void add_input_port(ModuleBuilder& builder, const std::string& name,
                    const std::vector<CellId>& cells) {
  const Width width = width_of(builder, cells);
  builder.input_port(name, width.bits, width.is_signed, cells);
}

std::vector<bool> shown_elements(const ReadElements& read, const Plan& plan, ValueId id,
                                 int64_t count) {
  if (plan.of(id).reuse > 0) return std::vector<bool>(static_cast<size_t>(count), true);
  return read.of(id, plan.of(id).result);
}

ClusterModule make_cluster_module(ClusterContext& context, const Cluster& cluster,
                                  const std::vector<ValueId>& outputs) {
  return ClusterLowering(context, cluster).run(outputs);
}

}  // namespace trigstone
