// The calorimeter as towers with an electromagnetic and a hadronic layer.
//
// Particles deposit energy; `read_out` smears what each cell saw, takes away what tracks explain
// and returns the rest as tokens at their energy-weighted centre.
#pragma once

#include <vector>

#include "base/random.h"
#include "events/detector_config.h"
#include "events/event.h"
#include "events/solenoid.h"

namespace trigstone {

class Calorimeter {
 public:
  explicit Calorimeter(const DetectorConfig::Calorimeter& config);

  // Energy in GeV of one particle in the two layers. `track_energy_gev` is the measured energy of
  // the track that will be subtracted from the hadronic layer, 0 without a track.
  struct Deposit {
    float ecal_gev = 0, hcal_gev = 0, track_energy_gev = 0;
    bool is_pileup = false;
  };
  // Nothing happens outside the acceptance.
  void add(CalorimeterEntry entry, const Deposit& deposit);
  // Appends photon and hadron tokens, cell by cell, and empties all cells.
  void read_out(Random& random, std::vector<Token>& tokens);

  // Resolution in GeV of a cell at |eta| that saw `energy_gev`.
  double ecal_sigma_gev(double eta, double energy_gev) const;
  double hcal_sigma_gev(double eta, double energy_gev) const;
  int towers() const { return static_cast<int>(towers_.size()); }

 private:
  struct Layer {
    float energy_gev = 0, hard_gev = 0, track_gev = 0;
    float rest_gev = 0, rest_eta = 0, rest_phi = 0;  // not explained by tracks; moments in GeV
  };
  struct Tower {
    Layer ecal, hcal;
  };
  struct Centre {
    float eta, phi;
  };
  struct Excess {  // what a layer measures beyond its tracks
    double energy_gev = 0, sigma_gev = 0;
  };
  int tower_at(CalorimeterEntry entry) const;
  Centre centre(int tower) const;
  static void deposit(Layer& layer, float energy_gev, float track_gev, bool is_pileup,
                      float eta_offset, float phi_offset);
  Excess measure(const Layer& layer, double sigma_gev, double min_gev, Random& random) const;
  Token make_token(TokenKind kind, const Layer& layer, const Excess& excess, Centre middle,
                   double depth) const;

  DetectorConfig::Calorimeter config_;
  int central_rows_, forward_rows_;  // central_rows_ counts both sides, forward_rows_ one
  std::vector<Tower> towers_;
};

}  // namespace trigstone
