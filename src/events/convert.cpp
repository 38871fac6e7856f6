#include "events/convert.h"

#include <memory>

#include "base/progress.h"
#include "events/event_file.h"
#include "events/generate.h"
#include "events/hepmc.h"

namespace trigstone {

namespace {

constexpr size_t kBatch = 256;

EventFileInfo describe(const HepMcReader& reader, const ConvertOptions& options,
                       const Collisions* minimum_bias) {
  EventFileInfo info;
  info.generator = reader.generator();
  info.tune = "as generated";
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

}  // namespace

ConvertReport convert_events(const std::filesystem::path& input,
                             const std::filesystem::path& output, const ConvertOptions& options) {
  if (!(options.crossing.pileup_mean >= 0 && options.crossing.pileup_mean <= 1000)) {
    throw Error("trigstone events convert", "--pileup is not between 0 and 1000",
                "the HL-LHC has up to 200");
  }
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
    report.tokens += static_cast<int64_t>(batch.back().tokens.size());
    ++report.events;
    if (batch.size() == kBatch) {
      writer.append(batch);
      batch.clear();
    }
    progress.update(report.events);
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
