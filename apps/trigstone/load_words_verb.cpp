// trigstone load-words: another model's weights as words for the load port of a firmware.
#include <fmt/core.h>

#include <memory>

#include "base/files.h"
#include "base/json.h"
#include "lower/load_words.h"
#include "verbs.h"
#include "verify/reload.h"

namespace trigstone {

namespace {

struct LoadWordsFlags {
  std::string firmware, model, output;
};

int run_load_words(const LoadWordsFlags& flags, bool json) {
  const LoadedModel firmware = load_model(flags.firmware);
  const Reload reloaded = reload(firmware, flags.model);
  const LoadWidths& load = firmware.firmware->load;
  write_file(flags.output, load_text(*firmware.firmware, reloaded.words));
  if (json) {
    fmt::print("{}\n", OrderedJson{{"file", flags.output},
                                   {"words", reloaded.words.size()},
                                   {"address_bits", load.address_bits},
                                   {"data_bits", load.data_bits}}
                           .dump());
  } else {
    fmt::print("{} words of {} bits at {}-bit addresses: as many clocks with load_enable high\n",
               reloaded.words.size(), load.data_bits, load.address_bits);
    fmt::print("written to {}\n", flags.output);
  }
  return 0;
}

}  // namespace

void add_load_words_verb(CLI::App& app, Command& command) {
  auto flags = std::make_shared<LoadWordsFlags>();
  CLI::App* verb =
      app.add_subcommand("load-words", "a model's weights for memories of running firmware");
  verb->add_option("FW", flags->firmware, "firmware folder compiled with --strategy stream")
      ->required();
  verb->add_option("MODEL", flags->model,
                   "ONNX, graph text or firmware folder that differs from FW's model in nothing "
                   "but numbers that stand in memories")
      ->required();
  verb->add_option("-o,--output", flags->output, "text that $readmemh reads: @address data")
      ->required();
  verb->add_flag("--json", command.json, "one JSON object on stdout");
  verb->footer(
      "`trigstone verify FW --weights MODEL` proves the same words by simulation.\n"
      "Example: trigstone compile model.onnx --strategy stream -o fws && "
      "trigstone load-words fws retrained.onnx -o words.hex");
  verb->callback([flags, &command] {
    command.run = [flags, &command] { return run_load_words(*flags, command.json); };
  });
}

}  // namespace trigstone
