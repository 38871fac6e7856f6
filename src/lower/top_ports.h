// How an event enters and leaves the top module: its ports and their clocks.
#pragma once

#include <set>
#include <string>

#include "lower/assembly.h"
#include "lower/constant_data.h"
#include "lower/plan.h"
#include "lower/value_signals.h"
#include "netlist/firmware.h"

namespace trigstone {

class TopPorts {
 public:
  TopPorts(const Graph& graph, const Plan& plan, ConstantData& constants, Assembly& assembly,
           ValueSignals& values, Firmware& firmware)
      : graph_(graph),
        plan_(plan),
        constants_(constants),
        assembly_(assembly),
        values_(values),
        firmware_(firmware) {}

  // One port an input; its elements become signals of the input's value.
  void add_inputs();
  // One port an output, and the firmware's latency. Resident outputs appear together.
  void add_outputs();

 private:
  struct OutputValue {
    Reading reading;  // whole, or a stream along this axis
    std::vector<SignalId> signals;
    std::vector<int> shifts;  // towards the grid of the output's format
    int first_cycle = 0;
  };

  std::string unique_name(const std::string& wanted);
  SignalId add_input_element(const PortBinding& binding, int64_t index, Port& port);
  bool streams_directly(ValueId value) const;
  SignalId output_signal(const Element& element, bool streamed, int64_t lane);
  OutputValue output_value(ValueId value);
  void add_output(const Output& output, const OutputValue& value);
  CellId shifted(CellId cell, int amount, int fraction_bits);

  const Graph& graph_;
  const Plan& plan_;
  ConstantData& constants_;
  Assembly& assembly_;
  ValueSignals& values_;
  Firmware& firmware_;
  std::set<std::string> names_ = {"clk", "start", "done"};
};

}  // namespace trigstone
