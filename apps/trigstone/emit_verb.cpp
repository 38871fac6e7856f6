// trigstone emit: further outputs of a firmware folder.
#include <fmt/core.h>

#include <memory>

#include "base/error.h"
#include "base/files.h"
#include "emit/cpp.h"
#include "emit/verilog.h"
#include "emit/vhdl.h"
#include "graph/onnx_writer.h"
#include "verbs.h"
#include "verify/run_model.h"

namespace trigstone {

namespace {

namespace fs = std::filesystem;

struct EmitFlags {
  std::string firmware, target, out;
  bool cmssw = false;
};

using Files = std::map<std::string, std::string>;  // path inside the folder → text

Files emit_target(const LoadedModel& model, const EmitFlags& flags) {
  if (flags.target == "cpp") {
    const std::string name = model.firmware ? model.firmware->top : model.graph.name;
    const CppSource source = emit_cpp(model.graph, {name, flags.cmssw});
    return {{source.name + ".h", source.header}, {source.name + ".cpp", source.source}};
  }
  if (flags.target == "qonnx") return {{"model.onnx", onnx_bytes(model.graph)}};
  if (!model.firmware) {
    throw Error(flags.firmware, "is no firmware folder", "compile the model first");
  }
  const Netlist netlist = load_netlist(model);
  return flags.target == "vhdl" ? emit_vhdl(netlist, *model.firmware)
                                : emit_verilog(netlist, *model.firmware);
}

int run_emit(const EmitFlags& flags, bool json) {
  if (flags.cmssw && flags.target != "cpp") {
    throw Error("--cmssw", "is a shape of --target cpp alone", "drop it");
  }
  const LoadedModel model = load_model(flags.firmware);
  if (flags.out.empty() && !model.firmware) {
    throw Error("trigstone emit", "a model file has no folder to write into", "give -o DIR");
  }
  const fs::path folder =
      flags.out.empty() ? fs::path(flags.firmware) / flags.target : fs::path(flags.out);
  PendingFolder pending(folder);
  OrderedJson written = OrderedJson::array();
  for (const auto& [path, text] : emit_target(model, flags)) {
    write_file(pending.path() / path, text);
    written.push_back((folder / path).string());
  }
  pending.commit();
  if (json) {
    fmt::print("{}\n", OrderedJson{{"target", flags.target}, {"files", written}}.dump());
  } else {
    for (const auto& path : written) fmt::print("{}\n", path.get<std::string>());
  }
  return 0;
}

}  // namespace

void add_emit_verb(CLI::App& app, Command& command) {
  auto flags = std::make_shared<EmitFlags>();
  CLI::App* verb = app.add_subcommand("emit", "write a firmware folder in another language");
  verb->add_option("FW", flags->firmware, "firmware folder; for cpp and qonnx a model file, too")
      ->required();
  verb->add_option("--target", flags->target, "cpp (software emulator), verilog, vhdl or qonnx")
      ->required()
      ->check(CLI::IsMember({"cpp", "verilog", "vhdl", "qonnx"}));
  verb->add_flag("--cmssw", flags->cmssw, "cpp: with create_model() for CMS's loader");
  verb->add_option("-o,--out", flags->out, "folder (FW/TARGET)");
  verb->add_flag("--json", command.json, "one JSON object on stdout");
  verb->footer(
      "Example: trigstone emit fw --target vhdl\n"
      "Example: trigstone emit fw --target cpp --cmssw -o emulator");
  verb->callback([flags, &command] {
    command.run = [flags, &command] { return run_emit(*flags, command.json); };
  });
}

}  // namespace trigstone
