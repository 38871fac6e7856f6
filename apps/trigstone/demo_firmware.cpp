#include "demo_firmware.h"

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "base/npy.h"
#include "demo_stage.h"
#include "fabric/map.h"
#include "graph/read_model.h"
#include "learn/run_torch.h"
#include "learn/token_set.h"
#include "report/plan_items.h"
#include "verify/run_model.h"

namespace trigstone {

namespace {

namespace fs = std::filesystem;

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

// The smallest of the layers with weights: Yosys needs seconds for it.
std::string module_to_synthesise(const Netlist& netlist) {
  const Module* best = nullptr;
  for (const Module& module : netlist.modules) {
    if (&module == &netlist.modules.back() || module.cells.size() < 300) continue;
    if (best == nullptr || module.cells.size() < best->cells.size()) best = &module;
  }
  return best == nullptr ? netlist.top().name : best->name;
}

// The first head is verified in full; the others, which share its backbone's architecture, on a
// tenth of the events and without the minutes of a Verilator build.
DemoFirmware make_firmware(const DemoOptions& options, const DemoLearning& learning, size_t index) {
  const DemoHead& head = learning.heads[index];
  const std::string name = task_name(head.task);
  DemoFirmware made;
  made.task = head.task;
  made.folder = options.output / (index == 0 ? "fw" : "fw_" + name);
  {
    const Stage stage("compiling the " + name + " head to Verilog");
    made.compiled = compile_graph(read_model(head.quantised.folder / "model.onnx"));
    made.firmware = write_firmware_folder(made.compiled, made.folder);
  }
  const Stage stage("verifying the " + name + " head's firmware bit for bit");
  const bool full = index == 0;
  VerifyOptions verify;
  verify.random_events =
      full ? options.verify_events : std::max<int64_t>(options.verify_events / 10, 10);
  verify.engines = {"torch", "netlist"};
  if (full) verify.engines.emplace_back("verilator");
  verify.recorded = options.output / ("recorded_" + name + ".npz");
  write_recorded(made.compiled.graph, learning.events, verify.random_events, verify.recorded);
  made.verified = verify_firmware(made.folder, verify, {graph_engine("torch", run_torch)});
  return made;
}

void map_on_boards(const DemoOptions& options, DemoHardware& hardware) {
  const DemoFirmware& head = hardware.heads.front();
  const fs::path file = options.configs / "fabric_vu13p.toml", folder = options.output / "plan";
  PendingFolder pending(folder);
  MappedModel mapped = map_firmware(head.compiled.lowered.netlist, head.firmware, read_fabric(file),
                                    head.folder.string());
  mapped.plan.inputs[(head.folder / "firmware.json").string()] =
      sha256_hex(read_file(head.folder / "firmware.json"));
  mapped.plan.inputs[file.string()] = sha256_hex(read_file(file));
  write_plan(mapped, head.folder, pending.path());
  const std::string command =
      "trigstone map demo/fw --fabric configs/fabric_vu13p.toml -o demo/plan";
  write_file(pending.path() / "results.json", plan_results(mapped.plan, command).dump(1) + "\n");
  pending.commit();
  hardware.plan = mapped.plan;
}

}  // namespace

bool DemoHardware::equal() const {
  return simulated.equal() && std::all_of(heads.begin(), heads.end(), [](const DemoFirmware& head) {
           return head.verified.equal();
         });
}

DemoHardware run_demo_hardware(const DemoOptions& options, const DemoLearning& learning) {
  DemoHardware hardware;
  for (size_t i = 0; i < learning.heads.size(); ++i) {
    hardware.heads.push_back(make_firmware(options, learning, i));
  }
  {
    const Stage stage("one module in Yosys");
    const DemoFirmware& first = hardware.heads.front();
    hardware.module = module_to_synthesise(first.compiled.lowered.netlist);
    hardware.synthesis = synthesize(first.folder, hardware.module);
  }
  const Stage stage("boards and links, planned and simulated");
  map_on_boards(options, hardware);
  const LoadedPlan plan = load_plan(options.output / "plan");
  const fs::path recorded = options.output / "recorded_accept.npz";
  ArrayEvents events =
      events_from_arrays(plan.graph, read_arrays(recorded), false, recorded.string());
  events.events.resize(std::min<size_t>(events.events.size(), 60));
  hardware.simulated = simulate(plan, "recorded crossings", events.events, 1);
  return hardware;
}

}  // namespace trigstone
