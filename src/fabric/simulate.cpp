#include "fabric/simulate.h"

#include <algorithm>
#include <chrono>

#include "base/error.h"
#include "base/files.h"
#include "base/progress.h"
#include "base/random.h"
#include "graph/read_model.h"
#include "interpret/interpret_graph.h"
#include "interpret/interpret_netlist.h"
#include "netlist/evaluate.h"
#include "netlist/text.h"
#include "netlist/verify_netlist.h"

namespace trigstone {

namespace fs = std::filesystem;

namespace {

// Where element i of all ports together lies in the event's tensors.
struct ElementOf {
  size_t binding = 0;
  int64_t element = 0;  // of one beat
};

std::vector<ElementOf> elements_of(const std::vector<Port>& ports,
                                   const std::vector<PortBinding>& bindings) {
  std::vector<ElementOf> result;
  for (const Port& port : ports) {
    const size_t first = result.size();
    result.resize(first + port.elements.size());
    for (size_t b = 0; b < bindings.size(); ++b) {
      if (bindings[b].port != port.name) continue;
      const auto begin = static_cast<size_t>(bindings[b].bit_offset / port.element_bits);
      for (int64_t i = 0; i < bindings[b].elements_per_beat(); ++i) {
        result[first + begin + static_cast<size_t>(i)] = {b, i};
      }
    }
  }
  return result;
}

struct Wire {
  int bits = 1;
  bool is_signed = false;
};

std::vector<Wire> wires_of(const std::vector<Port>& ports) {
  std::vector<Wire> wires;
  for (const Port& port : ports) {
    wires.insert(wires.end(), port.elements.size(), Wire{port.element_bits, port.is_signed});
  }
  return wires;
}

// One board: its netlist between the hop before and the hop behind it.
struct Board {
  NetlistSimulation simulation;
  std::vector<Wire> input_wires;
  std::vector<int64_t> inputs, outputs;
};

class Chain {
 public:
  Chain(const FabricPlan& plan, const std::vector<Netlist>& netlists, const Firmware& firmware,
        uint64_t seed, const LinkFault& fault)
      : plan_(plan),
        firmware_(firmware),
        random_(seed, 3),
        inputs_(elements_of(netlists.front().top().inputs, firmware.inputs)),
        outputs_(elements_of(netlists.back().top().outputs, firmware.outputs)) {
    const LinkRate rate = LinkRate::of(plan.fabric);
    check_ports(netlists);
    for (size_t h = 0; h < plan.hops.size(); ++h) {
      hops_.emplace_back(plan.hops[h], rate,
                         fault.hop == static_cast<int>(h) ? fault : LinkFault{});
    }
    for (size_t b = 0; b < netlists.size(); ++b) {
      std::vector<Wire> wires = wires_of(netlists[b].top().inputs);
      const size_t count = wires.size();
      boards_.push_back({NetlistSimulation(netlists[b], seed + b),
                         std::move(wires),
                         std::vector<int64_t>(count),
                         {}});
    }
  }

  ChainResult run(const std::vector<EventTensors>& events, const std::vector<int>& periods) {
    schedule(events, periods);
    // An event that never comes out must not keep the simulation waiting.
    const int64_t clocks =
        starts_.empty() ? 0
                        : starts_.back() + plan_.latency_clocks + plan_.fabric.period_clocks() + 1;
    Progress progress("simulate " + plan_.model, clocks, "clocks");
    size_t next = 0;
    for (int64_t now = 0; now < clocks && decided_ < events.size(); ++now) {
      if (next < starts_.size() && starts_[next] == now) send_event(now, events[next++]);
      clock(now);
      progress.update(now + 1);
    }
    for (const LinkSimulation& hop : hops_) result_.late_words += hop.late_words();
    return std::move(result_);
  }

 private:
  void check_ports(const std::vector<Netlist>& netlists) const {
    ensure(netlists.size() + 1 == plan_.hops.size(), "a chain of n boards has n + 1 hops");
    for (size_t h = 0; h < plan_.hops.size(); ++h) {
      const auto values = static_cast<int64_t>(plan_.hops[h].values.size());
      const bool in = h == netlists.size() || element_count(netlists[h].top().inputs) == values;
      const bool out = h == 0 || element_count(netlists[h - 1].top().outputs) == values;
      if (in && out) continue;
      throw Error("plan.json",
                  fmt::format("the fields from {} to {} are not its boards' ports",
                              plan_.hops[h].from, plan_.hops[h].to),
                  "the file may be damaged; map the model again");
    }
  }

  void schedule(const std::vector<EventTensors>& events, const std::vector<int>& periods) {
    ensure(periods.size() == events.size(), "run_chain: one period an event");
    int64_t period = 0;
    for (const int gap : periods) {
      period += gap;
      starts_.push_back(period * plan_.fabric.period_clocks());
    }
    EventTensors empty;
    for (const PortBinding& binding : firmware_.outputs) {
      Tensor tensor{binding.shape, binding.format, {}, {}};
      tensor.mantissas.resize(static_cast<size_t>(tensor.size()));
      empty.push_back(std::move(tensor));
    }
    result_.outputs.assign(events.size(), empty);
    result_.done_clocks.assign(events.size(), -1);
  }

  void send_event(int64_t now, const EventTensors& event) {
    const PlanHop& hop = plan_.hops.front();
    std::vector<int64_t> numbers;
    for (const Sending& sending : hop.sendings) {
      const ElementOf& place = inputs_[sending.value];
      const PortBinding& binding = firmware_.inputs[place.binding];
      const int64_t beat = hop.values[sending.value].cycle + sending.beat - binding.first_cycle;
      const auto index = static_cast<size_t>(binding.tensor_index(beat, place.element));
      numbers.push_back(event[place.binding].mantissas[index]);
    }
    hops_.front().begin(now);
    hops_.front().capture_event(numbers);
  }

  void clock(int64_t now) {
    for (size_t b = 0; b < boards_.size(); ++b) {
      Board& board = boards_[b];
      const bool start = hops_[b].transfer(now);
      for (size_t i = 0; i < board.inputs.size(); ++i) {
        const Wire& wire = board.input_wires[i];
        board.inputs[i] =
            wrap_to_width(static_cast<int64_t>(random_.bits()), wire.bits, wire.is_signed);
      }
      hops_[b].present(now, board.inputs);
      board.simulation.clock(start, board.inputs, board.outputs);
      if (start) hops_[b + 1].begin(now);
    }
    const bool start = hops_.back().transfer(now);
    for (size_t b = 0; b < boards_.size(); ++b) hops_[b + 1].capture(now, boards_[b].outputs);
    if (start && arrived_.size() < starts_.size()) arrived_.push_back(now);
    receive_outputs(now);
  }

  // The sink reads every output in its clock; an event is decided `latency_cycles` after its start
  // there.
  void receive_outputs(int64_t now) {
    std::vector<int64_t> numbers(outputs_.size());
    hops_.back().present(now, numbers);
    for (size_t event = decided_; event < arrived_.size(); ++event) {
      const auto clock = static_cast<int>(now - arrived_[event]);
      const PlanHop& hop = plan_.hops.back();
      for (size_t i = 0; i < outputs_.size(); ++i) {
        const int beat = clock - hop.values[i].cycle;
        if (beat < 0 || beat >= hop.values[i].beats) continue;
        const PortBinding& binding = firmware_.outputs[outputs_[i].binding];
        const auto index = static_cast<size_t>(binding.tensor_index(beat, outputs_[i].element));
        result_.outputs[event][outputs_[i].binding].mantissas[index] = numbers[i];
      }
      if (clock == plan_.latency_cycles) result_.done_clocks[event] = now - starts_[event];
    }
    while (decided_ < arrived_.size() && result_.done_clocks[decided_] >= 0) ++decided_;
  }

  const FabricPlan& plan_;
  const Firmware& firmware_;
  Random random_;
  std::vector<ElementOf> inputs_, outputs_;
  std::vector<LinkSimulation> hops_;
  std::vector<Board> boards_;
  std::vector<int64_t> starts_, arrived_;  // of events at the source and at the sink
  size_t decided_ = 0;
  ChainResult result_;
};

// Half of the events follow each other as closely as they can, the rest leave crossings out.
std::vector<int> periods_for(size_t events, uint64_t seed) {
  Random random(seed, 4);
  std::vector<int> periods(events, 1);
  for (size_t e = events / 2; e < events; ++e) periods[e] = static_cast<int>(random.integer(1, 3));
  if (!periods.empty()) periods.front() = 0;
  return periods;
}

// Crossing n goes to time slice n modulo their number; every slice has boards of its own.
ChainResult run_slices(const LoadedPlan& loaded, const std::vector<EventTensors>& events,
                       uint64_t seed, const LinkFault& fault) {
  ChainResult all;
  all.outputs.resize(events.size());
  all.done_clocks.resize(events.size());
  const auto slices = static_cast<size_t>(loaded.plan.fabric.period_bx);
  for (size_t slice = 0; slice < slices && slice < events.size(); ++slice) {
    std::vector<EventTensors> mine;
    for (size_t e = slice; e < events.size(); e += slices) mine.push_back(events[e]);
    ChainResult part = run_chain(loaded.plan, loaded.boards, loaded.firmware, mine,
                                 periods_for(mine.size(), seed + slice), seed + slice, fault);
    for (size_t i = 0; i < mine.size(); ++i) {
      all.outputs[slice + i * slices] = std::move(part.outputs[i]);
      all.done_clocks[slice + i * slices] = part.done_clocks[i];
    }
    all.late_words += part.late_words;
  }
  return all;
}

}  // namespace

ChainResult run_chain(const FabricPlan& plan, const std::vector<Netlist>& boards,
                      const Firmware& firmware, const std::vector<EventTensors>& events,
                      const std::vector<int>& periods, uint64_t seed, const LinkFault& fault) {
  return Chain(plan, boards, firmware, seed, fault).run(events, periods);
}

LoadedPlan load_plan(const fs::path& folder) {
  LoadedPlan loaded;
  loaded.plan = read_plan(folder);
  if (loaded.plan.estimate) {
    throw Error(folder.string(), "is only an estimate: it has no netlists to run",
                "map the model without --estimate");
  }
  for (const PlanBoard& board : loaded.plan.boards) {
    const fs::path path = folder / board.name / "netlist.txt";
    loaded.boards.push_back(parse_netlist(read_file(path), path.string()));
    verify(loaded.boards.back()).throw_if_any();
  }
  const fs::path firmware = folder / "firmware";
  loaded.firmware = read_firmware(firmware);
  loaded.graph = read_model(firmware / "model.onnx");
  const fs::path whole = firmware / "netlist.txt";
  loaded.whole = parse_netlist(read_file(whole), whole.string());
  return loaded;
}

std::vector<EventTensors> run_fabric(const LoadedPlan& plan,
                                     const std::vector<EventTensors>& events) {
  return run_slices(plan, events, 1, {}).outputs;
}

OrderedJson to_json(const SimulationRow& row) {
  return {{"vectors", row.vectors},
          {"events", row.events},
          {"differences", row.differences},
          {"single_board_differences", row.single_board},
          {"wrong_clocks", row.wrong_clocks},
          {"late_words", row.late_words},
          {"equal", row.equal()},
          {"detail", row.detail},
          {"seconds", row.seconds}};
}

SimulationRow simulate(const LoadedPlan& loaded, const std::string& vectors,
                       const std::vector<EventTensors>& events, uint64_t seed,
                       const LinkFault& fault) {
  const auto begin = std::chrono::steady_clock::now();
  SimulationRow row;
  row.vectors = vectors;
  row.events = static_cast<int64_t>(events.size());
  const ChainResult chain = run_slices(loaded, events, seed, fault);
  const auto single = run_netlist(loaded.whole, loaded.firmware, events);
  const auto note = [&](size_t event, const std::string& what) {
    if (row.detail.empty()) row.detail = fmt::format("event {}: {}", event, what);
  };
  for (size_t e = 0; e < events.size(); ++e) {
    if (chain.outputs[e] != interpret(loaded.graph, events[e])) {
      ++row.differences;
      note(e, "the boards' outputs are not those of the model");
    }
    if (chain.outputs[e] != single[e]) {
      ++row.single_board;
      note(e, "the boards' outputs are not those of the uncut netlist");
    }
    if (chain.done_clocks[e] != loaded.plan.latency_clocks) {
      ++row.wrong_clocks;
      note(e, chain.done_clocks[e] < 0
                  ? fmt::format("was never decided, planned after {} clocks",
                                loaded.plan.latency_clocks)
                  : fmt::format("decided after {} clocks, planned after {}", chain.done_clocks[e],
                                loaded.plan.latency_clocks));
    }
  }
  row.late_words = chain.late_words;
  if (chain.late_words > 0 && row.detail.empty()) {
    row.detail = fmt::format("{} words came when they were not due", chain.late_words);
  }
  row.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return row;
}

}  // namespace trigstone
