#include "lower/lower.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/error.h"
#include "base/progress.h"
#include "cost/area.h"
#include "cost/delay.h"
#include "graph/passes.h"
#include "graph/verify_graph.h"
#include "lower/cluster_cells.h"
#include "lower/partition.h"
#include "netlist/identifier.h"
#include "netlist/verify_netlist.h"

namespace trigstone {

namespace {

class Lowering {
 public:
  Lowering(const Graph& graph, const LowerOptions& options)
      : graph_(graph),
        options_(options),
        device_(device_named(options.device)),
        plan_(make_plan(graph, options.lanes)),
        partition_(make_partition(graph, plan_)),
        constants_(graph),
        period_(static_cast<int>(plan_.beats())),
        timing_{&device_, options.clock_mhz, period_},
        signals_(top_, period_),
        values_(graph, plan_, signals_) {
    adder_options_.effort = options.effort;
    top_.period = period_;
  }

  Lowered run();

 private:
  void name_top();
  void add_inputs();
  std::vector<ValueId> read_outside(const Cluster& cluster) const;
  void mark_readers();
  void add_cluster(const Cluster& cluster);
  std::vector<SignalId> instantiate(const ClusterModule& cluster);
  std::vector<SignalId> add_lanes_together(ValueId id, const std::vector<SignalId>& partial);
  std::vector<SignalId> accumulate(ValueId id, const std::vector<SignalId>& partial);
  SignalId accumulated(Combine how, SignalId stream);
  void add_outputs();
  struct OutputValue {
    Reading reading;
    std::vector<SignalId> signals;
    std::vector<int> shifts;
    int first_cycle = 0;
  };
  OutputValue output_value(ValueId value);
  SignalId output_signal(const Element& element, bool streamed, int64_t lane);
  bool streams_directly(ValueId value) const;
  void add_output_port(const Output& output, const OutputValue& value);
  std::string unique_port(const std::string& wanted);
  void describe();

  const Graph& graph_;
  const LowerOptions& options_;
  const Device& device_;
  const Plan plan_;
  const Partition partition_;
  ConstantData constants_;
  const int period_;
  const Timing timing_;
  AdderGraphOptions adder_options_;
  AdderGraphCost cost_;
  Module top_;
  Signals signals_;
  ValueSignals values_;
  std::vector<bool> read_outside_;
  std::set<std::string> port_names_ = {"clk", "start", "done"};
  Lowered result_;
};

std::string Lowering::unique_port(const std::string& wanted) {
  const std::string base = identifier_from(wanted);
  std::string name = base;
  for (int n = 2; !port_names_.insert(name).second; ++n) name = fmt::format("{}_{}", base, n);
  return name;
}

void Lowering::name_top() {
  top_.name = identifier_from(graph_.name);
  const auto taken = [&] {
    return std::any_of(partition_.clusters.begin(), partition_.clusters.end(),
                       [&](const Cluster& cluster) { return cluster.name == top_.name; });
  };
  while (taken()) top_.name += "_top";
}

// Elements of a stream come lane by lane. What enters whole is there for one clock, so that with
// several beats it is held from the next clock on.
void Lowering::add_inputs() {
  for (const ValueId id : graph_.inputs()) {
    const Node& node = graph_.node(id);
    const Reading reading = plan_.of(id).result;
    const Format& format = *node.type.format;
    PortBinding binding;
    binding.name = node.name;
    binding.shape = node.type.shape;
    binding.token_axis = static_cast<int>(reading.axis);
    binding.lanes = reading.per_token() ? static_cast<int>(plan_.lanes) : 1;
    binding.format = format;
    binding.port = unique_port(node.name);
    Port port{binding.port, format.width_bits, format.is_signed, {}};
    std::vector<SignalId> signals;
    for (int64_t i = 0; i < binding.elements_per_beat(); ++i) {
      Cell cell;
      cell.op = NetOp::kInput;
      cell.range = format.range();
      cell.fraction_bits = format.fraction_bits();
      cell.beats = reading.per_token() ? period_ : 1;
      cell.held = !reading.per_token();
      cell.name = fmt::format("{}_{}", binding.port, i);
      const CellId input = top_.add(cell);
      port.elements.push_back(input);
      if (reading.per_token() || period_ == 1) {
        signals.push_back(signals_.given(input));
        continue;
      }
      cell.op = NetOp::kHold;
      cell.operands = {input};
      cell.cycle = 1;
      cell.beats = period_;
      signals.push_back(signals_.given(top_.add(std::move(cell))));
    }
    values_.set(id, std::move(signals));
    top_.inputs.push_back(std::move(port));
    result_.firmware.inputs.push_back(std::move(binding));
  }
}

void Lowering::mark_readers() {
  read_outside_.assign(static_cast<size_t>(graph_.size()), false);
  for (ValueId id = 0; id < graph_.size(); ++id) {
    const int cluster = partition_.cluster_of[static_cast<size_t>(id)];
    if (cluster < 0) continue;
    for (size_t i = 0; i < graph_.node(id).operands.size(); ++i) {
      for (const Root& root :
           roots_of(graph_, plan_, graph_.node(id).operands[i], plan_.of(id).operands[i])) {
        const auto at = static_cast<size_t>(root.value);
        if (partition_.cluster_of[at] != cluster) read_outside_[at] = true;
      }
    }
  }
  for (const Output& output : graph_.outputs()) {
    for (const Root& root : roots_of(graph_, plan_, output.value, {})) {
      read_outside_[static_cast<size_t>(root.value)] = true;
    }
  }
}

std::vector<ValueId> Lowering::read_outside(const Cluster& cluster) const {
  std::vector<ValueId> nodes;
  for (const ValueId id : cluster.nodes) {
    if (read_outside_[static_cast<size_t>(id)]) nodes.push_back(id);
  }
  return nodes;
}

// Times the module, brings its inputs to their clocks and adds one instance a lane. Returns the
// signals of its output elements, lane by lane.
std::vector<SignalId> Lowering::instantiate(const ClusterModule& cluster) {
  std::vector<InputTiming> inputs;
  std::map<int, Arrival> latest;
  for (size_t i = 0; i < cluster.inputs.size(); ++i) {
    InputTiming timing{{0, 0}, true};
    for (const SignalId id : cluster.inputs[i]) {
      timing.earliest = later_of(timing.earliest, signals_.earliest(id));
      timing.held = timing.held && signals_.held(id);
    }
    inputs.push_back(timing);
    if (cluster.together[i] < 0) continue;
    Arrival& group = latest[cluster.together[i]];
    group = later_of(group, timing.earliest);
  }
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (cluster.together[i] >= 0) inputs[i].earliest = latest[cluster.together[i]];
  }
  Pipelined timed = pipeline(cluster.module, inputs, timing_);
  const size_t lanes = cluster.inputs.empty() ? 1 : cluster.inputs.front().size();
  std::vector<std::pair<SignalId, int>> wanted;
  for (size_t lane = 0; lane < lanes; ++lane) {
    for (size_t i = 0; i < cluster.inputs.size(); ++i) {
      if (timed.read_at[i] >= 0) wanted.emplace_back(cluster.inputs[i][lane], timed.read_at[i]);
    }
  }
  const std::vector<CellId> operands = signals_.at(wanted);
  result_.netlist.modules.push_back(std::move(timed.module));
  const Module& module = result_.netlist.modules.back();
  const auto module_index = static_cast<int>(result_.netlist.modules.size()) - 1;
  const auto count = static_cast<ptrdiff_t>(operands.size() / lanes);
  std::vector<SignalId> results;
  for (size_t lane = 0; lane < lanes; ++lane) {
    Cell instance;
    instance.op = NetOp::kInstance;
    instance.module = module_index;
    instance.strobe = timed.start;
    instance.name = lanes > 1 ? fmt::format("{}_lane_{}", module.name, lane) : module.name;
    const auto first = operands.begin() + static_cast<ptrdiff_t>(lane) * count;
    instance.operands.assign(first, first + count);
    const CellId instance_id = top_.add(std::move(instance));
    for (size_t i = 0; i < timed.outputs.size(); ++i) {
      const Cell& inner = module.cell(port_element(module.outputs, static_cast<int64_t>(i)));
      if (inner.range.low == inner.range.high) {
        results.push_back(
            signals_.constant(static_cast<int64_t>(inner.range.low), inner.fraction_bits));
        continue;
      }
      Cell result;
      result.op = NetOp::kResult;
      result.operands = {instance_id};
      result.amount = static_cast<int>(i);
      result.range = inner.range;
      result.fraction_bits = inner.fraction_bits;
      result.cycle = timed.outputs[i].cycle;
      result.beats = period_;
      result.held = timed.outputs_held[i];
      result.name = inner.name;
      results.push_back(signals_.given(top_.add(std::move(result)), timed.outputs[i].ns));
    }
  }
  return results;
}

void Lowering::add_cluster(const Cluster& cluster) {
  ClusterContext context{graph_,   plan_,   partition_,     constants_,
                         signals_, values_, adder_options_, cost_};
  const ClusterModule module = make_cluster_module(context, cluster, read_outside(cluster));
  if (module.outputs.empty()) return;  // dead: nobody reads it
  const std::vector<SignalId> results = instantiate(module);
  const size_t lanes = module.inputs.empty() ? 1 : module.inputs.front().size();
  const size_t per_lane = results.size() / lanes;
  size_t offset = 0;
  for (const ValueId id : module.outputs) {
    const NodePlan& node = plan_.of(id);
    const auto count =
        static_cast<size_t>(element_count(local_shape(graph_.shape(id), node.result)));
    std::vector<SignalId> signals;
    for (int64_t lane = 0; lane < (cluster.per_lane ? plan_.lanes : 1); ++lane) {
      // A module that reads nothing shows constants, the same in each lane.
      const size_t begin = (lanes > 1 ? static_cast<size_t>(lane) : 0) * per_lane + offset;
      signals.insert(signals.end(), results.begin() + static_cast<ptrdiff_t>(begin),
                     results.begin() + static_cast<ptrdiff_t>(begin + count));
    }
    offset += count;
    if (node.accumulates) signals = accumulate(id, add_lanes_together(id, signals));
    values_.set(id, std::move(signals));
  }
}

// One module joins what the lanes show in one clock.
std::vector<SignalId> Lowering::add_lanes_together(ValueId id,
                                                   const std::vector<SignalId>& partial) {
  const auto lanes = static_cast<size_t>(plan_.lanes);
  if (lanes == 1) return partial;
  const Node& node = graph_.node(id);
  const size_t count = partial.size() / lanes;
  ModuleBuilder builder(
      partition_.clusters[static_cast<size_t>(partition_.cluster_of[static_cast<size_t>(id)])]
          .name +
      fmt::format("_lanes_of_{}", id));
  ClusterModule cluster;
  std::vector<CellId> inputs, sums;
  for (size_t i = 0; i < count; ++i) {
    std::vector<CellId> terms;
    for (size_t lane = 0; lane < lanes; ++lane) {
      const SignalId signal = partial[lane * count + i];
      if (signals_.is_constant(signal)) {
        terms.push_back(builder.constant(static_cast<int64_t>(signals_.range(signal).low),
                                         signals_.fraction_bits(signal)));
        continue;
      }
      terms.push_back(builder.input(signals_.range(signal), signals_.fraction_bits(signal)));
      inputs.push_back(terms.back());
      cluster.inputs.push_back({signal});
      cluster.together.push_back(-1);
    }
    sums.push_back(combine_all(builder, std::move(terms), combine_of(node)));
  }
  if (!inputs.empty()) add_input_port(builder, "partial", inputs);
  trigstone::add_output_port(builder, "joined", sums);
  cluster.outputs = {id};
  cluster.module = builder.finish(fmt::format("joins the lanes of {}", traits_of(node.op).text));
  return instantiate(cluster);
}

SignalId Lowering::accumulated(Combine how, SignalId stream) {
  if (period_ == 1) return stream;
  if (signals_.is_constant(stream)) {
    const int64_t times = how == Combine::kSum ? period_ : 1;
    return signals_.constant(static_cast<int64_t>(signals_.range(stream).low) * times,
                             signals_.fraction_bits(stream));
  }
  Cell sum;
  sum.op = how == Combine::kSum   ? NetOp::kAccSum
           : how == Combine::kMax ? NetOp::kAccMax
                                  : NetOp::kAccMin;
  const Arrival arrival = signals_.earliest(stream);
  sum.operands = {signals_.at(stream, arrival.cycle)};
  sum.strobe = arrival.cycle;
  sum.cycle = arrival.cycle + period_;
  sum.fraction_bits = signals_.fraction_bits(stream);
  sum.range = infer_range(result_.netlist, top_, sum);
  if (arrival.ns + delay_ns(top_, sum, device_) > timing_.budget_ns()) {
    sum.operands = {signals_.at(stream, arrival.cycle + 1)};
    ++sum.strobe;
    ++sum.cycle;
  }
  Cell hold = sum;
  const CellId whole = top_.add(std::move(sum));
  hold.op = NetOp::kHold;
  hold.operands = {whole};
  hold.strobe = hold.cycle;
  hold.cycle = hold.strobe + 1;
  hold.beats = period_;
  hold.held = true;
  return signals_.given(top_.add(std::move(hold)));
}

std::vector<SignalId> Lowering::accumulate(ValueId id, const std::vector<SignalId>& partial) {
  std::vector<SignalId> totals;
  for (const SignalId stream : partial) {
    totals.push_back(accumulated(combine_of(graph_.node(id)), stream));
  }
  return totals;
}

// A streamed output leaves as a stream unless some of its elements are not streams themselves.
bool Lowering::streams_directly(ValueId value) const {
  const Reading reading = plan_.of(value).result;
  if (!reading.per_token()) return false;
  const TokenAxis tokens(graph_.shape(value), reading);
  for (int64_t index = 0; index < element_count(graph_.shape(value)); ++index) {
    const Element element = resolve(graph_, plan_, value, index);
    if (element.root < 0 || !plan_.of(element.root).result.per_token()) return false;
    const TokenAxis root(graph_.shape(element.root), plan_.of(element.root).result);
    if (root.token(element.index) != tokens.token(index)) return false;
  }
  return true;
}

SignalId Lowering::output_signal(const Element& element, bool streamed, int64_t lane) {
  if (element.root < 0) return signals_.constant(0, 0);
  if (plan_.of(element.root).constant) {
    return signals_.constant(constants_.mantissa(element.root, element.index),
                             constants_.fraction_bits(element.root));
  }
  if (!streamed) return values_.whole(element.root, element.index);
  const TokenAxis root(graph_.shape(element.root), plan_.of(element.root).result);
  return values_.stream(element.root, lane, root.local(element.index));
}

Lowering::OutputValue Lowering::output_value(ValueId value) {
  const int fraction = graph_.type(value).format->fraction_bits();
  OutputValue result;
  const bool streamed = streams_directly(value);
  if (streamed) result.reading = plan_.of(value).result;
  const TokenAxis tokens(graph_.shape(value), result.reading);
  const int64_t count = element_count(local_shape(graph_.shape(value), result.reading));
  for (int64_t lane = 0; lane < (streamed ? plan_.lanes : 1); ++lane) {
    for (int64_t i = 0; i < count; ++i) {
      const Element element = resolve(graph_, plan_, value, tokens.whole(i, 0));
      SignalId signal = output_signal(element, streamed, lane);
      int shift = fraction - signals_.fraction_bits(signal) + element.exponent;
      if (signals_.is_constant(signal)) {
        const Int128 m = signals_.range(signal).low;
        signal = signals_.constant(static_cast<int64_t>(m == 0 ? 0 : m << shift), fraction);
        shift = 0;
      } else {  // outputs leave out of registers
        const Arrival arrival = signals_.earliest(signal);
        result.first_cycle = std::max(result.first_cycle, arrival.cycle + (arrival.ns > 0 ? 1 : 0));
      }
      result.signals.push_back(signal);
      result.shifts.push_back(shift);
    }
  }
  return result;
}

void Lowering::add_output_port(const Output& output, const OutputValue& value) {
  const Format& format = *graph_.type(output.value).format;
  PortBinding binding;
  binding.name = output.name;
  binding.shape = graph_.shape(output.value);
  binding.token_axis = static_cast<int>(value.reading.axis);
  binding.lanes = value.reading.per_token() ? static_cast<int>(plan_.lanes) : 1;
  binding.format = format;
  binding.port = unique_port(output.name);
  binding.first_cycle = value.first_cycle;
  std::vector<std::pair<SignalId, int>> wanted;
  for (const SignalId id : value.signals) wanted.emplace_back(id, value.first_cycle);
  Port port{binding.port, format.width_bits, format.is_signed, signals_.at(wanted)};
  for (size_t i = 0; i < port.elements.size(); ++i) {
    if (value.shifts[i] == 0) continue;
    const Cell& source = top_.cell(port.elements[i]);
    Cell shift;
    shift.op = NetOp::kShiftLeft;
    shift.operands = {port.elements[i]};
    shift.amount = value.shifts[i];
    shift.fraction_bits = format.fraction_bits();
    shift.range = infer_range(result_.netlist, top_, shift);
    shift.cycle = source.cycle;
    shift.beats = source.beats;
    shift.held = source.held;
    port.elements[i] = top_.add(std::move(shift));
  }
  top_.outputs.push_back(std::move(port));
  result_.firmware.outputs.push_back(std::move(binding));
}

// Resident outputs appear together; a stream's last beat may come later.
void Lowering::add_outputs() {
  std::vector<OutputValue> values;
  int resident = 0;
  for (const Output& output : graph_.outputs()) {
    values.push_back(output_value(output.value));
    if (!values.back().reading.per_token()) {
      resident = std::max(resident, values.back().first_cycle);
    }
  }
  for (size_t i = 0; i < values.size(); ++i) {
    const bool streamed = values[i].reading.per_token();
    if (!streamed) values[i].first_cycle = resident;
    add_output_port(graph_.outputs()[i], values[i]);
    const int last = values[i].first_cycle + (streamed ? period_ - 1 : 0);
    result_.firmware.latency_cycles = std::max(result_.firmware.latency_cycles, last);
  }
}

void Lowering::describe() {
  Firmware& firmware = result_.firmware;
  firmware.top = top_.name;
  firmware.device = device_.name;
  firmware.strategy = options_.strategy;
  firmware.emitted = "binary";
  firmware.clock_mhz = options_.clock_mhz;
  firmware.ii = period_;
  firmware.lut_cost = cost_.lut;
  firmware.lut_cost_ternary = cost_.lut_ternary;
  firmware.adders = cost_.adders;
  firmware.depth = cost_.depth;
  const auto head = graph_.metadata.find("cut_head");
  if (head != graph_.metadata.end()) firmware.cut_head = head->second;
  firmware.resources = estimate(result_.netlist, device_, options_.clock_mhz);
}

Lowered Lowering::run() {
  name_top();
  top_.comment = fmt::format("{} tokens over {} lanes, {} clocks an event", plan_.tokens,
                             plan_.lanes, period_);
  if (plan_.tokens == 1) top_.comment = "one event a clock";
  mark_readers();
  add_inputs();
  Progress progress("lower", static_cast<int64_t>(partition_.clusters.size()), "modules");
  for (size_t i = 0; i < partition_.clusters.size(); ++i) {
    progress.update(static_cast<int64_t>(i), partition_.clusters[i].name);
    add_cluster(partition_.clusters[i]);
  }
  add_outputs();
  drop_dead_cells(top_);
  result_.netlist.modules.push_back(std::move(top_));
  top_ = {};
  top_.name = result_.netlist.top().name;
  mark_starts(result_.netlist);
  describe();
  return std::move(result_);
}

void check_options(const LowerOptions& options) {
  if (options.strategy != "da") {
    throw Error("--strategy", fmt::format("'{}' is not known", options.strategy), "da");
  }
  if (!std::isfinite(options.clock_mhz) || options.clock_mhz <= 0) {
    throw Error("--clock-mhz", fmt::format("{} is no frequency", options.clock_mhz),
                "a positive number of MHz, for example 360");
  }
  const Device& device = device_named(options.device);
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
  const Graph live = drop_dead(graph);
  verify_quantised(live).throw_if_any();
  Lowered result = Lowering(live, options).run();
  Diagnostics problems = verify(result.netlist);
  if (problems.empty()) problems = verify_bindings(result.netlist, result.firmware);
  if (!problems.empty()) internal_error(problems.errors().front().what());
  return result;
}

}  // namespace trigstone
