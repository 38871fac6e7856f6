#include "lower/top_ports.h"

#include <fmt/format.h>

#include <algorithm>

#include "netlist/identifier.h"

namespace trigstone {

std::string TopPorts::unique_name(const std::string& wanted) {
  const std::string base = identifier_from(wanted);
  std::string name = base;
  for (int n = 2; !names_.insert(name).second; ++n) name = fmt::format("{}_{}", base, n);
  return name;
}

// Inputs stand in the first region. What enters whole is there for one clock; with several beats it
// is held from the next one on.
SignalId TopPorts::add_input_element(const PortBinding& binding, int64_t index, Port& port) {
  const int period = assembly_.timing().period;
  const bool streamed = binding.token_axis >= 0;
  Cell cell;
  cell.op = NetOp::kInput;
  cell.range = binding.format.range();
  cell.fraction_bits = binding.format.fraction_bits();
  cell.beats = streamed ? period : 1;
  cell.held = !streamed;
  cell.name = fmt::format("{}_{}", binding.port, index);
  const CellId input = assembly_.top().add(cell);
  port.elements.push_back(input);
  if (streamed || period == 1) return assembly_.signals().given(input, 0, 0);
  cell.op = NetOp::kHold;
  cell.operands = {input};
  cell.cycle = 1;
  cell.beats = period;
  return assembly_.signals().given(assembly_.top().add(std::move(cell)), 0, 0);
}

// Elements of a stream come lane by lane.
void TopPorts::add_inputs() {
  for (const ValueId id : graph_.inputs()) {
    const Node& node = graph_.node(id);
    const Reading reading = plan_.of(id).result;
    PortBinding binding;
    binding.name = node.name;
    binding.shape = node.type.shape;
    binding.token_axis = static_cast<int>(reading.axis);
    binding.lanes = reading.per_token() ? static_cast<int>(plan_.lanes) : 1;
    binding.format = format_attribute(node);  // with the modes that bring real data into it
    binding.port = unique_name(node.name);
    Port port{binding.port, binding.format.width_bits, binding.format.is_signed, {}};
    std::vector<SignalId> signals;
    for (int64_t i = 0; i < binding.elements_per_beat(); ++i) {
      signals.push_back(add_input_element(binding, i, port));
    }
    values_.set(id, std::move(signals));
    assembly_.top().inputs.push_back(std::move(port));
    firmware_.inputs.push_back(std::move(binding));
  }
}

// A streamed output leaves as a stream unless some of its elements are not streams themselves.
bool TopPorts::streams_directly(ValueId value) const {
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

SignalId TopPorts::output_signal(const Element& element, bool streamed, int64_t lane) {
  Signals& signals = assembly_.signals();
  if (element.root < 0) return signals.constant(0, 0);
  if (plan_.of(element.root).constant) {
    return signals.constant(constants_.mantissa(element.root, element.index),
                            constants_.fraction_bits(element.root));
  }
  if (!streamed) return values_.whole(element.root, element.index);
  const TokenAxis root(graph_.shape(element.root), plan_.of(element.root).result);
  return values_.stream(element.root, lane, root.local(element.index));
}

TopPorts::OutputValue TopPorts::output_value(ValueId value) {
  const int fraction = graph_.type(value).format->fraction_bits();
  OutputValue result;
  Signals& signals = assembly_.signals();
  const bool streamed = streams_directly(value);
  if (streamed) result.reading = plan_.of(value).result;
  const TokenAxis tokens(graph_.shape(value), result.reading);
  const int64_t count = element_count(local_shape(graph_.shape(value), result.reading));
  for (int64_t lane = 0; lane < (streamed ? plan_.lanes : 1); ++lane) {
    for (int64_t i = 0; i < count; ++i) {
      const Element element = resolve(graph_, plan_, value, tokens.whole(i, 0));
      SignalId signal = output_signal(element, streamed, lane);
      int shift = fraction - signals.fraction_bits(signal) + element.exponent;
      if (signals.is_constant(signal)) {
        const Int128 m = signals.range(signal).low;
        signal = signals.constant(static_cast<int64_t>(m == 0 ? 0 : m << shift), fraction);
        shift = 0;
      } else {  // outputs leave out of registers
        const Arrival arrival = signals.earliest(signal);
        result.first_cycle = std::max(result.first_cycle, arrival.cycle + (arrival.ns > 0 ? 1 : 0));
      }
      result.signals.push_back(signal);
      result.shifts.push_back(shift);
    }
  }
  return result;
}

CellId TopPorts::shifted(CellId cell, int amount, int fraction_bits) {
  if (amount == 0) return cell;
  Module& top = assembly_.top();
  Cell shift = top.cell(cell);
  shift.op = NetOp::kShiftLeft;
  shift.operands = {cell};
  shift.amount = amount;
  shift.fraction_bits = fraction_bits;
  shift.entries.clear();
  shift.range = infer_range(assembly_.netlist(), top, shift);
  return top.add(std::move(shift));
}

void TopPorts::add_output(const Output& output, const OutputValue& value) {
  const Format& format = *graph_.type(output.value).format;
  PortBinding binding;
  binding.name = output.name;
  binding.shape = graph_.shape(output.value);
  binding.token_axis = static_cast<int>(value.reading.axis);
  binding.lanes = value.reading.per_token() ? static_cast<int>(plan_.lanes) : 1;
  binding.format = format;
  binding.port = unique_name(output.name);
  binding.first_cycle = value.first_cycle;
  std::vector<std::pair<SignalId, int>> wanted;
  for (const SignalId id : value.signals) wanted.emplace_back(id, value.first_cycle);
  Port port{binding.port, format.width_bits, format.is_signed, assembly_.signals().at(wanted)};
  for (size_t i = 0; i < port.elements.size(); ++i) {
    port.elements[i] = shifted(port.elements[i], value.shifts[i], format.fraction_bits());
  }
  assembly_.top().outputs.push_back(std::move(port));
  firmware_.outputs.push_back(std::move(binding));
}

void TopPorts::add_outputs() {
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
    add_output(graph_.outputs()[i], values[i]);
    const int last = values[i].first_cycle + (streamed ? assembly_.timing().period - 1 : 0);
    firmware_.latency_cycles = std::max(firmware_.latency_cycles, last);
  }
}

}  // namespace trigstone
