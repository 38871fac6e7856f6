#include "events/hepmc.h"

#include <HepMC3/GenEvent.h>
#include <HepMC3/GenParticle.h>
#include <HepMC3/GenVertex.h>
#include <HepMC3/ReaderAscii.h>
#include <HepMC3/ReaderAsciiHepMC2.h>
#include <HepMC3/Setup.h>

#include <cmath>
#include <limits>
#include <sstream>

#include "base/error.h"
#include "events/hepmc_check.h"

namespace trigstone {

namespace {

constexpr double kEtaMax = 5.5;  // a displaced vertex may bring it into the detector
constexpr size_t kMaxBlockBytes = size_t{1} << 28;
constexpr int kStable = 1;
// The library is given a sound frame around every event.
constexpr const char* kEnd3 = "HepMC::Asciiv3-END_EVENT_LISTING\n";
constexpr const char* kEnd2 = "HepMC::IO_GenEvent-END_EVENT_LISTING\n";
const std::string kHeader3 = "HepMC::Version 3.02.05\nHepMC::Asciiv3-START_EVENT_LISTING\n";
const std::string kHeader2 = "HepMC::Version 2.06.09\nHepMC::IO_GenEvent-START_EVENT_LISTING\n";

bool starts_with(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

std::string next_filled_line(std::ifstream& stream, int64_t& line_number) {
  std::string line;
  while (std::getline(stream, line)) {
    ++line_number;
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (!line.empty()) return line;
  }
  return "";
}

Particle to_particle(const HepMC3::GenParticle& source, const HepMC3::FourVector& collision) {
  const HepMC3::FourVector& momentum = source.momentum();
  Particle particle;
  particle.pt_gev = static_cast<float>(momentum.perp());
  particle.eta = static_cast<float>(momentum.eta());
  particle.phi = static_cast<float>(momentum.phi());
  const int pdg = source.pid();
  particle.pdg =
      std::abs(pdg) <= std::numeric_limits<int16_t>::max() ? static_cast<int16_t>(pdg) : 0;
  particle.charge = static_cast<int8_t>(charge_times_three(pdg) / 3);
  particle.particle_class = classify_particle(pdg);
  if (particle.charge != 0 && source.production_vertex() != nullptr) {
    const HepMC3::FourVector at = source.production_vertex()->position() - collision;  // mm
    const double along_mm = (at.x() * momentum.x() + at.y() * momentum.y()) / momentum.perp();
    particle.dxy_cm =
        static_cast<float>(0.1 * (at.x() * momentum.y() - at.y() * momentum.x()) / momentum.perp());
    particle.dz_cm = static_cast<float>(0.1 * (at.z() - along_mm * momentum.z() / momentum.perp()));
  }
  return particle;
}

bool is_finite(const HepMC3::FourVector& v) {
  return std::isfinite(v.x()) && std::isfinite(v.y()) && std::isfinite(v.z()) &&
         std::isfinite(v.t());
}

}  // namespace

HepMcReader::HepMcReader(const std::filesystem::path& path) : where_(path.string()) {
  HepMC3::Setup::set_print_errors(false);
  HepMC3::Setup::set_print_warnings(false);
  HepMC3::Setup::set_debug_level(0);
  std::error_code failed;
  if (std::filesystem::is_directory(path, failed)) {
    throw Error(where_, "is a folder, not a file", "name a file inside it");
  }
  stream_.open(path, std::ios::binary);
  if (!stream_) throw Error(where_, "cannot open", "check the path and its permissions");
  const std::string first = next_filled_line(stream_, line_);
  if (starts_with(first, "<LesHouchesEvents") || starts_with(first, "<?xml")) {
    throw Error(where_, "is a Les Houches file: partons without showers, nothing a detector sees",
                "shower it (Pythia reads LHE) and write HepMC");
  }
  const std::string second = next_filled_line(stream_, line_);
  if (starts_with(first, "HepMC::Version") && starts_with(second, "HepMC::Asciiv3-START")) {
    format_ = "HepMC3";
  } else if (starts_with(first, "HepMC::Version") &&
             starts_with(second, "HepMC::IO_GenEvent-START")) {
    format_ = "HepMC2";
  } else {
    throw Error(where_ + ":1", "is not HepMC 2 or HepMC 3 text",
                "the file starts with 'HepMC::Version' and a START_EVENT_LISTING line");
  }
}

// Everything from one E line to the next. Of the run information only the generator's name is kept:
// the particles need nothing of it.
std::optional<HepMcReader::Block> HepMcReader::next_block() {
  std::string line = std::move(pending_);
  pending_.clear();
  while (line.empty() || line[0] != 'E') {
    if (line.substr(0, 2) == "T " && generator_ == "unknown") generator_ = hepmc_tool_name(line);
    line = next_filled_line(stream_, line_);
    if (line.empty() || is_hepmc_end(line)) return {};
  }
  Block block{line + "\n", line_};
  while (block.text.size() < kMaxBlockBytes) {
    line = next_filled_line(stream_, line_);
    if (line.empty() || is_hepmc_end(line) || line[0] == 'E') {
      if (!line.empty() && line[0] == 'E') pending_ = line;
      return block;
    }
    block.text += line + "\n";
  }
  throw Error(fmt::format("{}:{}", where_, block.line), "one event is larger than 256 MB",
              "this is not a HepMC file");
}

void HepMcReader::add_problem(int64_t line, const std::string& what) {
  if (first_problem_.empty()) first_problem_ = fmt::format("{}:{}: {}", where_, line, what);
  ++problems_[what];
}

std::optional<ImportedCollision> HepMcReader::next() {
  while (const auto block = next_block()) {
    auto collision = parse(*block);
    if (!collision) continue;
    ++good_events_;
    return collision;
  }
  return {};
}

std::optional<ImportedCollision> HepMcReader::parse(const Block& block) {
  const bool third = format_ == "HepMC3";
  const HepMcProblem problem =
      third ? check_hepmc3_event(block.text) : check_hepmc2_event(block.text);
  if (!problem.what.empty()) {
    add_problem(block.line + problem.line, problem.what);
    return {};
  }
  std::istringstream text(third ? kHeader3 + block.text + kEnd3 : kHeader2 + block.text + kEnd2);
  HepMC3::GenEvent event(HepMC3::Units::GEV, HepMC3::Units::MM);
  bool read = false;
  try {
    read = third ? HepMC3::ReaderAscii(text).read_event(event)
                 : HepMC3::ReaderAsciiHepMC2(text).read_event(event);
  } catch (const std::exception&) {  // the library throws several kinds for inconsistent events
  }
  if (!read) {
    add_problem(block.line, "event cannot be read");
    return {};
  }
  event.set_units(HepMC3::Units::GEV, HepMC3::Units::MM);
  return collect(event, block.line);
}

ImportedCollision HepMcReader::collect(const HepMC3::GenEvent& event, int64_t line) {
  ImportedCollision collision;
  collision.number = event.event_number();
  if (!event.weights().empty()) collision.weight = event.weights().front();
  if (!std::isfinite(collision.weight)) {
    add_problem(line, "event weight is not finite, taken as 1");
    collision.weight = 1;
  }
  const HepMC3::FourVector& vertex = event.event_pos();
  for (const auto& source : event.particles()) {
    if (source->status() != kStable) continue;
    const HepMC3::FourVector& momentum = source->momentum();
    if (!is_finite(momentum)) {
      add_problem(line, "momentum is not finite, particle left out");
      continue;
    }
    if (is_neutrino(source->pid())) {
      collision.truth.missing_x_gev += static_cast<float>(momentum.x());
      collision.truth.missing_y_gev += static_cast<float>(momentum.y());
    } else if (momentum.perp() > 0 && std::fabs(momentum.eta()) < kEtaMax) {
      collision.particles.push_back(to_particle(*source, vertex));
    }
  }
  return collision;
}

}  // namespace trigstone
