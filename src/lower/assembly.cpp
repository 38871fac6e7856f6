#include "lower/assembly.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "cost/area.h"
#include "lower/retime.h"

namespace trigstone {

// Tokens that are read whole are taken at one time, the latest.
std::vector<InputTiming> Assembly::timings_of(const ClusterModule& cluster) const {
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
  return inputs;
}

// Inputs of every lane as they are seen in the lane's region.
void Assembly::enter_regions(ClusterModule& cluster, const std::vector<Regions::Place>& places) {
  for (std::vector<SignalId>& by_lane : cluster.inputs) {
    for (size_t lane = 0; lane < by_lane.size(); ++lane) {
      const int region = places[lane].first;
      const int clocks = regions_.clocks_between(signals_.region(by_lane[lane]), region);
      by_lane[lane] = signals_.crossed(by_lane[lane], region, clocks);
    }
  }
}

// All lanes run one module, so a border costs what the farthest of them needs.
Borders Assembly::borders_inside(const std::vector<Regions::Place>& places) const {
  Borders borders;
  for (const Regions::Place& place : places) {
    borders.resize(static_cast<size_t>(place.last - place.first));
    for (size_t i = 0; i < borders.size(); ++i) {
      const int region = place.first + static_cast<int>(i);
      borders[i] = std::max(borders[i], regions_.clocks_between(region, region + 1));
    }
  }
  return borders;
}

std::vector<SignalId> Assembly::results_of(CellId instance, const Pipelined& timed,
                                           const Module& module, int region) {
  std::vector<SignalId> results;
  for (size_t i = 0; i < timed.outputs.size(); ++i) {
    const Cell& inner = module.cell(port_element(module.outputs, static_cast<int64_t>(i)));
    if (inner.range.low == inner.range.high) {
      results.push_back(
          signals_.constant(static_cast<int64_t>(inner.range.low), inner.fraction_bits));
      continue;
    }
    Cell result;
    result.op = NetOp::kResult;
    result.operands = {instance};
    result.amount = static_cast<int>(i);
    result.range = inner.range;
    result.fraction_bits = inner.fraction_bits;
    result.cycle = timed.outputs[i].cycle;
    result.beats = timing_.period;
    result.held = timed.outputs_held[i];
    result.name = inner.name;
    results.push_back(signals_.given(top_.add(std::move(result)), timed.outputs[i].ns, region));
  }
  return results;
}

std::vector<SignalId> Assembly::instantiate(ClusterModule cluster) {
  const size_t lanes = cluster.inputs.empty() ? 1 : cluster.inputs.front().size();
  double lut = 0;
  for (const Cell& cell : cluster.module.cells) lut += estimate_cell(cluster.module, cell).lut;
  const auto name_in_lane = [&, name = cluster.module.name](size_t lane) {
    return lanes > 1 ? fmt::format("{}_lane_{}", name, lane) : name;
  };
  std::vector<Regions::Place> places;
  for (size_t lane = 0; lane < lanes; ++lane) {
    places.push_back(regions_.place(name_in_lane(lane), lut));
  }
  enter_regions(cluster, places);
  const Borders borders = borders_inside(places);
  Pipelined timed = pipeline(cluster.module, timings_of(cluster), timing_, borders);
  spread_.push_back(!borders.empty());
  border_bits_ += timed.border_bits * static_cast<int64_t>(lanes);
  std::vector<std::pair<SignalId, int>> wanted;
  for (size_t lane = 0; lane < lanes; ++lane) {
    for (size_t i = 0; i < cluster.inputs.size(); ++i) {
      if (timed.read_at[i] >= 0) wanted.emplace_back(cluster.inputs[i][lane], timed.read_at[i]);
    }
  }
  const std::vector<CellId> operands = signals_.at(wanted);
  netlist_.modules.push_back(std::move(timed.module));
  const Module& module = netlist_.modules.back();
  const auto count = static_cast<ptrdiff_t>(operands.size() / lanes);
  std::vector<SignalId> results;
  for (size_t lane = 0; lane < lanes; ++lane) {
    Cell instance;
    instance.op = NetOp::kInstance;
    instance.module = static_cast<int>(netlist_.modules.size()) - 1;
    instance.strobe = timed.start;
    instance.name = name_in_lane(lane);
    const auto first = operands.begin() + static_cast<ptrdiff_t>(lane) * count;
    instance.operands.assign(first, first + count);
    const int region = places[lane].last;
    const auto shown = results_of(top_.add(std::move(instance)), timed, module, region);
    results.insert(results.end(), shown.begin(), shown.end());
  }
  return results;
}

std::vector<SignalId> Assembly::join_lanes(const std::string& name, Combine how, size_t lanes,
                                           const std::vector<SignalId>& partial) {
  if (lanes == 1) return partial;
  const size_t count = partial.size() / lanes;
  ModuleBuilder builder(name);
  ClusterModule joint;
  std::vector<CellId> inputs, sums;
  for (size_t i = 0; i < count; ++i) {
    std::vector<CellId> terms;
    for (size_t lane = 0; lane < lanes; ++lane) {
      const SignalId signal = partial[lane * count + i];
      const Interval range = signals_.range(signal);
      const int fraction_bits = signals_.fraction_bits(signal);
      if (signals_.is_constant(signal)) {
        terms.push_back(builder.constant(static_cast<int64_t>(range.low), fraction_bits));
        continue;
      }
      inputs.push_back(builder.input(range, fraction_bits, fmt::format("partial_{}", lane)));
      terms.push_back(inputs.back());
      joint.inputs.push_back({signal});
      joint.together.push_back(-1);
    }
    sums.push_back(combine_all(builder, std::move(terms), how));
  }
  if (!inputs.empty()) add_input_port(builder, "partial", inputs);
  add_output_port(builder, "joined", sums);
  joint.module = builder.finish(fmt::format("joins {} lanes", lanes));
  return instantiate(joint);
}

SignalId Assembly::accumulate(Combine how, SignalId stream, const Format* format) {
  if (timing_.period == 1) return stream;
  if (signals_.is_constant(stream)) {
    const int64_t times = how == Combine::kSum ? timing_.period : 1;
    return signals_.constant(static_cast<int64_t>(signals_.range(stream).low) * times,
                             signals_.fraction_bits(stream));
  }
  const NetOp op = how == Combine::kSum   ? NetOp::kAccSum
                   : how == Combine::kMax ? NetOp::kAccMax
                                          : NetOp::kAccMin;
  Cell sum = accumulator(op, stream);
  sum.cycle = sum.strobe + timing_.period;  // only the last beat's sum is complete
  sum.range = infer_range(netlist_, top_, sum);
  const int cycle = sum.cycle;
  const CellId shown = top_.add(std::move(sum));
  return held_from(format == nullptr ? shown : narrowed(shown, *format), cycle,
                   signals_.region(stream));
}

std::vector<SignalId> Assembly::sums_in_turn(SignalId stream, int beats, int count,
                                             const Format& format) {
  if (signals_.is_constant(stream)) {
    const int64_t sum = static_cast<int64_t>(signals_.range(stream).low) * beats;
    const SignalId total = signals_.constant(sum, signals_.fraction_bits(stream));
    return std::vector<SignalId>(static_cast<size_t>(count), total);
  }
  Cell sum = accumulator(NetOp::kAccSum, stream);
  sum.amount = count > 1 ? beats : 0;
  sum.cycle = sum.strobe + beats;
  sum.beats = beats * (count - 1) + 1;
  sum.range = infer_range(netlist_, top_, sum);
  const int first = sum.cycle;
  const CellId shown = narrowed(top_.add(std::move(sum)), format);
  std::vector<SignalId> results;
  for (int i = 0; i < count; ++i) {
    results.push_back(held_from(shown, first + i * beats, signals_.region(stream)));
  }
  return results;
}

// Adds up (compares) from the beat on at which its adder fits into the clock.
Cell Assembly::accumulator(NetOp op, SignalId stream) {
  Cell sum;
  sum.op = op;
  const Arrival arrival = signals_.earliest(stream);
  sum.operands = {signals_.at(stream, arrival.cycle)};
  sum.strobe = arrival.cycle;
  sum.cycle = arrival.cycle + timing_.period;
  sum.fraction_bits = signals_.fraction_bits(stream);
  sum.range = infer_range(netlist_, top_, sum);
  if (arrival.ns + timing_.delay(top_, sum) > timing_.budget()) {
    sum.operands = {signals_.at(stream, arrival.cycle + 1)};
    ++sum.strobe;
  }
  const int region = signals_.region(stream);
  if (region >= 0) regions_.add(region, estimate_cell(top_, sum).lut);
  return sum;
}

// A sum read in a format that the total fits though the sum's interval may not.
CellId Assembly::narrowed(CellId sum, const Format& format) {
  Cell wrap = top_.cell(sum);
  if (hull(wrap.range, format.range()) == format.range()) return sum;
  wrap.op = NetOp::kWrap;
  wrap.operands = {sum};
  wrap.strobe = 0;
  wrap.amount = format.width_bits;
  wrap.flag = format.is_signed;
  wrap.range = infer_range(netlist_, top_, wrap);
  return top_.add(std::move(wrap));
}

// What `shown` is at `cycle`, held for an event's period.
SignalId Assembly::held_from(CellId shown, int cycle, int region) {
  Cell hold = top_.cell(shown);
  hold.op = NetOp::kHold;
  hold.operands = {shown};
  hold.amount = 0;
  hold.flag = false;
  hold.strobe = cycle;
  hold.cycle = cycle + 1;
  hold.beats = timing_.period;
  hold.held = true;
  return signals_.given(top_.add(std::move(hold)), 0, region);
}

Netlist Assembly::finish() {
  const std::vector<CellId> kept = drop_dead_cells(top_);
  std::vector<CellId> at_borders;
  for (const CellId id : signals_.border_registers()) {
    const CellId live = kept[static_cast<size_t>(id)];
    if (live < 0) continue;
    border_bits_ += width_bits(top_.cell(live));
    at_borders.push_back(live);
  }
  netlist_.modules.push_back(std::move(top_));
  mark_starts(netlist_);
  if (retime_) notes_ = retime(netlist_, timing_, {std::move(spread_), std::move(at_borders)});
  return std::move(netlist_);
}

}  // namespace trigstone
