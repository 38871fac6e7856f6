// trigstone VERB …: reads the flags, runs one verb, turns failures into one line and a status.
//   0 done · 1 the user's input is wrong · 2 a check found a difference · 3 our bug
#include <fmt/core.h>

#include <cstdio>

#include "base/error.h"
#include "base/progress.h"
#include "base/version.h"
#include "verbs.h"

namespace {

constexpr int kWrongInput = 1, kOurBug = 3;

void add_verbs(CLI::App& app, trigstone::Command& command) {
#ifdef TRIGSTONE_WITH_TORCH
  trigstone::add_demo_verb(app, command);
#endif
  trigstone::add_events_verb(app, command);
#ifdef TRIGSTONE_WITH_TORCH
  trigstone::add_learn_verbs(app, command);
#endif
  trigstone::add_compile_verb(app, command);
  trigstone::add_estimate_verb(app, command);
  trigstone::add_emit_verb(app, command);
  trigstone::add_load_words_verb(app, command);
  trigstone::add_run_verb(app, command);
  trigstone::add_verify_verb(app, command);
  trigstone::add_synth_verb(app, command);
  trigstone::add_map_verb(app, command);
  trigstone::add_simulate_verb(app, command);
  trigstone::add_trigger_verb(app, command);
  trigstone::add_report_verb(app, command);
  trigstone::add_bench_verb(app, command);
}

// Help and version are no errors; everything else is a wrong flag: one line, where and what.
int report_parse_error(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) return app.exit(error);
  std::string verb = "trigstone";
  for (const CLI::App* sub = &app; !sub->get_subcommands().empty();) {
    sub = sub->get_subcommands().front();
    verb += " " + sub->get_name();
  }
  const trigstone::Error shown(verb, error.what(), "see `" + verb + " --help`");
  fmt::print(stderr, "{}\n", shown.what());
  return kWrongInput;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "Trigstone: a foundation model in the Level-1 trigger, from collisions to firmware.\n"
      "Example: trigstone compile model.onnx -o fw && trigstone verify fw",
      "trigstone"};
  app.set_version_flag("--version", std::string("trigstone ") + trigstone::kVersion);
  app.require_subcommand(1);
  trigstone::Command command;
  add_verbs(app, command);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return report_parse_error(app, error);
  }
  trigstone::install_interrupt_handler();
  try {
    return command.run();
  } catch (const trigstone::Error& error) {
    fmt::print(stderr, "{}\n", error.what());
    return kWrongInput;
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "trigstone: error: out of memory — use a smaller model or fewer events\n");
    return kWrongInput;
  } catch (const std::exception& error) {
    fmt::print(stderr, "trigstone: internal error: {}\n  this is our bug; please report it\n",
               error.what());
    return kOurBug;
  }
}
