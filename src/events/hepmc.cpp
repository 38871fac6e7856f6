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
#include "events/hepmc_process.h"

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
    particle.path_cm = static_cast<float>(0.1 * along_mm);
  }
  return particle;
}

bool is_finite(const HepMC3::FourVector& v) {
  return std::isfinite(v.x()) && std::isfinite(v.y()) && std::isfinite(v.z()) &&
         std::isfinite(v.t());
}

}  // namespace

HepMcReader::HepMcReader(const std::filesystem::path& path) : where_(path.string()), lines_(path) {
  HepMC3::Setup::set_print_errors(false);
  HepMC3::Setup::set_print_warnings(false);
  HepMC3::Setup::set_debug_level(0);
  const std::string first = next_filled_line();
  if (starts_with(first, "<LesHouchesEvents") || starts_with(first, "<?xml")) {
    throw Error(where_, "is a Les Houches file: partons without showers, nothing a detector sees",
                "shower it (Pythia reads LHE) and write HepMC");
  }
  const std::string second = next_filled_line();
  if (starts_with(first, "HepMC::Version")) start_listing(second);
  if (format_.empty()) {
    throw Error(where_ + ":1", "is not HepMC 2 or HepMC 3 text",
                "the file starts with 'HepMC::Version' and a START_EVENT_LISTING line");
  }
}

// The next line that is not empty; an empty one at the end of the file.
std::string HepMcReader::next_filled_line() {
  std::string line;
  while (lines_.next(line)) {
    if (!line.empty()) return line;
  }
  return "";
}

// Lines between listings: files joined by `cat` have several, not all of one version.
void HepMcReader::start_listing(const std::string& line) {
  if (starts_with(line, "HepMC::Asciiv3-START")) format_ = "HepMC3";
  if (starts_with(line, "HepMC::IO_GenEvent-START")) format_ = "HepMC2";
  closed_ = line.find("END_EVENT_LISTING") != std::string::npos;
}

std::string HepMcReader::cut_off() const {
  const bool is_broken = broken_block_ > 0 && broken_block_ == last_block_;
  if (closed_ || (!is_broken && !lines_.is_cut_off())) return "";
  return fmt::format("{}:{}", where_, last_block_);
}

// Everything from one E line to the next. Of the run information only the generator's name is kept:
// the particles need nothing of it.
std::optional<HepMcReader::Block> HepMcReader::next_block() {
  std::string line = std::move(pending_);
  pending_.clear();
  while (line.empty() || line[0] != 'E') {
    if (line.substr(0, 2) == "T " && generator_ == "unknown") generator_ = hepmc_tool_name(line);
    if (is_hepmc_end(line)) start_listing(line);
    line = next_filled_line();
    if (line.empty()) return {};
  }
  closed_ = false;
  Block block{line + "\n", lines_.number()};
  last_block_ = block.line;
  while (block.text.size() < kMaxBlockBytes) {
    line = next_filled_line();
    // A closing line that is itself cut is no part of the event.
    const bool cut_end = !lines_.last_line_has_end() && starts_with("HepMC::", line);
    if (line.empty() || is_hepmc_end(line) || cut_end || line[0] == 'E') {
      pending_ = line;
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
  HepMcProblem problem = third ? check_hepmc3_event(block.text) : check_hepmc2_event(block.text);
  // A last line without its end may lack digits, too.
  if (problem.what.empty() && pending_.empty() && !lines_.last_line_has_end()) {
    problem.what = "event is cut short";
  }
  if (!problem.what.empty()) {
    broken_block_ = block.line;
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
  collision.process = process_of(event, generator_);
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
