#include "interpret/stimulus.h"

#include <algorithm>

#include "base/error.h"
#include "netlist/evaluate.h"

namespace trigstone {

namespace {

// First bit of each binding in the words of all ports.
std::vector<int64_t> offsets_of(const std::vector<PortBinding>& bindings,
                                const std::vector<PackedPort>& ports) {
  std::vector<int64_t> offsets;
  for (const PortBinding& binding : bindings) {
    const auto port = std::find_if(ports.begin(), ports.end(),
                                   [&](const PackedPort& p) { return p.name == binding.port; });
    offsets.push_back(static_cast<int64_t>(port->first_word) * 64 + binding.bit_offset);
  }
  return offsets;
}

constexpr size_t kLoadPorts = 3;

EventTensors empty_event(const std::vector<PortBinding>& bindings) {
  EventTensors event;
  for (const PortBinding& binding : bindings) {
    Tensor tensor;
    tensor.shape = binding.shape;
    tensor.format = binding.format;
    tensor.mantissas.resize(static_cast<size_t>(element_count(binding.shape)));
    event.push_back(std::move(tensor));
  }
  return event;
}

}  // namespace

std::vector<PackedPort> packed_ports(const std::vector<PortBinding>& bindings) {
  std::vector<PackedPort> ports;
  for (const PortBinding& binding : bindings) {
    const auto found = std::find_if(ports.begin(), ports.end(),
                                    [&](const PackedPort& p) { return p.name == binding.port; });
    PackedPort& port = found != ports.end() ? *found : ports.emplace_back();
    port.name = binding.port;
    port.bits = std::max(
        port.bits, binding.bit_offset + binding.elements_per_beat() * binding.format.width_bits);
  }
  size_t word = 0;
  for (PackedPort& port : ports) {
    port.first_word = word;
    word += port.word_count();
  }
  return ports;
}

std::vector<PackedPort> input_ports_of(const Firmware& firmware) {
  std::vector<PackedPort> ports = packed_ports(firmware.inputs);
  if (firmware.load.data_bits == 0) return ports;
  for (const auto& [name, bits] :
       {std::pair{"load_enable", 1}, std::pair{"load_address", firmware.load.address_bits},
        std::pair{"load_data", firmware.load.data_bits}}) {
    const size_t first = total_words(ports);
    ports.push_back({name, bits, first});
  }
  return ports;
}

std::optional<LoadWord> loaded_word(const Firmware& firmware, const std::vector<PackedPort>& ports,
                                    std::span<const uint64_t> words) {
  if (firmware.load.data_bits == 0) return std::nullopt;
  const size_t first = ports.size() - kLoadPorts;
  const auto field = [&](size_t port, bool is_signed) {
    return read_field(words, static_cast<int64_t>(ports[first + port].first_word) * 64,
                      static_cast<int>(ports[first + port].bits), is_signed);
  };
  if (field(0, false) == 0) return std::nullopt;
  return LoadWord{field(1, false), field(2, true)};
}

size_t total_words(const std::vector<PackedPort>& ports) {
  return ports.empty() ? 0 : ports.back().first_word + ports.back().word_count();
}

int64_t read_field(std::span<const uint64_t> words, int64_t offset, int width, bool is_signed) {
  const auto word = static_cast<size_t>(offset / 64);
  const int shift = static_cast<int>(offset % 64);
  uint64_t bits = words[word] >> shift;
  if (shift + width > 64) bits |= words[word + 1] << (64 - shift);
  return wrap_to_width(static_cast<int64_t>(bits), width, is_signed);
}

void write_field(std::span<uint64_t> words, int64_t offset, int width, int64_t value) {
  const auto word = static_cast<size_t>(offset / 64);
  const int shift = static_cast<int>(offset % 64);
  const uint64_t mask = width == 64 ? ~uint64_t{0} : (uint64_t{1} << width) - 1;
  const uint64_t bits = static_cast<uint64_t>(value) & mask;
  words[word] = (words[word] & ~(mask << shift)) | bits << shift;
  if (shift + width > 64) {
    words[word + 1] = (words[word + 1] & ~(mask >> (64 - shift))) | bits >> (64 - shift);
  }
}

Stimulus::Stimulus(const Firmware& firmware, const std::vector<EventTensors>& events,
                   const std::vector<int>& gaps, uint64_t seed, const std::vector<LoadWord>& loads)
    : firmware_(firmware),
      events_(events),
      loads_(loads),
      input_ports_(input_ports_of(firmware)),
      output_ports_(packed_ports(firmware.outputs)),
      input_offsets_(offsets_of(firmware.inputs, input_ports_)),
      output_offsets_(offsets_of(firmware.outputs, output_ports_)),
      random_(seed, 1) {
  check_events();
  if (!gaps.empty() && gaps.size() != events.size()) {
    throw Error("stimulus", fmt::format("{} gaps for {} events", gaps.size(), events.size()),
                "give one gap an event");
  }
  if (!loads.empty() && firmware.load.data_bits == 0) {
    throw Error("stimulus", "the firmware has no load port", "compile with --strategy stream");
  }
  auto clock = static_cast<int64_t>(loads.size());
  for (size_t i = 0; i < events.size(); ++i) {
    const int gap = gaps.empty() ? (i == 0 ? 0 : firmware.ii) : gaps[i];
    if (gap < (i == 0 ? 0 : firmware.ii)) {
      throw Error("stimulus", fmt::format("event {} starts {} clocks after the one before", i, gap),
                  fmt::format("the initiation interval is {}", firmware.ii));
    }
    clock += gap;
    starts_.push_back(clock);
    outputs_.push_back(empty_event(firmware.outputs));
  }
  input_beats_ = schedule(firmware.inputs);
  output_beats_ = schedule(firmware.outputs);
  if (!starts_.empty()) clocks_ = starts_.back() + firmware.latency_cycles + 1;
  for (const auto* beats : {&input_beats_, &output_beats_}) {
    if (!beats->empty()) clocks_ = std::max(clocks_, beats->back().clock + 1);
  }
}

void Stimulus::check_events() const {
  for (size_t e = 0; e < events_.size(); ++e) {
    if (events_[e].size() != firmware_.inputs.size()) {
      throw Error(fmt::format("event {}", e),
                  fmt::format("has {} tensors, the firmware {} inputs", events_[e].size(),
                              firmware_.inputs.size()),
                  "give one tensor an input");
    }
    for (size_t i = 0; i < firmware_.inputs.size(); ++i) {
      const PortBinding& binding = firmware_.inputs[i];
      const Tensor& tensor = events_[e][i];
      const std::string where = fmt::format("event {} input '{}'", e, binding.name);
      if (tensor.shape != binding.shape ||
          tensor.mantissas.size() != static_cast<size_t>(element_count(binding.shape))) {
        throw Error(where,
                    fmt::format("has shape {}, the firmware takes {}", to_string(tensor.shape),
                                to_string(binding.shape)),
                    "give events of the firmware's shape");
      }
      for (const int64_t mantissa : tensor.mantissas) {
        if (binding.format.range().contains(mantissa)) continue;
        throw Error(where,
                    fmt::format("mantissa {} is outside {}", mantissa, to_string(binding.format)),
                    "give mantissas that the format holds");
      }
    }
  }
}

std::vector<Stimulus::Beat> Stimulus::schedule(const std::vector<PortBinding>& bindings) const {
  std::vector<Beat> beats;
  for (size_t event = 0; event < starts_.size(); ++event) {
    for (size_t i = 0; i < bindings.size(); ++i) {
      for (int64_t beat = 0; beat < bindings[i].beats(); ++beat) {
        beats.push_back({starts_[event] + bindings[i].first_cycle + beat, event, i, beat});
      }
    }
  }
  std::stable_sort(beats.begin(), beats.end(),
                   [](const Beat& a, const Beat& b) { return a.clock < b.clock; });
  return beats;
}

void Stimulus::fill_garbage(std::span<uint64_t> words) {
  for (const PackedPort& port : input_ports_) {
    for (size_t i = 0; i < port.word_count(); ++i) {
      const int64_t bits = std::min<int64_t>(64, port.bits - static_cast<int64_t>(i) * 64);
      words[port.first_word + i] = random_.bits() >> (64 - bits);
    }
  }
}

void Stimulus::drive_load_port(std::span<uint64_t> words, int64_t now) {
  if (firmware_.load.data_bits == 0) return;
  const auto write = [&](size_t port, int64_t value) {
    const PackedPort& target = input_ports_[input_ports_.size() - kLoadPorts + port];
    write_field(words, static_cast<int64_t>(target.first_word) * 64, static_cast<int>(target.bits),
                value);
  };
  const bool loads = now < static_cast<int64_t>(loads_.size());
  write(0, loads ? 1 : 0);
  if (!loads) return;
  write(1, loads_[static_cast<size_t>(now)].address);
  write(2, loads_[static_cast<size_t>(now)].data);
}

bool Stimulus::drive(std::span<uint64_t> words) {
  const int64_t now = driven_++;
  fill_garbage(words);
  drive_load_port(words, now);
  for (; next_input_ < input_beats_.size() && input_beats_[next_input_].clock == now;
       ++next_input_) {
    const Beat& beat = input_beats_[next_input_];
    const PortBinding& binding = firmware_.inputs[beat.binding];
    const Tensor& tensor = events_[beat.event][beat.binding];
    const int width = binding.format.width_bits;
    for (int64_t i = 0; i < binding.elements_per_beat(); ++i) {
      const auto index = static_cast<size_t>(binding.tensor_index(beat.beat, i));
      write_field(words, input_offsets_[beat.binding] + i * width, width, tensor.mantissas[index]);
    }
  }
  const bool start = next_start_ < starts_.size() && starts_[next_start_] == now;
  if (start) ++next_start_;
  return start;
}

void Stimulus::sample(std::span<const uint64_t> words) {
  const int64_t now = sampled_++;
  for (; next_output_ < output_beats_.size() && output_beats_[next_output_].clock == now;
       ++next_output_) {
    const Beat& beat = output_beats_[next_output_];
    const PortBinding& binding = firmware_.outputs[beat.binding];
    Tensor& tensor = outputs_[beat.event][beat.binding];
    const int width = binding.format.width_bits;
    for (int64_t i = 0; i < binding.elements_per_beat(); ++i) {
      const auto index = static_cast<size_t>(binding.tensor_index(beat.beat, i));
      tensor.mantissas[index] = read_field(words, output_offsets_[beat.binding] + i * width, width,
                                           binding.format.is_signed);
    }
  }
}

std::vector<EventTensors> Stimulus::take_outputs() {
  ensure(sampled_ >= clocks_, "take_outputs: the last clock has not been sampled");
  return std::move(outputs_);
}

}  // namespace trigstone
