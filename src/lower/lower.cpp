#include "lower/lower.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/progress.h"
#include "cost/area.h"
#include "fixed/quantize.h"
#include "graph/passes.h"
#include "graph/verify_graph.h"
#include "lower/assembly.h"
#include "lower/partition.h"
#include "lower/read_elements.h"
#include "lower/round_in_sums.h"
#include "lower/solved_products.h"
#include "lower/sum_depths.h"
#include "lower/top_ports.h"
#include "netlist/identifier.h"
#include "netlist/verify_netlist.h"

namespace trigstone {

namespace {

class Lowering {
 public:
  // `shallow`: nodes whose sums take as few levels as they can.
  Lowering(const Graph& graph, const LowerOptions& options, const std::vector<bool>& shallow,
           ProductSolver& solver)
      : graph_(graph),
        options_(options),
        shallow_(shallow),
        solver_(solver),
        device_(device_named(options.device)),
        strategies_(parse_strategies(options.strategy, graph)),
        plan_(make_plan(graph, options.lanes, strategies_, options.reuse)),
        partition_(make_partition(graph, plan_)),
        read_(graph, strategies_),
        constants_(graph),
        assembly_(
            {&device_, options.clock_mhz, static_cast<int>(plan_.period), options.adders_per_stage},
            options.regions, options.retime),
        values_(graph, plan_, assembly_.signals()),
        costs_(static_cast<size_t>(graph.size())) {
    adder_options_.effort = options.effort;
  }

  Lowered run();
  DepthTrial measure();

 private:
  void build(const char* task);
  void name_top();
  void add_cluster(const Cluster& cluster);
  std::vector<SignalId> totals(ValueId id, const Cluster& cluster,
                               const std::vector<SignalId>& partial);
  std::vector<SignalId> outputs_in_turn(ValueId id, const std::vector<SignalId>& streams);
  int64_t cells_of(ValueId id) const;
  std::vector<SignalId> zeros(ValueId id);
  void describe();

  const Graph& graph_;
  const LowerOptions& options_;
  const std::vector<bool>& shallow_;
  ProductSolver& solver_;
  const Device& device_;
  const Strategies strategies_;
  const Plan plan_;
  const Partition partition_;
  const ReadElements read_;
  ConstantData constants_;
  AdderGraphOptions adder_options_;
  Assembly assembly_;
  ValueSignals values_;
  std::vector<AdderGraphCost> costs_;  // of the nodes
  Lowered result_;
};

void Lowering::name_top() {
  Module& top = assembly_.top();
  top.name = identifier_from(graph_.name);
  // By another module, or by a port: Verilator refuses a port that is called as its module.
  const auto taken = [&] {
    const auto has_name = [&](const std::string& name) {
      return identifier_from(name) == top.name;
    };
    return std::any_of(partition_.clusters.begin(), partition_.clusters.end(),
                       [&](const Cluster& cluster) { return cluster.name == top.name; }) ||
           std::any_of(graph_.outputs().begin(), graph_.outputs().end(),
                       [&](const Output& output) { return has_name(output.name); }) ||
           std::any_of(graph_.nodes().begin(), graph_.nodes().end(), [&](const Node& node) {
             return node.op == Op::kInput && has_name(node.name);
           });
  };
  while (taken()) top.name += "_top";
  top.comment = plan_.period == 1   ? std::string("one event a clock")
                : plan_.tokens == 1 ? fmt::format("one event in {} clocks", plan_.period)
                                    : fmt::format("{} tokens over {} lanes, {} clocks an event",
                                                  plan_.tokens, plan_.lanes, plan_.beats());
}

// What an accumulating node shows per token, joined over the lanes and the beats.
std::vector<SignalId> Lowering::totals(ValueId id, const Cluster& cluster,
                                       const std::vector<SignalId>& partial) {
  const Combine how = combine_of(graph_.node(id));
  const Format* format = plan_.of(id).reuse > 0 ? &*graph_.type(id).format : nullptr;
  if (plan_.of(id).fold > 1) return outputs_in_turn(id, partial);
  std::vector<SignalId> result;
  for (const SignalId stream :
       assembly_.join_lanes(fmt::format("{}_lanes_of_{}", cluster.name, id), how,
                            static_cast<size_t>(cluster.per_lane ? plan_.lanes : 1), partial)) {
    result.push_back(assembly_.accumulate(how, stream, format));
  }
  return result;
}

// The outputs of a group that one multiplier computes one after the other.
std::vector<SignalId> Lowering::outputs_in_turn(ValueId id, const std::vector<SignalId>& streams) {
  const Node& node = graph_.node(id);
  const int64_t fold = plan_.of(id).fold, beats = plan_.of(id).reuse / fold;
  const int64_t columns = node.type.shape.back() / int_attribute(node, "groups", 1);
  std::vector<SignalId> result;
  int64_t column = 0;
  for (const SignalId stream : streams) {
    const int64_t count = std::min(fold, columns - column);
    for (const SignalId sum : assembly_.sums_in_turn(stream, static_cast<int>(beats),
                                                     static_cast<int>(count), *node.type.format)) {
      result.push_back(sum);
    }
    column = (column + count) % columns;
  }
  return result;
}

// How many cells a node's module shows for it.
int64_t Lowering::cells_of(ValueId id) const {
  const NodePlan& node = plan_.of(id);
  const Shape shape = local_shape(graph_.shape(id), node.result);
  if (node.fold == 1) return element_count(shape);
  const int64_t groups = int_attribute(graph_.node(id), "groups", 1);
  const int64_t columns = shape.back() / groups;
  return element_count(shape) / columns * ((columns + node.fold - 1) / node.fold);
}

// What stands for a value of which nothing is read.
std::vector<SignalId> Lowering::zeros(ValueId id) {
  const Reading result = plan_.of(id).result;
  const int64_t lanes = result.per_token() ? plan_.lanes : 1;
  const auto count =
      static_cast<size_t>(element_count(local_shape(graph_.shape(id), result)) * lanes);
  const int fraction_bits = graph_.type(id).format->fraction_bits();
  return std::vector<SignalId>(count, assembly_.signals().constant(0, fraction_bits));
}

void Lowering::add_cluster(const Cluster& cluster) {
  std::vector<ValueId> outputs;
  for (const ValueId id : cluster.nodes) {
    if (!partition_.read_outside[static_cast<size_t>(id)]) continue;
    if (read_.any(id)) {
      outputs.push_back(id);
    } else {
      values_.set(id, zeros(id));
    }
  }
  if (outputs.empty()) return;  // dead: nobody reads it
  ClusterContext context{graph_,
                         plan_,
                         partition_,
                         read_,
                         constants_,
                         assembly_.signals(),
                         values_,
                         adder_options_,
                         shallow_,
                         solver_,
                         strategies_,
                         result_.firmware.weights,
                         costs_,
                         device_,
                         options_.adders == "ternary",
                         options_.dsp_chain};
  const ClusterModule module = make_cluster_module(context, cluster, outputs);
  const std::vector<SignalId> results = assembly_.instantiate(module);
  const size_t lanes = module.inputs.empty() ? 1 : module.inputs.front().size();
  const size_t per_lane = results.size() / lanes;
  size_t offset = 0;
  for (const ValueId id : outputs) {
    const NodePlan& node = plan_.of(id);
    const std::vector<bool> shown = shown_elements(read_, plan_, id, cells_of(id));
    const int fraction_bits = graph_.type(id).format->fraction_bits();
    std::vector<SignalId> signals;
    for (int64_t lane = 0; lane < (cluster.per_lane ? plan_.lanes : 1); ++lane) {
      // A module that reads nothing shows constants, the same in each lane.
      size_t next = (lanes > 1 ? static_cast<size_t>(lane) : 0) * per_lane + offset;
      for (const bool is_shown : shown) {
        signals.push_back(is_shown ? results[next++]
                                   : assembly_.signals().constant(0, fraction_bits));
      }
    }
    offset += static_cast<size_t>(std::count(shown.begin(), shown.end(), true));
    if (node.accumulates) signals = totals(id, cluster, signals);
    values_.set(id, std::move(signals));
  }
}

void Lowering::describe() {
  Firmware& firmware = result_.firmware;
  firmware.top = result_.netlist.top().name;
  firmware.device = device_.name;
  firmware.strategy = options_.strategy;
  firmware.emitted = options_.adders;
  firmware.primitives = options_.primitives;
  firmware.clock_mhz = options_.clock_mhz;
  firmware.ii = static_cast<int>(plan_.period);
  firmware.load = load_widths(result_.netlist);
  for (const LoadedWeights& map : firmware.weights) {  // those that nobody reads have words, too
    firmware.load.address_bits = std::max(firmware.load.address_bits, bits_for({0, map.end() - 1}));
    firmware.load.data_bits = std::max(firmware.load.data_bits, map.format.width_bits);
  }
  AdderGraphCost cost;
  for (const AdderGraphCost& own : costs_) add_cost(cost, own, 1);
  firmware.lut_cost = cost.lut;
  firmware.lut_cost_ternary = cost.lut_ternary;
  firmware.adders = cost.adders;
  firmware.depth = cost.depth;
  const auto head = graph_.metadata.find("cut_head");
  if (head != graph_.metadata.end()) firmware.cut_head = head->second;
  firmware.regions = assembly_.take_regions();
  firmware.border_registers = assembly_.border_registers();
  firmware.resources = estimate(result_.netlist, device_, options_.clock_mhz);
}

void Lowering::build(const char* task) {
  name_top();
  TopPorts ports(graph_, plan_, constants_, assembly_, values_, result_.firmware);
  ports.add_inputs();
  Progress progress(task, static_cast<int64_t>(partition_.clusters.size()), "modules");
  for (size_t i = 0; i < partition_.clusters.size(); ++i) {
    progress.update(static_cast<int64_t>(i), partition_.clusters[i].name);
    add_cluster(partition_.clusters[i]);
  }
  ports.add_outputs();
}

Lowered Lowering::run() {
  build("lower");
  result_.netlist = assembly_.finish();
  result_.notes = assembly_.notes();
  describe();
  return std::move(result_);
}

DepthTrial Lowering::measure() {
  build("choose depths");
  return {result_.firmware.latency_cycles, std::move(costs_)};
}

// The choice is made with quick adder graphs, within the same limits.
Lowered lower_in_fewest_clocks(const Graph& graph, const LowerOptions& options) {
  ProductSolver solver;
  LowerOptions quick = options;
  quick.effort = Effort::kFast;
  int fewest = INT32_MAX;
  const auto trial = [&](const std::vector<bool>& shallow) {
    DepthTrial result = Lowering(graph, quick, shallow, solver).measure();
    fewest = std::min(fewest, result.clocks);
    return result;
  };
  const auto count = static_cast<size_t>(graph.size());
  const std::vector<bool> chosen = shallow_nodes(count, trial);
  Lowered result = Lowering(graph, options, chosen, solver).run();
  if (result.firmware.latency_cycles <= fewest) return result;
  // Better graphs may fill their limits where quick ones did not.
  Lowered shallow = Lowering(graph, options, std::vector<bool>(count, true), solver).run();
  return shallow.firmware.latency_cycles < result.firmware.latency_cycles ? shallow : result;
}

void check_options(const LowerOptions& options) {
  if (options.adders != "binary" && options.adders != "ternary") {
    throw Error("--adders", fmt::format("'{}' is not known", options.adders), "binary or ternary");
  }
  if (!std::isfinite(options.clock_mhz) || options.clock_mhz <= 0) {
    throw Error("--clock-mhz", fmt::format("{} is no frequency", options.clock_mhz),
                "a positive number of MHz, for example 360");
  }
  if (options.adders_per_stage < 0) {
    throw Error("--adders-per-stage",
                fmt::format("{} is no number of adders", options.adders_per_stage),
                "1 or more, or 0 for as many as a clock has time for");
  }
  if (options.dsp_chain < 2) {
    throw Error("--dsp-chain",
                fmt::format("{} is no number of slices in a chain", options.dsp_chain),
                "2 or more; each costs a clock and saves an adder in LUTs");
  }
  const Device& device = device_named(options.device);
  if (options.primitives && !device.has_carry8) {
    throw Error("--primitives", fmt::format("{} has no LUT6_2 and CARRY8", device.name),
                "leave it out: its tools make adders of a + b + c");
  }
  if (1e3 / options.clock_mhz <= device.delay.register_ns) {
    throw Error("--clock-mhz",
                fmt::format("a clock at {} MHz is over before a register of {} is read",
                            options.clock_mhz, device.name),
                "360 is usual at the Level-1 trigger");
  }
}

}  // namespace

Lowered lower(const Graph& graph, const LowerOptions& options) {
  check_options(options);
  Graph live = drop_dead(graph);
  verify_quantised(live).throw_if_any();
  live = round_in_sums(live, parse_strategies(options.strategy, live));
  Lowered result = lower_in_fewest_clocks(live, options);
  Diagnostics problems = verify(result.netlist);
  if (problems.empty()) problems = verify_bindings(result.netlist, result.firmware);
  if (!problems.empty()) internal_error(problems.errors().front().what());
  return result;
}

}  // namespace trigstone
