#include "events/calorimeter.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "events/smearing.h"

namespace trigstone {

namespace {

constexpr double kTwoPi = 2 * std::numbers::pi;

double resolution_gev(const std::vector<std::array<double, 4>>& bands, double eta, double energy) {
  const double distance = std::fabs(eta);
  const auto* band = &bands.back();
  for (const auto& candidate : bands) {
    if (distance <= candidate[0]) {
      band = &candidate;
      break;
    }
  }
  const auto [edge, constant, stochastic, noise] = *band;
  return std::sqrt(constant * constant * energy * energy + stochastic * stochastic * energy +
                   noise * noise);
}

float wrapped_phi(double phi) {
  return static_cast<float>(phi - kTwoPi * std::floor(phi / kTwoPi + 0.5));
}

}  // namespace

Calorimeter::Calorimeter(const DetectorConfig::Calorimeter& config)
    : config_(config),
      central_rows_(2 * static_cast<int>(std::ceil(config.forward_eta / config.eta_step - 1e-6))),
      forward_rows_(static_cast<int>(
          std::ceil((config.eta_max - config.forward_eta) / config.forward_eta_step))),
      towers_(static_cast<size_t>(central_rows_ * config.phi_cells +
                                  2 * forward_rows_ * config.forward_phi_cells)) {}

double Calorimeter::ecal_sigma_gev(double eta, double energy_gev) const {
  return resolution_gev(config_.ecal_resolution, eta, energy_gev);
}

double Calorimeter::hcal_sigma_gev(double eta, double energy_gev) const {
  return resolution_gev(config_.hcal_resolution, eta, energy_gev);
}

// Rows of the central part first, then the forward rows of +z, then those of -z.
int Calorimeter::tower_at(CalorimeterEntry entry) const {
  const double distance = std::fabs(entry.eta);
  if (!(distance < config_.eta_max)) return -1;
  const double turns = entry.phi / kTwoPi + 0.5;
  const double fraction = turns - std::floor(turns);
  if (distance < config_.forward_eta) {
    const int row = static_cast<int>(std::floor(entry.eta / config_.eta_step)) + central_rows_ / 2;
    const int column =
        std::min(static_cast<int>(fraction * config_.phi_cells), config_.phi_cells - 1);
    return std::clamp(row, 0, central_rows_ - 1) * config_.phi_cells + column;
  }
  const int depth =
      std::min(static_cast<int>((distance - config_.forward_eta) / config_.forward_eta_step),
               forward_rows_ - 1);
  const int row = entry.eta > 0 ? depth : forward_rows_ + depth;
  const int column = std::min(static_cast<int>(fraction * config_.forward_phi_cells),
                              config_.forward_phi_cells - 1);
  return central_rows_ * config_.phi_cells + row * config_.forward_phi_cells + column;
}

Calorimeter::Centre Calorimeter::centre(int tower) const {
  const int central = central_rows_ * config_.phi_cells;
  const auto middle = [](int column, int columns) {
    return static_cast<float>(kTwoPi * ((column + 0.5) / columns - 0.5));
  };
  if (tower < central) {
    const int row = tower / config_.phi_cells - central_rows_ / 2;
    return {static_cast<float>((row + 0.5) * config_.eta_step),
            middle(tower % config_.phi_cells, config_.phi_cells)};
  }
  const int cell = tower - central, row = cell / config_.forward_phi_cells;
  const double eta = config_.forward_eta + (row % forward_rows_ + 0.5) * config_.forward_eta_step;
  return {static_cast<float>(row < forward_rows_ ? eta : -eta),
          middle(cell % config_.forward_phi_cells, config_.forward_phi_cells)};
}

void Calorimeter::deposit(Layer& layer, float energy_gev, float track_gev, bool is_pileup,
                          float eta_offset, float phi_offset) {
  layer.energy_gev += energy_gev;
  if (!is_pileup) layer.hard_gev += energy_gev;
  layer.track_gev += track_gev;
  if (track_gev > 0) return;
  layer.rest_gev += energy_gev;
  layer.rest_eta += energy_gev * eta_offset;
  layer.rest_phi += energy_gev * phi_offset;
}

void Calorimeter::add(CalorimeterEntry entry, const Deposit& deposit_gev) {
  const int index = tower_at(entry);
  if (index < 0) return;
  const Centre middle = centre(index);
  const float eta_offset = entry.eta - middle.eta;
  const float phi_offset = wrapped_phi(entry.phi - middle.phi);
  Tower& tower = towers_[static_cast<size_t>(index)];
  if (deposit_gev.ecal_gev > 0) {
    deposit(tower.ecal, deposit_gev.ecal_gev, 0, deposit_gev.is_pileup, eta_offset, phi_offset);
  }
  if (deposit_gev.hcal_gev > 0) {
    deposit(tower.hcal, deposit_gev.hcal_gev, deposit_gev.track_energy_gev, deposit_gev.is_pileup,
            eta_offset, phi_offset);
  }
}

// Two thresholds, as in Delphes' SimpleCalorimeter: on what the cell measures, and on what is left
// after the tracks.
Calorimeter::Excess Calorimeter::measure(const Layer& layer, double sigma_gev, double min_gev,
                                         Random& random) const {
  if (layer.energy_gev <= 0) return {};
  const double measured = smear_log_normal(layer.energy_gev, sigma_gev, random);
  const double least = std::max(min_gev, config_.significance_min * sigma_gev);
  const double rest = measured - layer.track_gev;
  if (measured < least || rest < least) return {};
  return {rest, sigma_gev};
}

Token Calorimeter::make_token(TokenKind kind, const Layer& layer, const Excess& excess,
                              Centre middle, double depth) const {
  Token token;
  token.kind = static_cast<int8_t>(kind);
  token.eta = middle.eta;
  token.phi = middle.phi;
  if (layer.rest_gev > 0) {
    token.eta += layer.rest_eta / layer.rest_gev;
    token.phi = wrapped_phi(token.phi + layer.rest_phi / layer.rest_gev);
  }
  token.pt_gev = static_cast<float>(excess.energy_gev / std::cosh(token.eta));
  token.depth = static_cast<float>(depth);
  token.quality = static_cast<int8_t>(
      std::clamp(std::log2(1 + excess.energy_gev / excess.sigma_gev), 0.0, 7.0));
  token.is_pileup = layer.hard_gev < 0.5F * layer.energy_gev ? 1 : 0;
  return token;
}

void Calorimeter::read_out(Random& random, std::vector<Token>& tokens) {
  for (int index = 0; index < towers(); ++index) {
    Tower& tower = towers_[static_cast<size_t>(index)];
    if (tower.ecal.energy_gev <= 0 && tower.hcal.energy_gev <= 0) continue;
    const Centre middle = centre(index);
    const double ecal_cell = ecal_sigma_gev(middle.eta, tower.ecal.energy_gev);
    const double ecal_sigma =
        std::hypot(ecal_cell, config_.photon_smearing * tower.ecal.energy_gev);
    const Excess ecal = measure(tower.ecal, ecal_sigma, config_.ecal_min_gev, random);
    const Excess hcal = measure(tower.hcal, hcal_sigma_gev(middle.eta, tower.hcal.energy_gev),
                                config_.hcal_min_gev, random);
    const double sum_gev = ecal.energy_gev + hcal.energy_gev;
    const double depth = sum_gev > 0 ? hcal.energy_gev / sum_gev : 0;
    if (ecal.energy_gev > 0) {
      tokens.push_back(make_token(TokenKind::kPhoton, tower.ecal, ecal, middle, depth));
    }
    if (hcal.energy_gev > 0) {
      tokens.push_back(make_token(TokenKind::kHadron, tower.hcal, hcal, middle, depth));
    }
    tower = Tower();
  }
}

}  // namespace trigstone
