#include "demo_trigger.h"

#include "base/threads.h"
#include "demo_stage.h"
#include "events/generate.h"
#include "learn/token_set.h"
#include "trigger/trigger.h"
#include "trigger_results.h"

namespace trigstone {

namespace {

namespace fs = std::filesystem;

// Ids above every training event's: minimum bias of its own. Signals repeat hard collisions, so
// only those of the test split count.
constexpr int64_t kFirstEvent = 1'000'000'000;

void make_crossings(const DemoOptions& options, const fs::path& file) {
  if (fs::exists(file)) return;
  GenerateOptions generate;
  generate.processes = {Process::kMinimumBias, Process::kTopPairs,
                        Process::kMinimumBias, Process::kVbfHiggsToPhotons,
                        Process::kMinimumBias, Process::kHiggsToBottoms};
  generate.first_event = kFirstEvent;
  generate.events = options.events;
  generate.sample = options.sample;
  generate.threads = hardware_threads();
  generate_events(generate, file);
}

bool unseen(const Event& event) {
  return event.process == Process::kMinimumBias ||
         split_of(static_cast<int16_t>(event.process), event.hard_id, event.id) == Split::kTest;
}

}  // namespace

Json run_demo_trigger(const DemoOptions& options, const DemoFirmware& accept) {
  const Stage stage("a trigger menu on crossings that no training saw");
  const fs::path events = options.output / "trigger.h5";
  make_crossings(options, events);
  const Menu menu = read_menu(options.configs / "menu_demo.toml", {{"accept", accept.folder}});
  TriggerOptions trigger;
  trigger.threads = hardware_threads();
  trigger.keep = unseen;
  const TriggerResult result = run_trigger(menu, events, trigger);
  const std::string command =
      "trigstone trigger configs/menu_demo.toml demo/trigger.h5 -o demo/trigger "
      "--head accept=demo/fw";
  write_trigger_folder(result, options.output / "trigger", command);
  return trigger_section(result, command);
}

}  // namespace trigstone
