#include "events/generate.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "base/progress.h"
#include "base/threads.h"
#include "events/event_file.h"
#include "events/toy.h"

namespace trigstone {

namespace {

// Numbers of the CMS Phase-2 menu tools' rate normalisation (menu_tools/utils/constants.py).
constexpr double kCollidingBunches = 2760, kRevolutionHz = 11246;
constexpr int64_t kBatch = 512, kBlock = 8;
constexpr int64_t kToyLibrary = 2000;               // soft collisions to draw pile-up from
constexpr uint64_t kToyStream = uint64_t{3} << 61;  // far from the streams of events
constexpr const char* kWhere = "trigstone events generate";

using Libraries = std::map<Process, std::unique_ptr<Collisions>>;

void check(const GenerateOptions& options) {
  const std::string where = kWhere;
  if (options.processes.empty()) throw Error(where, "no process", "give --process");
  if (options.events < 1) throw Error(where, "--events is below 1", "ask for at least one event");
  if (options.first_event < 0)
    throw Error(where, "--first-event is negative", "start at 0 or later");
  if (options.shards < 1 || options.shard < 0 || options.shard >= options.shards) {
    throw Error(where, fmt::format("there is no shard {} of {}", options.shard, options.shards),
                "--shard K/N counts from 0/N to (N-1)/N");
  }
  const double mean = options.crossing.pileup_mean;
  if (!(mean >= 0 && mean <= 1000)) {
    throw Error(where, "--pileup is not between 0 and 1000", "the HL-LHC has up to 200");
  }
  if (options.resimulate < 1 || options.resimulate > 1'000'000) {
    throw Error(where, "--resimulate is not between 1 and 1000000",
                "it is the number of events for each hard collision");
  }
  for (const Process process : options.processes) {
    if (process == Process::kImported) {
      throw Error(where, "process 'imported' has no library", "see `trigstone events convert`");
    }
    if (process == Process::kMinimumBias && options.resimulate > 1) {
      throw Error(where, "--resimulate with process 'minbias', which has no hard collision to keep",
                  "generate minimum bias in a file of its own");
    }
  }
}

bool is_toy_alone(const GenerateOptions& options) {
  return std::all_of(options.processes.begin(), options.processes.end(),
                     [](Process process) { return process == Process::kToy; });
}

Libraries load_libraries(const GenerateOptions& options) {
  std::vector<Process> wanted = options.processes;
  if (options.crossing.pileup_mean > 0) wanted.push_back(Process::kMinimumBias);
  Libraries libraries;
  for (const Process process : wanted) {
    if (process == Process::kToy) continue;
    auto& library = libraries[process];
    if (library) continue;
    if (is_toy_alone(options)) {
      library = std::make_unique<Collisions>(
          toy_pileup_library({}, kToyLibrary, options.crossing.seed ^ kToyStream));
      continue;
    }
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
  const bool toy = is_toy_alone(options);
  info.generator = toy ? "toy of trigstone" : libraries.begin()->second->generator();
  info.tune = toy ? "none" : libraries.begin()->second->tune();
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

// Number of ids in [first, first + count) whose process is in slot `slot` of `slots`, when each
// slot lasts for `repeat` ids.
int64_t events_in_slot(int64_t first, int64_t count, int64_t slot, int64_t slots, int64_t repeat) {
  const auto below = [&](int64_t end) {
    const int64_t turn = slots * repeat;
    return end / turn * repeat + std::clamp<int64_t>(end % turn - slot * repeat, 0, repeat);
  };
  return below(first + count) - below(first);
}

// Events before those of a shard.
int64_t part_begin(const GenerateOptions& options, int64_t shard) {
  return options.events / options.shards * shard + std::min(options.events % options.shards, shard);
}

class Generator {
 public:
  Generator(const GenerateOptions& options, const Libraries& libraries)
      : options_(options), libraries_(libraries) {
    const auto found = libraries.find(Process::kMinimumBias);
    if (found == libraries.end()) return;
    minimum_bias_ = std::make_shared<const PreparedCollisions>(*found->second, options.detector);
  }

  std::unique_ptr<CrossingMaker> maker() const {
    return std::make_unique<CrossingMaker>(options_.detector, options_.crossing, minimum_bias_);
  }

  Event make(CrossingMaker& crossings, int64_t id) const {
    const auto slots = static_cast<int64_t>(options_.processes.size());
    const int64_t hard = id / options_.resimulate, slot = hard % slots;
    const Process process = options_.processes[static_cast<size_t>(slot)];
    const auto made = static_cast<double>(made_in_slot(slot));
    std::optional<uint64_t> orientation;
    if (options_.resimulate > 1) orientation = static_cast<uint64_t>(hard);
    if (process == Process::kToy) return make_toy(crossings, id, hard, orientation, made);
    const Collisions& library = *libraries_.at(process);
    if (process == Process::kMinimumBias) {
      Event event = crossings.minimum_bias(id);
      const double collisions = std::max(1.0, options_.crossing.pileup_mean);
      event.weight = static_cast<float>(library.cross_section_pb() / collisions / made);
      return event;
    }
    const int64_t view = id % options_.resimulate % library.views();
    Event event = crossings.signal(id, library, hard / slots % library.size(), orientation, view);
    event.weight *= static_cast<float>(static_cast<double>(library.size()) / made);
    return event;
  }

  // Largest number of times a hard collision is used beyond what --resimulate asks for.
  int64_t hard_reuse() const {
    const auto slots = static_cast<int64_t>(options_.processes.size());
    int64_t most = 0;
    for (int64_t slot = 0; slot < slots; ++slot) {
      const Process process = options_.processes[static_cast<size_t>(slot)];
      if (process == Process::kMinimumBias || process == Process::kToy) continue;
      const int64_t size = libraries_.at(process)->size() * options_.resimulate;
      most = std::max(most, (made_in_slot(slot) + size - 1) / size);
    }
    return most;
  }

 private:
  int64_t made_in_slot(int64_t slot) const {
    return events_in_slot(options_.first_event, options_.events, slot,
                          static_cast<int64_t>(options_.processes.size()), options_.resimulate);
  }

  Event make_toy(CrossingMaker& crossings, int64_t id, int64_t hard,
                 std::optional<uint64_t> orientation, double made) const {
    Random random(options_.crossing.seed, kToyStream + static_cast<uint64_t>(hard));
    const ToyCollision collision = toy_hard({}, random);
    return crossings.signal(id, collision.view(), Process::kToy, hard & INT32_MAX,
                            static_cast<float>(kToyHardPb / made), orientation);
  }

  const GenerateOptions& options_;
  const Libraries& libraries_;
  std::shared_ptr<const PreparedCollisions> minimum_bias_;
};

// Makers are expensive to build and keep nothing between events: threads take one and bring it
// back.
class MakerPool {
 public:
  explicit MakerPool(const Generator& generator) : generator_(generator) {}

  std::unique_ptr<CrossingMaker> take() {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) return generator_.maker();
    auto maker = std::move(idle_.back());
    idle_.pop_back();
    return maker;
  }
  void give_back(std::unique_ptr<CrossingMaker> maker) {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(maker));
  }
  int64_t bad_particles() const {
    int64_t sum = 0;
    for (const auto& maker : idle_) sum += maker->bad_particles();
    return sum;
  }

 private:
  const Generator& generator_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<CrossingMaker>> idle_;
};

}  // namespace

double luminosity_hz_per_pb(double pileup_mean, double inelastic_pb) {
  return pileup_mean * kCollidingBunches * kRevolutionHz / inelastic_pb;
}

std::filesystem::path shard_path(const std::filesystem::path& output, int64_t shard,
                                 int64_t shards) {
  const size_t width = std::to_string(shards - 1).size();
  return std::filesystem::path(output).replace_extension(
      fmt::format(".{:0{}}-of-{}{}", shard, width, shards, output.extension().string()));
}

std::filesystem::path shard_list_path(const std::filesystem::path& output) {
  return std::filesystem::path(output).replace_extension(".list");
}

GenerateReport generate_events(const GenerateOptions& options, const std::filesystem::path& path) {
  check(options);
  const Libraries libraries = load_libraries(options);
  const Generator generator(options, libraries);
  EventWriter writer(path, describe(options, libraries));
  GenerateReport report;
  report.hard_reuse = generator.hard_reuse();
  MakerPool makers(generator);
  const int64_t first = part_begin(options, options.shard);
  report.events = part_begin(options, options.shard + 1) - first;
  Progress progress("generate", report.events, "events");
  for (int64_t done = 0; done < report.events; done += kBatch) {
    std::vector<Event> batch(static_cast<size_t>(std::min(kBatch, report.events - done)));
    const auto size = static_cast<int64_t>(batch.size());
    parallel_blocks(size, kBlock, options.threads, [&](int64_t begin, int64_t end) {
      auto crossings = makers.take();
      for (int64_t i = begin; i < end; ++i) {
        batch[static_cast<size_t>(i)] =
            generator.make(*crossings, options.first_event + first + done + i);
      }
      makers.give_back(std::move(crossings));
    });
    writer.append(batch);
    for (const Event& event : batch) report.tokens += static_cast<int64_t>(event.tokens.size());
    progress.update(done + size);
  }
  writer.commit();
  report.bad_particles = makers.bad_particles();
  return report;
}

}  // namespace trigstone
