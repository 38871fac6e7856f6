#include "events/collisions.h"

#include <algorithm>
#include <cmath>

#include "base/files.h"
#include "base/json.h"
#include "events/hdf5_file.h"

namespace trigstone {

namespace {

constexpr int kCollisionsVersion = 1;
constexpr float kTrackPtMinGev = 2.0F;
// Absent in libraries whose particles all come from the beam line or millimetres beside it.
constexpr const char* kPathColumn = "particles/path_cm";

// Numbers (mostly 16-bit integers) times the column's `scale` attribute.
std::vector<float> read_scaled(const Hdf5Reader& file, const std::string& name) {
  const auto scale = static_cast<float>(file.dataset_numbers(name, "scale").front());
  std::vector<float> values = file.read<float>(name);
  for (float& value : values) value *= scale;
  return values;
}

// Offsets of `rows` ragged rows into columns of `elements` elements.
std::vector<size_t> read_offsets(const Hdf5Reader& file, const std::string& name, int64_t rows,
                                 int64_t elements) {
  const auto values = file.read<int64_t>(name);
  bool good = static_cast<int64_t>(values.size()) == rows + 1 && values.front() == 0 &&
              values.back() == elements;
  for (size_t i = 1; good && i < values.size(); ++i) good = values[i - 1] <= values[i];
  if (!good) {
    throw Error(file.where() + ":" + name, "offsets do not fit the columns",
                "the file is damaged; make it again");
  }
  return {values.begin(), values.end()};
}

void require_same_length(const Hdf5Reader& file, const std::string& name, size_t expected) {
  if (file.length(name) != static_cast<int64_t>(expected)) {
    throw Error(file.where() + ":" + name,
                fmt::format("{} rows beside a column of {}", file.length(name), expected),
                "the file is damaged; make it again");
  }
}

// The species table turned into half-filled particles that are copied for each row.
std::vector<Particle> read_species(const Hdf5Reader& file) {
  std::vector<Particle> species;
  for (const double code : file.dataset_numbers("particles/species", "pdg")) {
    Particle particle;
    particle.pdg = static_cast<int16_t>(code);
    particle.charge = static_cast<int8_t>(charge_times_three(particle.pdg) / 3);
    particle.particle_class = classify_particle(particle.pdg);
    species.push_back(particle);
  }
  return species;
}

std::vector<Particle> read_particles(const Hdf5Reader& file) {
  const std::vector<Particle> table = read_species(file);
  const auto species = file.read<uint8_t>("particles/species");
  for (const char* name : {"pt_gev", "eta", "phi", "dxy_cm", "dz_cm"}) {
    require_same_length(file, std::string("particles/") + name, species.size());
  }
  const auto pt_gev = file.read<float>("particles/pt_gev");
  const auto eta = read_scaled(file, "particles/eta"), phi = read_scaled(file, "particles/phi");
  const auto dxy_cm = read_scaled(file, "particles/dxy_cm");
  const auto dz_cm = read_scaled(file, "particles/dz_cm");
  std::vector<float> path_cm(species.size());
  if (file.has_dataset(kPathColumn)) {
    require_same_length(file, kPathColumn, species.size());
    path_cm = read_scaled(file, kPathColumn);
  }
  std::vector<Particle> particles(species.size());
  for (size_t i = 0; i < particles.size(); ++i) {
    if (species[i] >= table.size() || !(pt_gev[i] > 0) || !std::isfinite(pt_gev[i])) {
      throw Error(file.where() + ":particles", fmt::format("row {} is no particle", i),
                  "the file is damaged; make it again");
    }
    Particle& particle = particles[i] = table[species[i]];
    particle.pt_gev = pt_gev[i];
    particle.eta = eta[i];
    particle.phi = phi[i];
    particle.dxy_cm = dxy_cm[i];
    particle.dz_cm = dz_cm[i];
    particle.path_cm = path_cm[i];
  }
  return particles;
}

std::vector<std::vector<TruthObject>> read_objects(const Hdf5Reader& file, const std::string& group,
                                                   bool has_pdg, size_t rows) {
  const auto pt_gev = file.read<float>(group + "/pt_gev");
  const auto eta = read_scaled(file, group + "/eta"), phi = read_scaled(file, group + "/phi");
  const auto pdg = has_pdg ? file.read<int16_t>(group + "/pdg") : std::vector<int16_t>(eta.size());
  for (const char* name : {"/eta", "/phi"}) require_same_length(file, group + name, pt_gev.size());
  if (has_pdg) require_same_length(file, group + "/pdg", pt_gev.size());
  const auto offset = read_offsets(file, group + "/offset", static_cast<int64_t>(rows),
                                   static_cast<int64_t>(pt_gev.size()));
  std::vector<std::vector<TruthObject>> objects(rows);
  for (size_t row = 0; row < rows; ++row) {
    for (size_t i = offset[row]; i < offset[row + 1]; ++i) {
      objects[row].push_back({pdg[i], pt_gev[i], eta[i], phi[i]});
    }
  }
  return objects;
}

std::vector<Truth> read_truth(const Hdf5Reader& file, size_t rows) {
  const auto missing_x_gev = file.read<float>("collisions/missing_x_gev");
  const auto missing_y_gev = file.read<float>("collisions/missing_y_gev");
  const auto pt_hat_gev = file.read<float>("collisions/pt_hat_gev");
  for (const char* name : {"missing_x_gev", "missing_y_gev", "pt_hat_gev", "charged_central"}) {
    require_same_length(file, std::string("collisions/") + name, rows);
  }
  auto partons = read_objects(file, "partons", true, rows);
  auto jets = read_objects(file, "jets", false, rows);
  std::vector<Truth> truth;
  for (size_t i = 0; i < rows; ++i) {
    truth.push_back({missing_x_gev[i], missing_y_gev[i], pt_hat_gev[i], std::move(partons[i]),
                     std::move(jets[i])});
  }
  return truth;
}

}  // namespace

Collisions::Collisions(const std::filesystem::path& path) {
  const Hdf5Reader file(path);
  const std::string schema = file.has_attribute("schema") ? file.text("schema") : "";
  check_schema_text(schema, "trigstone.collisions", kCollisionsVersion, file.where());
  process_ = process_from_name(file.text("process"), file.where() + ":process");
  generator_ = file.text("generator");
  tune_ = file.text("tune");
  seed_ = file.integer("seed");
  cross_section_pb_ = file.number("cross_section_pb");
  pt_min_gev_ = file.number("pt_min_gev");
  weight_pb_ = file.read<float>("collisions/weight_pb");
  if (weight_pb_.empty()) {
    throw Error(file.where(), "holds no collisions", "make the file again");
  }
  truth_ = read_truth(file, weight_pb_.size());
  charged_central_ = file.read<int16_t>("collisions/charged_central");
  particles_ = read_particles(file);
  offset_ = read_offsets(file, "particles/offset", static_cast<int64_t>(weight_pb_.size()),
                         static_cast<int64_t>(particles_.size()));
  read_views(file);
  measure_activity();
  fingerprint_ = fmt::format("{} sha256:{}", path.filename().string(), sha256_hex(read_file(path)));
}

void Collisions::read_views(const Hdf5Reader& file) {
  if (!file.has_attribute("views")) return;
  const int64_t views = file.integer("views");
  if (views < 1 || static_cast<int64_t>(weight_pb_.size()) % views != 0) {
    throw Error(file.where() + ":views",
                fmt::format("{} rows are not {} views of each collision", weight_pb_.size(), views),
                "the file is damaged; make it again");
  }
  views_ = views;
}

void Collisions::measure_activity() {
  for (size_t row = 0; row + 1 < offset_.size(); ++row) {
    float activity = 0;
    for (const Particle& particle :
         std::span(particles_).subspan(offset_[row], offset_[row + 1] - offset_[row])) {
      if (particle.charge != 0 && particle.pt_gev > kTrackPtMinGev) {
        activity += particle.pt_gev * particle.pt_gev;
      }
    }
    activity_.push_back(activity);
  }
}

Collisions Collisions::of_particles(std::span<const std::vector<Particle>> collisions,
                                    double cross_section_pb, double pt_min_gev,
                                    const std::string& description) {
  ensure(!collisions.empty(), "a library holds at least one collision");
  Collisions library;
  library.process_ = Process::kMinimumBias;
  library.cross_section_pb_ = cross_section_pb;
  library.pt_min_gev_ = pt_min_gev;
  library.generator_ = library.fingerprint_ = description;
  library.tune_ = "none";
  library.offset_.push_back(0);
  for (const std::vector<Particle>& collision : collisions) {
    library.particles_.insert(library.particles_.end(), collision.begin(), collision.end());
    library.offset_.push_back(library.particles_.size());
    library.charged_central_.push_back(static_cast<int16_t>(
        std::count_if(collision.begin(), collision.end(), [](const Particle& particle) {
          return particle.charge != 0 && std::fabs(particle.eta) < 0.5F;
        })));
  }
  library.truth_.resize(collisions.size());
  library.weight_pb_.assign(
      collisions.size(),
      static_cast<float>(cross_section_pb / static_cast<double>(collisions.size())));
  library.measure_activity();
  return library;
}

}  // namespace trigstone
