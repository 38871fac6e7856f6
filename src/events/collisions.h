// A library of generated collisions (schema trigstone.collisions/1, see data/README.md), held in
// memory as flat arrays: the raw material of crossings. A library may hold several views of each
// hard collision, showered again with other seeds and scales; the first is the nominal one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "events/event.h"
#include "events/particle.h"

namespace trigstone {

// One collision at particle level, before any vertex spread.
struct Collision {
  std::span<const Particle> particles;
  const Truth* truth = nullptr;
};

class Hdf5Reader;

class Collisions {
 public:
  // Throws Error when the file is unreadable, damaged or of another schema.
  explicit Collisions(const std::filesystem::path& path);
  // Minimum bias made here and now: without truth, of equal weights that sum to the cross section.
  static Collisions of_particles(std::span<const std::vector<Particle>> collisions,
                                 double cross_section_pb, double pt_min_gev,
                                 const std::string& description);

  int64_t size() const { return static_cast<int64_t>(weight_pb_.size()) / views_; }
  int64_t views() const { return views_; }  // 1 in most libraries
  Collision collision(int64_t i, int64_t view = 0) const {
    const auto row = row_of(i, view);
    return {std::span(particles_).subspan(offset_[row], offset_[row + 1] - offset_[row]),
            &truth_[row]};
  }
  float weight_pb(int64_t i) const { return weight_pb_[row_of(i, 0)]; }
  // Sum of pT^2 over charged particles above 2 GeV: the vertex finder's measure of importance.
  float track_activity_gev2(int64_t i) const { return activity_[row_of(i, 0)]; }
  // Charged particles with |eta| < 0.5, whatever their pT (before the file's threshold);
  // of every row: views lie behind each other.
  const std::vector<int16_t>& charged_central() const { return charged_central_; }

  Process process() const { return process_; }
  double cross_section_pb() const { return cross_section_pb_; }
  double pt_min_gev() const { return pt_min_gev_; }
  int64_t seed() const { return seed_; }
  const std::string& generator() const { return generator_; }
  const std::string& tune() const { return tune_; }
  // "minbias.h5 sha256:…": pins the exact file in what is made from it.
  const std::string& fingerprint() const { return fingerprint_; }

 private:
  Collisions() = default;
  void measure_activity();
  void read_views(const Hdf5Reader& file);
  size_t row_of(int64_t i, int64_t view) const { return static_cast<size_t>(i * views_ + view); }

  std::vector<Particle> particles_;
  std::vector<size_t> offset_;
  std::vector<Truth> truth_;
  std::vector<float> weight_pb_, activity_;
  std::vector<int16_t> charged_central_;
  Process process_ = Process::kImported;
  double cross_section_pb_ = 0, pt_min_gev_ = 0;
  int64_t seed_ = 0, views_ = 1;
  std::string generator_, tune_, fingerprint_;
};

}  // namespace trigstone
