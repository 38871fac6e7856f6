#include "events/calorimeter.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "events/smearing.h"

namespace trigstone {

namespace {

constexpr double kTwoPi = 2 * std::numbers::pi;

// Whether the next log-normal value of this mean is sure to stay below `needed`; then its two
// uniform numbers are drawn, else none. Nothing is computed for most of the layers of a crossing:
// with u the first number, n the normal one and s the spread, the value is
// mean exp(s n - s^2/2) <= mean exp(n^2/2) <= mean / (1 - u), and below the mean when n < 0.
bool falls_short(double mean, double needed, Random& random) {
  const double safely = needed * (1 - 1e-9);
  if (mean >= safely) return false;
  Random ahead = random;
  const double u = ahead.uniform(), turn = ahead.uniform();
  const bool negative = turn > 0.2500001 && turn < 0.7499999;
  if (!negative && mean >= safely * (1 - u)) return false;
  random = ahead;
  return true;
}

std::vector<float> middles_of_phi(int cells) {
  std::vector<float> middles;
  for (int cell = 0; cell < cells; ++cell) {
    middles.push_back(static_cast<float>(kTwoPi * ((cell + 0.5) / cells - 0.5)));
  }
  return middles;
}

TowerGrid grid_of(const DetectorConfig::Calorimeter& config) {
  TowerGrid grid;
  grid.eta_step = static_cast<float>(config.eta_step);
  grid.forward_eta_step = static_cast<float>(config.forward_eta_step);
  grid.forward_eta = static_cast<float>(config.forward_eta);
  grid.eta_max = static_cast<float>(config.eta_max);
  grid.central_rows = 2 * static_cast<int>(std::ceil(config.forward_eta / config.eta_step - 1e-6));
  grid.forward_rows =
      static_cast<int>(std::ceil((config.eta_max - config.forward_eta) / config.forward_eta_step));
  grid.central_cells = config.phi_cells;
  grid.forward_cells = config.forward_phi_cells;
  return grid;
}

}  // namespace

Calorimeter::Terms Calorimeter::terms_at(const std::vector<std::array<double, 4>>& bands,
                                         double eta) {
  const double distance = std::fabs(eta);
  const auto found = std::find_if(bands.begin(), bands.end(),
                                  [&](const auto& band) { return distance <= band[0]; });
  const auto [edge, constant, stochastic, noise] = found == bands.end() ? bands.back() : *found;
  return {constant * constant, stochastic * stochastic, noise * noise};
}

Calorimeter::Calorimeter(const DetectorConfig::Calorimeter& config)
    : config_(config),
      grid_(grid_of(config)),
      central_phi_(middles_of_phi(config.phi_cells)),
      forward_phi_(middles_of_phi(config.forward_phi_cells)) {
  int towers = 0;
  const int side_rows = grid_.central_rows / 2;
  const auto add_row = [&](double eta, const std::vector<float>& cell_phi) {
    const auto middle = static_cast<float>(eta);
    const auto cells = static_cast<int>(cell_phi.size());
    rows_.push_back({middle, towers, cells, terms_at(config.ecal_resolution, middle),
                     terms_at(config.hcal_resolution, middle), cell_phi.data()});
    towers += cells;
  };
  for (int row = 0; row < grid_.central_rows; ++row) {
    add_row((row - side_rows + 0.5) * config.eta_step, central_phi_);
  }
  for (const double side : {1.0, -1.0}) {
    for (int row = 0; row < grid_.forward_rows; ++row) {
      add_row(side * (config.forward_eta + (row + 0.5) * config.forward_eta_step), forward_phi_);
    }
  }
  towers_.resize(static_cast<size_t>(towers) + 1);
}

double Calorimeter::ecal_sigma_gev(double eta, double energy_gev) const {
  return terms_at(config_.ecal_resolution, eta).sigma_gev(energy_gev);
}

double Calorimeter::hcal_sigma_gev(double eta, double energy_gev) const {
  return terms_at(config_.hcal_resolution, eta).sigma_gev(energy_gev);
}

void Calorimeter::enter(size_t count, const float* eta, const float* phi) {
  const size_t padded = count + kFlightPadding;
  if (entry_tower_.size() < padded) {
    entry_tower_.resize(padded);
    entry_eta_.resize(padded);
    entry_phi_.resize(padded);
  }
  find_towers(grid_, count, eta, phi, entry_tower_.data(), entry_eta_.data(), entry_phi_.data());
}

void Calorimeter::deposit(size_t entry, LayerKind kind, float energy_gev, float track_gev,
                          bool is_pileup) {
  Tower& tower = towers_[static_cast<size_t>(entry_tower_[entry])];
  Layer& layer = tower.layers[static_cast<size_t>(kind)];
  layer.energy_gev += energy_gev;
  layer.hard_gev += is_pileup ? 0.0F : energy_gev;
  if (track_gev > 0) {  // explained: it moves no rest
    layer.track_gev += track_gev;
    return;
  }
  layer.rest_gev += energy_gev;
  layer.rest_eta += energy_gev * entry_eta_[entry];
  layer.rest_phi += energy_gev * entry_phi_[entry];
}

void Calorimeter::add(size_t entry, const Deposit& parts) {
  if (parts.ecal_gev > 0) deposit(entry, LayerKind::kEcal, parts.ecal_gev, 0, parts.is_pileup);
  if (parts.hcal_gev > 0) {
    deposit(entry, LayerKind::kHcal, parts.hcal_gev, parts.track_energy_gev, parts.is_pileup);
  }
}

void Calorimeter::add_alone(size_t count, const LayerKind* kinds, const float* energies_gev,
                            bool is_pileup) {
  // Towers lie all over the memory: they are asked for this far ahead.
  constexpr size_t kAhead = 8;
  for (size_t i = 0; i < count; ++i) {
    const size_t soon = std::min(i + kAhead, count - 1);
    __builtin_prefetch(
        &towers_[static_cast<size_t>(entry_tower_[soon])].layers[static_cast<size_t>(kinds[soon])],
        1);
    deposit(i, kinds[i], energies_gev[i], 0, is_pileup);
  }
}

double Calorimeter::around_gev(float eta, float phi) {
  const bool forward = std::fabs(eta) > grid_.forward_eta;
  const float eta_step = forward ? grid_.forward_eta_step : grid_.eta_step;
  const auto phi_step =
      static_cast<float>(kTwoPi / (forward ? grid_.forward_cells : grid_.central_cells));
  constexpr size_t kAround = 9;
  std::array<float, kAround + kFlightPadding> etas{}, phis{};
  for (size_t i = 0; i < kAround; ++i) {
    etas[i] = eta + static_cast<float>(static_cast<int>(i / 3) - 1) * eta_step;
    phis[i] = wrapped_phi(phi + static_cast<float>(static_cast<int>(i % 3) - 1) * phi_step);
  }
  enter(kAround, etas.data(), phis.data());
  double sum_gev = 0;
  for (size_t i = 0; i < kAround; ++i) {
    const auto place = static_cast<size_t>(entry_tower_[i]);
    if (place + 1 == towers_.size()) continue;  // outside
    const auto& [ecal, hcal] = towers_[place].layers;
    sum_gev += (ecal.energy_gev + hcal.energy_gev) / std::cosh(double{etas[i]});
  }
  return sum_gev;
}

// Two thresholds, as in Delphes' SimpleCalorimeter: on what the cell measures, and on what is left
// after the tracks. `extra_relative` adds to the resolution of the cell.
Calorimeter::Excess Calorimeter::measure(const Layer& layer, const Terms& terms,
                                         double extra_relative, double min_gev,
                                         Random& random) const {
  if (layer.energy_gev <= 0) return {};
  const double energy_gev = layer.energy_gev;
  double sigma_gev = terms.sigma_gev(energy_gev);
  if (extra_relative > 0) sigma_gev = std::hypot(sigma_gev, extra_relative * energy_gev);
  const double least = std::max(min_gev, config_.significance_min * sigma_gev);
  if (sigma_gev > 0 && falls_short(energy_gev, least + layer.track_gev, random)) return {};
  const double measured = smear_log_normal(energy_gev, sigma_gev, random);
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

void Calorimeter::read_out_tower(const Row& row, int cell, Random& random,
                                 std::vector<Token>& tokens) {
  const int place = row.first + cell;
  Tower& tower = towers_[static_cast<size_t>(place)];
  auto& [ecal_layer, hcal_layer] = tower.layers;
  if (ecal_layer.energy_gev <= 0 && hcal_layer.energy_gev <= 0) return;
  const Centre middle = {row.eta, row.cell_phi[cell]};
  const Excess ecal =
      measure(ecal_layer, row.ecal, config_.photon_smearing, config_.ecal_min_gev, random);
  const Excess hcal = measure(hcal_layer, row.hcal, 0, config_.hcal_min_gev, random);
  const double sum_gev = ecal.energy_gev + hcal.energy_gev;
  const double depth = sum_gev > 0 ? hcal.energy_gev / sum_gev : 0;
  if (ecal.energy_gev > 0) {
    tokens.push_back(make_token(TokenKind::kPhoton, ecal_layer, ecal, middle, depth));
  }
  if (hcal.energy_gev > 0) {
    tokens.push_back(make_token(TokenKind::kHadron, hcal_layer, hcal, middle, depth));
  }
  tower = Tower();
}

void Calorimeter::read_out(Random& random, std::vector<Token>& tokens) {
  for (const Row& row : rows_) {
    for (int cell = 0; cell < row.cells; ++cell) read_out_tower(row, cell, random, tokens);
  }
  towers_.back() = Tower();
}

}  // namespace trigstone
