// What every clocked engine is driven with: the words of the input ports clock by clock for a list
// of events, random bits wherever nothing is promised, and the outputs picked at their clocks.
//
// The netlist interpreter, Verilator, Icarus and any later engine see the very same words, so their
// outputs can be compared bit by bit.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/random.h"
#include "graph/graph.h"
#include "netlist/firmware.h"

namespace trigstone {

using EventTensors = std::vector<Tensor>;  // the tensors of firmware.inputs (or outputs), in order

// A packed port; its words are 64 bits wide, bit 0 of the port is bit 0 of word 0.
struct PackedPort {
  std::string name;
  int64_t bits = 0;
  size_t first_word = 0;  // of this port in the words of all ports
  size_t word_count() const { return static_cast<size_t>((bits + 63) / 64); }
};

// One write through the load port.
struct LoadWord {
  int64_t address = 0, data = 0;
};

// Ports in order of their first binding; their widths are those of all bindings together.
std::vector<PackedPort> packed_ports(const std::vector<PortBinding>& bindings);
// Ports of the inputs, and the load port behind them when there is one.
std::vector<PackedPort> input_ports_of(const Firmware& firmware);
// What the words of those ports write, if load_enable is high.
std::optional<LoadWord> loaded_word(const Firmware& firmware, const std::vector<PackedPort>& ports,
                                    std::span<const uint64_t> words);
size_t total_words(const std::vector<PackedPort>& ports);

// Bits [offset, offset + width) of the words as a number; width is 1 to 64.
int64_t read_field(std::span<const uint64_t> words, int64_t offset, int width, bool is_signed);
void write_field(std::span<uint64_t> words, int64_t offset, int width, int64_t value);

class Stimulus {
 public:
  // Event i starts `gaps[i]` clocks after event i - 1 (event 0: after clock 0); without gaps, every
  // `ii` clocks. Tensors hold mantissas of the bindings' formats. `loads` are written one a clock
  // before the first event.
  // Throws Error when a tensor's shape or number does not fit its binding or a gap is below ii.
  Stimulus(const Firmware& firmware, const std::vector<EventTensors>& events,
           const std::vector<int>& gaps, uint64_t seed, const std::vector<LoadWord>& loads = {});

  const std::vector<PackedPort>& input_ports() const { return input_ports_; }
  const std::vector<PackedPort>& output_ports() const { return output_ports_; }
  // Clocks to simulate until the last output of the last event has been seen.
  int64_t clocks() const { return clocks_; }
  // Clock of the start of each event.
  const std::vector<int64_t>& starts() const { return starts_; }

  // To be called once for clock 0, 1, 2, …: the value of `start` and the words of the input ports
  // (total_words(input_ports()) of them).
  bool drive(std::span<uint64_t> words);
  // To be called once for clock 0, 1, 2, … with the words of the output ports during that clock.
  void sample(std::span<const uint64_t> words);
  // The events' outputs, after the last sample.
  std::vector<EventTensors> take_outputs();

 private:
  // One beat of one binding of one event.
  struct Beat {
    int64_t clock = 0;
    size_t event = 0, binding = 0;
    int64_t beat = 0;
  };
  std::vector<Beat> schedule(const std::vector<PortBinding>& bindings) const;
  void check_events() const;
  void fill_garbage(std::span<uint64_t> words);
  void drive_load_port(std::span<uint64_t> words, int64_t now);

  Firmware firmware_;
  std::vector<EventTensors> events_, outputs_;
  std::vector<LoadWord> loads_;
  std::vector<PackedPort> input_ports_, output_ports_;
  std::vector<int64_t> input_offsets_, output_offsets_;  // first bit of each binding in the words
  std::vector<int64_t> starts_;
  std::vector<Beat> input_beats_, output_beats_;
  size_t next_input_ = 0, next_output_ = 0, next_start_ = 0;
  int64_t clocks_ = 0, driven_ = 0, sampled_ = 0;
  Random random_;
};

}  // namespace trigstone
