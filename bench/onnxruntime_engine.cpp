#include "bench/onnxruntime_engine.h"

#include <cstring>

#include "base/error.h"
#include "base/files.h"
#include "base/process.h"
#include "bench/integer_onnx.h"
#include "verify/temporary_folder.h"

namespace trigstone::bench {

namespace {

using Events = OtherEngine::Events;

// The model and its inputs, as tools/run_onnxruntime.py reads them.
void write_folder(const std::filesystem::path& folder, const Graph& graph, const Events& events) {
  write_file(folder / "model.onnx", integer_onnx(graph));
  for (size_t port = 0; port < graph.inputs().size(); ++port) {
    std::string bytes;
    for (const auto& event : events) {
      const std::vector<int64_t>& mantissas = event[port].mantissas;
      bytes.append(reinterpret_cast<const char*>(mantissas.data()),
                   mantissas.size() * sizeof(int64_t));
    }
    write_file(folder / fmt::format("in_{}.bin", port), bytes);
  }
}

// The last line that the script prints: an object.
Json run_script(const std::string& python, const std::filesystem::path& folder, size_t events,
                const std::vector<std::string>& flags) {
  const std::filesystem::path script =
      std::filesystem::path(TRIGSTONE_TOOLS_DIR) / "run_onnxruntime.py";
  std::vector<std::string> arguments = {python, script.string(), folder.string(), "--events",
                                        std::to_string(events)};
  arguments.insert(arguments.end(), flags.begin(), flags.end());
  const ProcessResult done = run_process(arguments);
  const size_t object = done.output.rfind("{\"version\"");
  if (done.status != 0 || object == std::string::npos) {
    throw Error("onnxruntime",
                fmt::format("{} ended with status {}: {}", python, done.status,
                            done.output.substr(0, 2000)),
                "try `python3 -c 'import onnxruntime'`; leave it out of PATH to do without");
  }
  return Json::parse(done.output.substr(object));
}

Events read_outputs(const std::filesystem::path& folder, const Graph& graph, size_t count) {
  Events events(count);
  for (size_t port = 0; port < graph.outputs().size(); ++port) {
    const auto& type = graph.type(graph.outputs()[port].value);
    const auto each = static_cast<size_t>(element_count(type.shape));
    const std::string bytes = read_file(folder / fmt::format("out_{}.bin", port));
    if (bytes.size() != count * each * sizeof(int64_t)) {
      throw Error("onnxruntime", fmt::format("output {} has {} bytes", port, bytes.size()),
                  "this version of ONNX Runtime changes the shape of an output; report it");
    }
    for (size_t event = 0; event < count; ++event) {
      std::vector<int64_t> mantissas(each);
      std::memcpy(mantissas.data(), bytes.data() + event * each * sizeof(int64_t),
                  each * sizeof(int64_t));
      events[event].push_back({type.shape, *type.format, std::move(mantissas), {}});
    }
  }
  return events;
}

}  // namespace

std::optional<OtherEngine> onnxruntime_engine(const std::string& python) {
  if (!program_exists(python)) return {};
  if (run_process({python, "-c", "import numpy, onnxruntime"}).status != 0) return {};
  OtherEngine engine;
  engine.name = "onnxruntime_int8";
  engine.run = [python](const Graph& graph, const Events& events) {
    const TemporaryFolder folder("trigstone_onnxruntime");
    write_folder(folder.path(), graph, events);
    run_script(python, folder.path(), events.size(), {});
    return read_outputs(folder.path(), graph, events.size());
  };
  engine.rate = [python](const Graph& graph, const Events& events, int threads, double seconds) {
    const TemporaryFolder folder("trigstone_onnxruntime");
    write_folder(folder.path(), graph, events);
    const Json result =
        run_script(python, folder.path(), events.size(),
                   {"--threads", std::to_string(threads), "--seconds", fmt::format("{}", seconds)});
    return result.at("events_per_second").get<double>();
  };
  return engine;
}

}  // namespace trigstone::bench
