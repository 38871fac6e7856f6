#include "events/convert.h"

#include <fstream>
#include <memory>

#include "base/progress.h"
#include "events/array_file.h"
#include "events/event_file.h"
#include "events/event_shards.h"
#include "events/generate.h"
#include "events/hepmc.h"

namespace trigstone {

namespace {

constexpr size_t kBatch = 256;
constexpr const char* kSourceUnit = "as in source file";  // of weights: files do not name theirs

EventFileInfo describe(const HepMcReader& reader, const ConvertOptions& options,
                       const Collisions* minimum_bias) {
  EventFileInfo info;
  info.generator = reader.generator();
  info.tune = "as generated";
  info.weight_unit = kSourceUnit;
  info.detector = describe_detector(options.detector);
  info.seed = static_cast<int64_t>(options.crossing.seed);
  info.pileup_mean = options.crossing.pileup_mean;
  if (minimum_bias != nullptr) {
    info.library = minimum_bias->fingerprint() + "\n";
    info.luminosity_hz_per_pb =
        luminosity_hz_per_pb(info.pileup_mean, minimum_bias->cross_section_pb());
  }
  return info;
}

// Copies what is tokens already; `Source` has size(), read().
template <typename Source>
ConvertReport copy_events(Source& source, const char* format, const EventFileInfo& info,
                          const std::filesystem::path& output, std::optional<Process> process) {
  EventWriter writer(output, info);
  ConvertReport report;
  report.format = format;
  Progress progress("convert", source.size(), "events");
  for (; report.events < source.size(); progress.update(report.events)) {
    const int64_t end = std::min(source.size(), report.events + static_cast<int64_t>(kBatch));
    std::vector<Event> events = source.read(report.events, end);
    if (process) {
      for (Event& event : events) event.process = *process;
    }
    writer.append(events);
    for (const Event& event : events) report.tokens += std::ssize(event.tokens);
    report.events = end;
  }
  writer.commit();
  return report;
}

// Whether the input holds tokens or objects; a text of collisions may end in .txt like a list.
bool is_detected(const std::filesystem::path& path) {
  std::string start(512, '\0');
  std::ifstream(path, std::ios::binary).read(start.data(), std::ssize(start));
  if (start.starts_with("\x89HDF\r\n\x1a\n")) return true;
  return is_shard_list(path) && start.find("HepMC::") == std::string::npos;
}

ConvertReport convert_detected(const std::filesystem::path& input,
                               const std::filesystem::path& output, const ConvertOptions& options) {
  if (options.crossing.pileup_mean > 0) {
    throw Error(input.string(), "holds what a detector has seen; --pileup comes before that",
                "leave --pileup out, or convert generated collisions (HepMC)");
  }
  std::error_code failed;
  if (std::filesystem::equivalent(input, output, failed)) {
    throw Error(output.string(), "is the input too", "name another output");
  }
  const auto ours = [&] {
    const Hdf5Reader file(input);
    return file.has_attribute("schema") && file.text("schema").starts_with(kEventsSchema);
  };
  if (is_shard_list(input) || ours()) {
    EventShards shards(input);
    return copy_events(shards, "trigstone.events", shards.info(), output, options.process);
  }
  ArrayFile file(input);
  if (file.size() == 0) throw Error(input.string(), "holds no event", "nothing to convert");
  EventFileInfo info;
  info.generator = info.tune = "as in source file";
  info.has_muons = false;
  info.detector = fmt::format("as in source file ({})", file.format());
  info.library = input.filename().string() + "\n";
  info.weight_unit = kSourceUnit;
  const std::optional<Process> process = options.process ? options.process : file.process();
  ConvertReport report = copy_events(file, file.format(), info, output, process);
  report.problems = file.problems();
  if (!report.problems.empty()) report.first_problem = report.problems.begin()->first;
  return report;
}

}  // namespace

ConvertReport convert_events(const std::filesystem::path& input,
                             const std::filesystem::path& output, const ConvertOptions& options) {
  if (!(options.crossing.pileup_mean >= 0 && options.crossing.pileup_mean <= 1000)) {
    throw Error("trigstone events convert", "--pileup is not between 0 and 1000",
                "the HL-LHC has up to 200");
  }
  if (is_detected(input)) return convert_detected(input, output, options);
  HepMcReader reader(input);
  std::optional<ImportedCollision> collision = reader.next();
  if (!collision) {
    throw Error(input.string(), "holds no good event",
                reader.first_problem().empty() ? "the listing is empty" : reader.first_problem());
  }
  std::unique_ptr<Collisions> minimum_bias;
  if (options.crossing.pileup_mean > 0) {
    minimum_bias = std::make_unique<Collisions>(options.sample / "minbias.h5");
  }
  CrossingMaker crossings(options.detector, options.crossing, minimum_bias.get());
  EventWriter writer(output, describe(reader, options, minimum_bias.get()));
  ConvertReport report;
  std::vector<Event> batch;
  Progress progress("convert", 0, "events");
  for (; collision; collision = reader.next()) {
    batch.push_back(crossings.imported(report.events, collision->view(),
                                       static_cast<float>(collision->weight)));
    batch.back().process = options.process.value_or(collision->process);
    report.tokens += static_cast<int64_t>(batch.back().tokens.size());
    ++report.events;
    if (batch.size() == kBatch) {
      writer.append(batch);
      batch.clear();
    }
    progress.update(report.events);
  }
  report.cut_off = reader.cut_off();
  if (!report.cut_off.empty() && !options.keep_complete) {
    throw Error(report.cut_off,
                fmt::format("the file breaks off in this event, after {} good ones", report.events),
                "copy or make it again, or keep the whole events with --keep-complete");
  }
  writer.append(batch);
  writer.commit();
  report.format = reader.format();
  report.problems = reader.problems();
  if (crossings.bad_particles() > 0) {
    report.problems["particle is not finite, left out"] += crossings.bad_particles();
  }
  report.first_problem = reader.first_problem();
  return report;
}

}  // namespace trigstone
