#include "verify/run_stream.h"

#include <algorithm>
#include <functional>
#include <optional>

#include "base/error.h"
#include "base/files.h"
#include "base/npy_stream.h"
#include "base/progress.h"
#include "base/threads.h"
#include "emit/verilator_cosim.h"
#include "engine/engine.h"
#include "interpret/interpret_graph.h"
#include "interpret/interpret_netlist.h"
#include "lower/load_words.h"
#include "verify/event_stream.h"
#include "verify/temporary_folder.h"

namespace trigstone {

namespace {

namespace fs = std::filesystem;

struct Block {
  EventArrays inputs;
  int64_t first_event = 0;
};
using RunBlock = std::function<EventArrays(const Block&, int64_t* outside)>;

// Numbers of a block that fit the caches of a few cores and make a call's overhead small.
constexpr int64_t kBlockNumbers = int64_t{1} << 20;
constexpr int64_t kFewestEvents = 64, kMostEvents = int64_t{1} << 16;

int64_t block_events(const Graph& graph) {
  int64_t numbers = 1;
  for (const ValueId id : graph.inputs()) numbers += element_count(graph.shape(id));
  for (const Output& output : graph.outputs()) numbers += element_count(graph.shape(output.value));
  return std::clamp(kBlockNumbers / numbers / 64 * 64, kFewestEvents, kMostEvents);
}

FastEngine make_engine(const Graph& graph, int threads) {
  try {
    return FastEngine(graph, {best_isa(), threads});
  } catch (const Error& error) {
    throw Error(error.where(), "the fast engine does not run this model: " + error.problem(),
                "quantise and compile it, or choose --engine interpret");
  }
}

RunBlock fast_blocks(const Graph& graph, const RunOptions& options, const std::string& where) {
  const auto engine = std::make_shared<FastEngine>(make_engine(graph, options.threads));
  return [engine, &graph, options, where](const Block& block, int64_t* outside) {
    std::vector<std::vector<double>> reals;
    std::vector<BatchInput> inputs;
    int64_t events = 0;
    for (const ValueId id : graph.inputs()) {
      const NpyArray& array = block.inputs.at(graph.node(id).name);
      check_numbers(array, graph.node(id), options.raw, block.first_event, where);
      events = array.shape[0];
      if (options.raw) {
        inputs.push_back({array.integers.data(), NumberType::kInt64, array.size()});
      } else if (array.is_integer) {
        reals.push_back(as_reals(array, where));
        inputs.push_back({reals.back().data(), NumberType::kFloat64, array.size()});
      } else {
        inputs.push_back({array.reals.data(), NumberType::kFloat64, array.size()});
      }
    }
    EventArrays results;
    std::vector<BatchOutput> outputs;
    for (const EnginePort& port : engine->outputs()) {
      NpyArray& array = results[port.name];
      array.shape = port.shape;
      array.shape.insert(array.shape.begin(), events);
      array.is_integer = options.raw;
      const auto size = static_cast<size_t>(array.size());
      if (options.raw) {
        array.integers.resize(size);
        outputs.push_back({array.integers.data(), NumberType::kInt64, array.size()});
      } else {
        array.reals.resize(size);
        outputs.push_back({array.reals.data(), NumberType::kFloat64, array.size()});
      }
    }
    *outside += engine->run(events, inputs, outputs).outside;
    return results;
  };
}

// The type of a file's elements, if the engine reads them as they lie: mantissas of any width, or
// floating-point numbers.
std::optional<NumberType> type_in_place(const NpyHeader& header, bool raw) {
  const int bytes = header.item_bytes;
  if (!raw) {
    if (header.kind != 'f') return std::nullopt;
    return bytes == 4 ? NumberType::kFloat32 : NumberType::kFloat64;
  }
  if (header.kind == 'i') {
    return bytes == 1   ? NumberType::kInt8
           : bytes == 2 ? NumberType::kInt16
           : bytes == 4 ? NumberType::kInt32
                        : NumberType::kInt64;
  }
  if (header.kind == 'u' && bytes == 1) return NumberType::kUint8;
  if (header.kind == 'u' && bytes == 2) return NumberType::kUint16;
  return std::nullopt;
}

// From one array of rows to another, no number touched outside the engine.
class InPlace {
 public:
  InPlace(const LoadedModel& model, const fs::path& in, const RunOptions& options, NpyReader reader,
          NumberType type)
      : engine_(make_engine(model.graph, options.threads)),
        input_(model.graph.node(model.graph.inputs().front())),
        where_(in.string()),
        raw_(options.raw),
        type_(type),
        reader_(std::move(reader)) {
    output_.is_integer = raw_;
  }

  int64_t size() const { return reader_.rows(); }

  // The next `count` events, which there must be.
  const NpyArray& run(int64_t first_event, int64_t count, int64_t* outside) {
    const std::string_view bytes = reader_.read_bytes(count);
    const BatchInput input{bytes.data(), type_, count * engine_.inputs()[0].elements()};
    const BatchOutput output = make_room(count);
    try {
      const RunReport report = engine_.run(count, {&input, 1}, {&output, 1});
      if (report.no_numbers > 0) explain(bytes, first_event, count);
      *outside += report.outside;
    } catch (const Error&) {
      explain(bytes, first_event, count);
      throw;
    }
    return output_;
  }

 private:
  BatchOutput make_room(int64_t events) {
    const EnginePort& port = engine_.outputs()[0];
    output_.shape = port.shape;
    output_.shape.insert(output_.shape.begin(), events);
    const int64_t size = output_.size();
    if (raw_) {
      output_.integers.resize(static_cast<size_t>(size));
      return {output_.integers.data(), NumberType::kInt64, size};
    }
    output_.reals.resize(static_cast<size_t>(size));
    return {output_.reals.data(), NumberType::kFloat64, size};
  }

  // Throws the Error of the first number that is none or outside its format.
  void explain(std::string_view bytes, int64_t first_event, int64_t count) const {
    check_numbers(reader_.parse(bytes, count), input_, raw_, first_event, where_);
  }

  const FastEngine engine_;
  const Node& input_;
  const std::string where_;
  const bool raw_;
  const NumberType type_;
  NpyReader reader_;
  NpyArray output_;
};

// Nothing when the model has several inputs, or the file's elements must be brought into order or
// into another type first.
std::unique_ptr<InPlace> open_in_place(const LoadedModel& model, const fs::path& in,
                                       const fs::path& out, const RunOptions& options) {
  const Graph& graph = model.graph;
  if (options.engine != "fast" || !options.load.empty() || in.extension() != ".npy" ||
      out.extension() == ".npz" || graph.inputs().size() != 1 || graph.outputs().size() != 1) {
    return nullptr;
  }
  NpyReader reader(in);
  if (!reader.has_rows_together()) return nullptr;
  const std::optional<NumberType> type = type_in_place(reader.header(), options.raw);
  if (!type) return nullptr;
  return std::make_unique<InPlace>(model, in, options, std::move(reader), *type);
}

// Engines that take events as tensors.
using RunEvents = std::function<std::vector<EventTensors>(const std::vector<EventTensors>&)>;

RunBlock tensor_blocks(const Graph& graph, const RunOptions& options, const std::string& where,
                       const RunEvents& run) {
  return [&graph, options, where, run](const Block& block, int64_t* outside) {
    const ArrayEvents in =
        events_from_arrays(graph, block.inputs, options.raw, where, block.first_event);
    *outside += in.outside;
    return arrays_from_outputs(graph, run(in.events), options.raw);
  };
}

RunEvents interpreter(const Graph& graph, int threads) {
  return [&graph, threads](const std::vector<EventTensors>& events) {
    std::vector<EventTensors> outputs(events.size());
    parallel_blocks(static_cast<int64_t>(events.size()), 16, threads,
                    [&](int64_t begin, int64_t end) {
                      for (int64_t e = begin; e < end; ++e) {
                        check_interrupt();
                        const auto at = static_cast<size_t>(e);
                        outputs[at] = interpret(graph, events[at]);
                      }
                    });
    return outputs;
  };
}

RunEvents netlist_interpreter_of(const LoadedModel& model, const std::vector<LoadWord>& loads) {
  const auto netlist = std::make_shared<Netlist>(load_netlist(model));
  return [netlist, loads, &model](const std::vector<EventTensors>& events) {
    return run_netlist(*netlist, *model.firmware, events, {}, 1, loads);
  };
}

RunEvents verilog_of(const LoadedModel& model, const std::vector<LoadWord>& loads) {
  if (!model.firmware) {
    throw Error("--engine rtl", "needs a firmware folder, not a model file",
                "compile the model first");
  }
  CosimDesign design{*model.firmware, {}};
  for (const auto& [path, sha256] : model.firmware->files) {
    if (path.ends_with(".v")) design.verilog[path] = read_file(model.folder / path);
  }
  const auto folder = std::make_shared<TemporaryFolder>("trigstone_run");
  Cosim::Config config;
  config.jobs = hardware_threads();
  config.optimise = true;
  const auto cosim =
      std::make_shared<Cosim>(std::vector<CosimDesign>{std::move(design)}, folder->path(), config);
  return [folder, cosim, loads](const std::vector<EventTensors>& events) {
    CosimRun run = cosim->run(0, events, {}, 1, loads);
    ensure(run.wrong_done_clocks == 0, "done is not start delayed by the latency");
    return std::move(run.outputs);
  };
}

std::vector<LoadWord> words_to_load(const LoadedModel& model, const RunOptions& options) {
  if (options.load.empty()) return {};
  if (options.engine != "netlist" && options.engine != "rtl") {
    throw Error("--load", fmt::format("engine '{}' has no memories to load", options.engine),
                "--engine netlist, or rtl");
  }
  if (!model.firmware || model.firmware->weights.empty()) {
    throw Error("--load", "the firmware keeps no weights in memories",
                "compile it with --strategy stream, or NODE=stream");
  }
  return parse_load_text(read_file(options.load), *model.firmware, options.load.string());
}

RunBlock blocks_of(const LoadedModel& model, const RunOptions& options, const std::string& where) {
  const auto loads = words_to_load(model, options);
  if (options.engine == "fast") return fast_blocks(model.graph, options, where);
  const RunEvents run = options.engine == "interpret" ? interpreter(model.graph, options.threads)
                        : options.engine == "netlist" ? netlist_interpreter_of(model, loads)
                                                      : verilog_of(model, loads);
  return tensor_blocks(model.graph, options, where, run);
}

}  // namespace

const std::vector<std::string>& run_engine_names() {
  static const std::vector<std::string> kNames = {"fast", "interpret", "netlist", "rtl"};
  return kNames;
}

RunSummary run_stream(const LoadedModel& model, const fs::path& in, const fs::path& out,
                      const RunOptions& options) {
  const std::unique_ptr<EventSource> source = open_events(in, model.graph, options.raw);
  EventSink sink(out, model.graph, source->size(), options.raw);
  const std::unique_ptr<InPlace> in_place = open_in_place(model, in, out, options);
  const RunBlock run = in_place ? RunBlock() : blocks_of(model, options, in.string());
  const std::string name = model.graph.outputs().front().name;
  const int64_t each = block_events(model.graph);
  RunSummary summary;
  Progress progress("run", source->size(), "events");
  while (summary.events < source->size()) {
    const int64_t count = std::min(each, source->size() - summary.events);
    if (in_place) {
      sink.append(name, in_place->run(summary.events, count, &summary.outside));
    } else {
      sink.append(run({source->read(count), summary.events}, &summary.outside));
    }
    summary.events += count;
    progress.update(summary.events);
  }
  sink.commit();
  return summary;
}

}  // namespace trigstone
