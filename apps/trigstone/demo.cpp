#include "demo.h"

#include "demo_firmware.h"
#include "demo_learning.h"
#include "demo_report.h"
#include "demo_trigger.h"
#include "events/event_file.h"
#include "events/generate.h"

namespace trigstone {

namespace {

namespace fs = std::filesystem;

// A VBF Higgs crossing whose tracks have times, for the picture: the first whose hard collision
// left two photons in the tracker's range.
Event picture_event(const DemoOptions& options) {
  const fs::path file = options.output / "picture.h5";
  if (!fs::exists(file)) {
    GenerateOptions generate;
    generate.processes = {Process::kVbfHiggsToPhotons};
    generate.events = 20;
    generate.sample = options.sample;
    generate.detector.timing = true;
    generate_events(generate, file);
  }
  const EventReader reader(file);
  const std::vector<Event> events = reader.read(0, reader.size());
  for (const Event& event : events) {
    int photons = 0;
    for (const Token& token : event.tokens) {
      photons += token.token_kind() == TokenKind::kPhoton && token.is_pileup == 0 &&
                 token.pt_gev > 25 && std::abs(token.eta) < 2.4F;
    }
    if (photons >= 2) return event;
  }
  return events.front();
}

}  // namespace

bool run_demo(const DemoOptions& options) {
  fs::create_directories(options.output);
  DemoResults results;
  results.picture = picture_event(options);
  results.learning = run_demo_learning(options);
  results.hardware = run_demo_hardware(options, results.learning);
  results.trigger = run_demo_trigger(options, results.hardware.heads.front());
  write_demo_report(results, options.output);
  fmt::print(stderr, "demo: {}\n", (options.output / "report.html").string());
  return results.hardware.equal();
}

}  // namespace trigstone
