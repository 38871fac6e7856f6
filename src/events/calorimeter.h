// The calorimeter as towers with an electromagnetic and a hadronic layer.
//
// Particles deposit energy; `read_out` smears what each cell saw, takes away what tracks explain
// and returns the rest as tokens at their energy-weighted centre.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <vector>

#include "base/random.h"
#include "events/detector_config.h"
#include "events/event.h"
#include "events/solenoid.h"

namespace trigstone {

class Calorimeter {
 public:
  enum class LayerKind : uint8_t { kEcal, kHcal };

  explicit Calorimeter(const DetectorConfig::Calorimeter& config);
  Calorimeter(const Calorimeter&) = delete;  // rows point to the angles of cells
  Calorimeter& operator=(const Calorimeter&) = delete;
  ~Calorimeter() = default;

  // Energy in GeV of one particle in the two layers. `track_energy_gev` is the measured energy of
  // the track that will be subtracted from the hadronic layer, 0 without a track.
  struct Deposit {
    float ecal_gev = 0, hcal_gev = 0, track_energy_gev = 0;
    bool is_pileup = false;
  };
  // Nothing happens outside the acceptance. What is added waits in a short list until settle():
  // towers lie all over the memory, and fetching them goes on beside the work for other particles.
  void add(CalorimeterEntry entry, const Deposit& parts);
  // The same for what leaves all its energy in one layer and has no track: nearly every particle.
  void add_alone(CalorimeterEntry entry, LayerKind kind, float energy_gev, bool is_pileup) {
    const Place place = place_of(entry);
    if (place.row >= 0) wait(place, kind, entry, energy_gev, 0, is_pileup);
  }
  // Adds up what waits, in its order.
  void settle();
  // Appends photon and hadron tokens, cell by cell, and empties all cells.
  void read_out(Random& random, std::vector<Token>& tokens);

  // Resolution in GeV of a cell at |eta| that saw `energy_gev`.
  double ecal_sigma_gev(double eta, double energy_gev) const;
  double hcal_sigma_gev(double eta, double energy_gev) const;
  int towers() const { return static_cast<int>(towers_.size()); }

 private:
  struct alignas(32) Layer {  // in one line of the cache
    float energy_gev = 0, hard_gev = 0, track_gev = 0;
    float rest_gev = 0, rest_eta = 0, rest_phi = 0;  // not explained by tracks; moments in GeV
  };
  struct Tower {
    std::array<Layer, 2> layers;  // by LayerKind
  };
  struct Centre {
    float eta, phi;
  };
  struct Excess {  // what a layer measures beyond its tracks
    double energy_gev = 0, sigma_gev = 0;
  };
  // Squares of the terms of a resolution: sigma^2 = constant2 E^2 + stochastic2 E + noise2.
  struct Terms {
    double constant2 = 0, stochastic2 = 0, noise2 = 0;

    double sigma_gev(double energy_gev) const {
      return std::sqrt(constant2 * energy_gev * energy_gev + stochastic2 * energy_gev + noise2);
    }
  };
  // What all towers at one eta share.
  struct Row {
    float eta = 0;
    int first = 0, cells = 0;  // towers of the row
    Terms ecal, hcal;
    const float* cell_phi = nullptr;
  };
  static Terms terms_at(const std::vector<std::array<double, 4>>& bands, double eta);
  struct Place {
    int row = -1, cell = 0;  // row -1: outside
  };
  // std::floor of a value that fits 32 bits, without a call of the library.
  static int floor_of(double value) {
    const int whole = static_cast<int>(value);
    return whole - (value < whole ? 1 : 0);
  }
  // An angle of (-3 pi, 3 pi) brought into [-pi, pi).
  static float wrapped_phi(float phi) {
    constexpr double kTwoPi = 2 * std::numbers::pi;
    if (std::fabs(phi) < 3.0F) return phi;
    return static_cast<float>(phi - kTwoPi * floor_of(phi / kTwoPi + 0.5));
  }
  Place place_of(CalorimeterEntry entry) const {
    constexpr double kTwoPi = 2 * std::numbers::pi;
    const double distance = std::fabs(entry.eta);
    if (!(distance < config_.eta_max)) return {};
    const double turns = entry.phi * (1 / kTwoPi) + 0.5;
    const double fraction = turns - floor_of(turns);
    Place place;
    if (distance < config_.forward_eta) {
      place.row =
          std::clamp(floor_of(entry.eta * rows_per_eta_) + central_rows_ / 2, 0, central_rows_ - 1);
      place.cell = std::min(static_cast<int>(fraction * config_.phi_cells), config_.phi_cells - 1);
      return place;
    }
    const int depth =
        std::min(static_cast<int>((distance - config_.forward_eta) / config_.forward_eta_step),
                 forward_rows_ - 1);
    place.row = central_rows_ + (entry.eta > 0 ? depth : forward_rows_ + depth);
    place.cell = std::min(static_cast<int>(fraction * config_.forward_phi_cells),
                          config_.forward_phi_cells - 1);
    return place;
  }
  struct Waiting {
    Layer* layer = nullptr;
    float energy_gev = 0, track_gev = 0, eta_offset = 0, phi_offset = 0;
    bool is_pileup = false;
  };
  void wait(Place place, LayerKind kind, CalorimeterEntry entry, float energy_gev, float track_gev,
            bool is_pileup) {
    const Row& row = rows_[static_cast<size_t>(place.row)];
    const int tower_number = row.first + place.cell;
    Tower& tower = towers_[static_cast<size_t>(tower_number)];
    Layer* layer = &tower.layers[static_cast<size_t>(kind)];
    __builtin_prefetch(layer, 1);
    waiting_.push_back({layer, energy_gev, track_gev, entry.eta - row.eta,
                        wrapped_phi(entry.phi - row.cell_phi[place.cell]), is_pileup});
  }
  Excess measure(const Layer& layer, const Terms& terms, double extra_relative, double min_gev,
                 Random& random) const;
  void read_out_tower(const Row& row, int cell, Random& random, std::vector<Token>& tokens);
  Token make_token(TokenKind kind, const Layer& layer, const Excess& excess, Centre middle,
                   double depth) const;

  DetectorConfig::Calorimeter config_;
  double rows_per_eta_;              // of the central part
  int central_rows_, forward_rows_;  // central_rows_ counts both sides, forward_rows_ one
  std::vector<float> central_phi_, forward_phi_;  // of the middles of cells
  std::vector<Row> rows_;                         // the central ones, forward +z, forward -z
  std::vector<Tower> towers_;                     // row by row
  std::vector<Waiting> waiting_;
};

}  // namespace trigstone
