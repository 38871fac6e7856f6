#include "events/generate.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>

#include "base/progress.h"
#include "base/threads.h"
#include "events/event_file.h"

namespace trigstone {

namespace {

// Numbers of the CMS Phase-2 menu tools' rate normalisation (menu_tools/utils/constants.py).
constexpr double kCollidingBunches = 2760, kRevolutionHz = 11246;
constexpr int64_t kBatch = 512, kBlock = 8;

using Libraries = std::map<Process, std::unique_ptr<Collisions>>;

void check(const GenerateOptions& options) {
  const std::string where = "trigstone events generate";
  if (options.processes.empty()) throw Error(where, "no process", "give --process");
  if (options.events < 1) throw Error(where, "--events is below 1", "ask for at least one event");
  if (options.first_event < 0)
    throw Error(where, "--first-event is negative", "start at 0 or later");
  const double mean = options.crossing.pileup_mean;
  if (!(mean >= 0 && mean <= 1000)) {
    throw Error(where, "--pileup is not between 0 and 1000", "the HL-LHC has up to 200");
  }
  for (const Process process : options.processes) {
    if (process == Process::kImported) {
      throw Error(where, "process 'imported' has no library", "see `trigstone events convert`");
    }
  }
}

Libraries load_libraries(const GenerateOptions& options) {
  std::vector<Process> wanted = options.processes;
  if (options.crossing.pileup_mean > 0) wanted.push_back(Process::kMinimumBias);
  Libraries libraries;
  for (const Process process : wanted) {
    auto& library = libraries[process];
    if (library) continue;
    const auto path = options.sample / fmt::format("{}.h5", process_name(process));
    library = std::make_unique<Collisions>(path);
    if (library->process() != process) {
      throw Error(path.string(),
                  fmt::format("holds process '{}'", process_name(library->process())),
                  "the file name does not match its content");
    }
  }
  return libraries;
}

EventFileInfo describe(const GenerateOptions& options, const Libraries& libraries) {
  EventFileInfo info;
  info.generator = libraries.begin()->second->generator();
  info.tune = libraries.begin()->second->tune();
  info.detector = describe_detector(options.detector);
  info.seed = static_cast<int64_t>(options.crossing.seed);
  info.pileup_mean = options.crossing.pileup_mean;
  for (const auto& [process, library] : libraries) info.library += library->fingerprint() + "\n";
  if (info.pileup_mean > 0) {
    info.luminosity_hz_per_pb = luminosity_hz_per_pb(
        info.pileup_mean, libraries.at(Process::kMinimumBias)->cross_section_pb());
  }
  return info;
}

// Number of events among [first, first + count) whose process is in slot `slot` of `slots`.
int64_t events_in_slot(int64_t first, int64_t count, int64_t slot, int64_t slots) {
  const auto below = [&](int64_t end) { return (end - slot + slots - 1) / slots; };
  return below(first + count) - below(first);
}

class Generator {
 public:
  Generator(const GenerateOptions& options, const Libraries& libraries)
      : options_(options), libraries_(libraries) {
    const auto found = libraries.find(Process::kMinimumBias);
    minimum_bias_ = found == libraries.end() ? nullptr : found->second.get();
  }

  CrossingMaker maker() const { return {options_.detector, options_.crossing, minimum_bias_}; }

  Event make(CrossingMaker& crossings, int64_t id) const {
    const auto slots = static_cast<int64_t>(options_.processes.size());
    const Process process = options_.processes[static_cast<size_t>(id % slots)];
    const int64_t made = events_in_slot(options_.first_event, options_.events, id % slots, slots);
    const Collisions& library = *libraries_.at(process);
    if (process == Process::kMinimumBias) {
      Event event = crossings.minimum_bias(id);
      const double collisions = std::max(1.0, options_.crossing.pileup_mean);
      event.weight =
          static_cast<float>(library.cross_section_pb() / collisions / static_cast<double>(made));
      return event;
    }
    Event event = crossings.signal(id, library, id / slots % library.size());
    event.weight *=
        static_cast<float>(static_cast<double>(library.size()) / static_cast<double>(made));
    return event;
  }

  int64_t hard_reuse() const {
    const auto slots = static_cast<int64_t>(options_.processes.size());
    int64_t most = 0;
    for (int64_t slot = 0; slot < slots; ++slot) {
      const Process process = options_.processes[static_cast<size_t>(slot)];
      if (process == Process::kMinimumBias) continue;
      const int64_t size = libraries_.at(process)->size();
      const int64_t made = events_in_slot(options_.first_event, options_.events, slot, slots);
      most = std::max(most, (made + size - 1) / size);
    }
    return most;
  }

 private:
  const GenerateOptions& options_;
  const Libraries& libraries_;
  const Collisions* minimum_bias_;
};

}  // namespace

double luminosity_hz_per_pb(double pileup_mean, double inelastic_pb) {
  return pileup_mean * kCollidingBunches * kRevolutionHz / inelastic_pb;
}

GenerateReport generate_events(const GenerateOptions& options, const std::filesystem::path& path) {
  check(options);
  const Libraries libraries = load_libraries(options);
  const Generator generator(options, libraries);
  EventWriter writer(path, describe(options, libraries));
  GenerateReport report;
  report.hard_reuse = generator.hard_reuse();
  std::mutex report_mutex;
  Progress progress("generate", options.events, "events");
  for (int64_t done = 0; done < options.events; done += kBatch) {
    std::vector<Event> batch(static_cast<size_t>(std::min(kBatch, options.events - done)));
    const auto size = static_cast<int64_t>(batch.size());
    parallel_blocks(size, kBlock, options.threads, [&](int64_t begin, int64_t end) {
      CrossingMaker crossings = generator.maker();
      for (int64_t i = begin; i < end; ++i) {
        batch[static_cast<size_t>(i)] = generator.make(crossings, options.first_event + done + i);
      }
      const std::lock_guard lock(report_mutex);
      report.bad_particles += crossings.bad_particles();
    });
    writer.append(batch);
    for (const Event& event : batch) report.tokens += static_cast<int64_t>(event.tokens.size());
    progress.update(done + size);
  }
  writer.commit();
  report.events = options.events;
  return report;
}

}  // namespace trigstone
