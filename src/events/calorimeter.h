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
#include "events/flight_kernels.h"

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
  // Where particles of these directions enter: `eta` and `phi` end with kFlightPadding numbers
  // more. Stays until the next call; add() and add_alone() name an entry by its number.
  void enter(size_t count, const float* eta, const float* phi);
  // Nothing happens outside the acceptance.
  void add(size_t entry, const Deposit& parts);
  // The same for entries [0, count) that leave all their energy in one layer and have no track:
  // nearly every particle.
  void add_alone(size_t count, const LayerKind* kinds, const float* energies_gev, bool is_pileup);
  // Transverse energy in GeV, before smearing, in the tower of an entry point and those around it.
  double around_gev(float eta, float phi);
  // Appends photon and hadron tokens, cell by cell, and empties all cells.
  void read_out(Random& random, std::vector<Token>& tokens);

  // Resolution in GeV of a cell at |eta| that saw `energy_gev`.
  double ecal_sigma_gev(double eta, double energy_gev) const;
  double hcal_sigma_gev(double eta, double energy_gev) const;
  int towers() const { return grid_.towers(); }

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
  void deposit(size_t entry, LayerKind kind, float energy_gev, float track_gev, bool is_pileup);
  Excess measure(const Layer& layer, const Terms& terms, double extra_relative, double min_gev,
                 Random& random) const;
  void read_out_tower(const Row& row, int cell, Random& random, std::vector<Token>& tokens);
  Token make_token(TokenKind kind, const Layer& layer, const Excess& excess, Centre middle,
                   double depth) const;

  DetectorConfig::Calorimeter config_;
  TowerGrid grid_;
  std::vector<float> central_phi_, forward_phi_;  // of the middles of cells
  std::vector<Row> rows_;                         // as TowerGrid has them
  std::vector<Tower> towers_;                     // row by row; the last one is all that is outside
  std::vector<int32_t> entry_tower_;
  std::vector<float> entry_eta_, entry_phi_;  // from the middle of the tower
};

}  // namespace trigstone
