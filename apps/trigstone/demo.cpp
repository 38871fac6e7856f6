#include "demo.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>

#include "base/error.h"
#include "base/npy.h"
#include "base/threads.h"
#include "demo_report.h"
#include "emit/compile.h"
#include "events/event_file.h"
#include "events/features.h"
#include "events/generate.h"
#include "graph/read_model.h"
#include "learn/learn.h"
#include "learn/run_torch.h"
#include "learn/token_set.h"
#include "verify/synthesis.h"
#include "verify/verify_firmware.h"

namespace trigstone {

namespace {

namespace fs = std::filesystem;

// Announces a stage and its time.
class Stage {
 public:
  explicit Stage(std::string name) : name_(std::move(name)), start_(Clock::now()) {
    fmt::print(stderr, "demo: {}\n", name_);
  }
  ~Stage() {
    const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
    fmt::print(stderr, "demo: {} took {:.1f} s\n", name_, seconds);
  }
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

 private:
  using Clock = std::chrono::steady_clock;
  std::string name_;
  Clock::time_point start_;
};

// Half minimum bias, half signal: each signal process by turns.
void make_events(const DemoOptions& options, const fs::path& file) {
  if (fs::exists(file)) return;
  const Stage stage(fmt::format("{} crossings at 200 pile-up", options.events));
  GenerateOptions generate;
  generate.processes = {Process::kMinimumBias, Process::kTopPairs,
                        Process::kMinimumBias, Process::kVbfHiggsToPhotons,
                        Process::kMinimumBias, Process::kHiggsToBottoms};
  generate.events = options.events;
  generate.sample = options.sample;
  generate.threads = hardware_threads();
  generate_events(generate, file);
}

// A run folder with run.json is finished; otherwise its stage goes on where it was stopped.
template <class Run>
RunResult finish_run(const std::string& name, const fs::path& folder, Run run) {
  const Stage stage(name);
  return run(folder, fs::exists(folder));
}

// Recorded events: the first `count` crossings of the test split, as arrays by input name.
void write_recorded(const Graph& graph, const fs::path& events, int64_t count,
                    const fs::path& file) {
  const std::vector<ValueId> inputs = graph.inputs();
  ensure(inputs.size() == 2, "the demo's model reads tokens and their mask");
  const Shape& shape = graph.shape(inputs[0]);
  const TokenSet set = load_token_set(events, shape[0]);
  const int64_t size = element_count(shape);
  count = std::min(count, static_cast<int64_t>(set.test.size()));
  std::vector<double> values, valid;
  for (int64_t i = 0; i < count; ++i) {
    const int64_t row = set.test[static_cast<size_t>(i)];
    const auto first = set.batch.values.begin() + row * size;
    const auto mask = set.batch.valid.begin() + row * shape[0];
    values.insert(values.end(), first, first + size);
    valid.insert(valid.end(), mask, mask + shape[0]);
  }
  write_npz(file, {{graph.node(inputs[0]).name, npy_of({count, shape[0], shape[1]}, values)},
                   {graph.node(inputs[1]).name, npy_of({count, shape[0]}, valid)}});
}

// The first VBF Higgs crossing of the file makes the picture.
Event picture_event(const fs::path& file) {
  const EventReader reader(file);
  for (const Event& event : reader.read(0, std::min<int64_t>(reader.size(), 60))) {
    if (event.process == Process::kVbfHiggsToPhotons) return event;
  }
  return reader.read(0, 1).front();
}

// The smallest of the layers with weights: Yosys needs seconds for it.
std::string module_to_synthesise(const Netlist& netlist) {
  const Module* best = nullptr;
  for (const Module& module : netlist.modules) {
    if (&module == &netlist.modules.back() || module.cells.size() < 300) continue;
    if (best == nullptr || module.cells.size() < best->cells.size()) best = &module;
  }
  return best == nullptr ? netlist.top().name : best->name;
}

}  // namespace

bool run_demo(const DemoOptions& options) {
  const fs::path out = options.output, events = out / "events.h5";
  fs::create_directories(out);
  DemoResults results;
  make_events(options, events);
  results.picture = picture_event(events);

  PretrainConfig pretrain_config = read_pretrain_config(options.configs / "pretrain_nano.toml");
  FinetuneConfig finetune_config = read_finetune_config(options.configs / "finetune_nano.toml");
  CompressConfig compress_config = read_compress_config(options.configs / "compress_nano.toml");
  pretrain_config.events = finetune_config.events = compress_config.events = events;

  results.pretrained = finish_run("pre-training by masked particles", out / "pretrain",
                                  [&](const fs::path& folder, bool resume) {
                                    return pretrain(pretrain_config, folder, resume);
                                  });
  results.finetuned = finish_run(
      "fine-tuning from the backbone", out / "finetune", [&](const fs::path& folder, bool resume) {
        return finetune(finetune_config, out / "pretrain", folder, resume);
      });
  results.scratch = finish_run("the same head from scratch", out / "scratch",
                               [&](const fs::path& folder, bool resume) {
                                 return finetune(finetune_config, {}, folder, resume);
                               });
  results.compressed = finish_run(
      "quantisation-aware training", out / "compress", [&](const fs::path& folder, bool resume) {
        return compress(compress_config, out / "finetune", folder, resume);
      });
  results.run_folders = {out / "pretrain", out / "finetune", out / "scratch", out / "compress"};

  const fs::path firmware = out / "fw";
  {
    const Stage stage("compiling to Verilog");
    results.compiled = compile_graph(read_model(out / "compress" / "model.onnx"));
    results.firmware = write_firmware_folder(results.compiled, firmware);
  }
  {
    const Stage stage("verifying the firmware bit for bit");
    VerifyOptions verify;
    verify.random_events = options.verify_events;
    verify.engines = {"torch", "netlist", "verilator"};
    verify.recorded = out / "recorded.npz";
    write_recorded(results.compiled.graph, events, options.verify_events, verify.recorded);
    results.verified = verify_firmware(firmware, verify, {graph_engine("torch", run_torch)});
  }
  {
    const Stage stage("one module in Yosys");
    results.module = module_to_synthesise(results.compiled.lowered.netlist);
    results.synthesis = synthesize(firmware, results.module);
  }
  write_demo_report(results, out);
  fmt::print(stderr, "demo: {}\n", (out / "report.html").string());
  return results.verified.equal();
}

}  // namespace trigstone
