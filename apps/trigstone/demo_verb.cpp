// trigstone demo: collisions → pre-train → fine-tune → compress → compile → verify → report.
#include <fmt/core.h>

#include <memory>

#include "demo.h"
#include "verbs.h"

namespace trigstone {

void add_demo_verb(CLI::App& app, Command& command) {
  auto options = std::make_shared<DemoOptions>();
  options->sample = TRIGSTONE_DATA_DIR;
  options->configs = TRIGSTONE_CONFIG_DIR;
  CLI::App* verb =
      app.add_subcommand("demo", "the whole chain at small scale; ends with DIR/report.html");
  verb->add_option("-o,--output", options->output, "folder; finished stages found in it are kept")
      ->required();
  verb->add_option("--sample", options->sample, "folder of the collision sample")
      ->capture_default_str();
  verb->add_option("--configs", options->configs, "folder with *_nano.toml")->capture_default_str();
  verb->add_option("--events", options->events, "crossings to simulate")
      ->check(CLI::Range(int64_t{200}, int64_t{10000000}))
      ->capture_default_str();
  verb->add_option("--verify-events", options->verify_events,
                   "random events, and as many recorded ones")
      ->check(CLI::Range(int64_t{10}, int64_t{1000000}))
      ->capture_default_str();
  verb->footer("Example: trigstone demo -o demo");
  verb->callback(
      [options, &command] { command.run = [options] { return run_demo(*options) ? 0 : 2; }; });
}

}  // namespace trigstone
