#include "events/muon_system.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "events/bands.h"
#include "events/detector.h"
#include "events/solenoid.h"

namespace trigstone {

namespace {

constexpr double kLeastSlope = 1e-12;  // sinh(eta) of what never reaches an end

// 4, 8 or 12, for two, three and four stations. A muon that was found has two at least.
int8_t draw_quality(double station_efficiency, Random& random) {
  int stations = 0;
  for (int i = 0; i < kMuonStations; ++i) stations += random.chance(station_efficiency) ? 1 : 0;
  return static_cast<int8_t>(4 * (std::max(stations, kMuonStationsMin) - 1));
}

}  // namespace

std::optional<double> muon_station_eta(const DetectorConfig::Muons& config,
                                       const Particle& particle, double vertex_z_cm) {
  const double slope = std::sinh(double{particle.eta});
  const double made_z = vertex_z_cm + particle.dz_cm + particle.path_cm * slope;
  if (production_radius_cm(particle) >= config.radius_cm ||
      std::fabs(made_z) >= config.half_length_cm) {
    return {};
  }
  // Transverse ways from where it was made: to the barrel, and to the end it flies to.
  const double chord =
      std::sqrt(config.radius_cm * config.radius_cm - double{particle.dxy_cm} * particle.dxy_cm);
  const double to_barrel = chord - particle.path_cm;
  const double side = std::copysign(1.0, slope);
  const double to_end =
      (config.half_length_cm - side * made_z) / std::max(std::fabs(slope), kLeastSlope);
  if (to_barrel <= to_end) return std::asinh((made_z + to_barrel * slope) / config.radius_cm);
  const double radius_cm = std::hypot(particle.dxy_cm, particle.path_cm + to_end);
  return std::asinh(side * config.half_length_cm / radius_cm);
}

double muon_efficiency(const DetectorConfig::Muons& config, double pt_gev, double station_eta,
                       double d0_cm) {
  const auto* threshold = find_band(config.pt_min_gev, station_eta);
  const auto* efficiency = find_band(config.efficiency, station_eta);
  const auto* displaced = find_band(config.displaced_efficiency, d0_cm);
  if (std::fabs(station_eta) > config.eta_max || threshold == nullptr || efficiency == nullptr ||
      displaced == nullptr || pt_gev < (*threshold)[1]) {
    return 0;
  }
  return (*efficiency)[1] * (*displaced)[1];
}

double muon_curvature_resolution(const DetectorConfig::Muons& config, double pt_gev,
                                 double station_eta) {
  const auto* band = find_band(config.curvature_resolution, station_eta);
  if (band == nullptr) band = &config.curvature_resolution.back();
  return std::hypot((*band)[1], (*band)[2] * pt_gev);
}

double muon_resolution(const std::vector<std::array<double, 3>>& bands, double pt_gev,
                       double station_eta) {
  const auto* band = find_band(bands, station_eta);
  if (band == nullptr) band = &bands.back();
  return std::hypot((*band)[1], (*band)[2] / pt_gev);
}

std::optional<StandaloneMuon> measure_muon(const DetectorConfig& config, const Particle& particle,
                                           double vertex_z_cm, Random& random) {
  const DetectorConfig::Muons& muons = config.muons;
  const double pt_gev = particle.pt_gev;
  const auto station_eta = muon_station_eta(muons, particle, vertex_z_cm);
  if (!station_eta) return {};
  const Particle seen = at_perigee(particle, config.solenoid);
  const bool hadron = particle.particle_class != ParticleClass::kMuon;
  double probability = muon_efficiency(muons, pt_gev, *station_eta, seen.dxy_cm);
  if (hadron) probability *= muons.punch_through;
  if (!random.chance(probability)) return {};
  const auto smeared = [&](double value, double sigma) { return value + sigma * random.normal(); };
  const auto sigma = [&](const auto& bands) {
    return muon_resolution(bands, pt_gev, *station_eta);
  };
  const double curvature = smeared(particle.charge > 0 ? 1 : -1,
                                   muon_curvature_resolution(muons, pt_gev, *station_eta)) /
                           pt_gev;
  StandaloneMuon muon;
  muon.pt_gev = static_cast<float>(1 / std::max(std::fabs(curvature), 1 / kMuonPtMaxGev));
  muon.charge = static_cast<int8_t>(curvature > 0 ? 1 : -1);
  muon.phi = wrap_phi(static_cast<float>(smeared(seen.phi, sigma(muons.phi_resolution))));
  muon.eta = static_cast<float>(smeared(seen.eta, sigma(muons.eta_resolution)));
  muon.z0_cm = static_cast<float>(smeared(vertex_z_cm + seen.dz_cm, sigma(muons.z0_resolution_cm)));
  muon.d0_cm = static_cast<float>(smeared(seen.dxy_cm, sigma(muons.d0_resolution_cm)));
  muon.quality = draw_quality(muons.station_efficiency, random);
  muon.is_fake = hadron ? 1 : 0;
  return muon;
}

void sort_muons(std::vector<StandaloneMuon>& muons) {
  std::sort(muons.begin(), muons.end(), [](const StandaloneMuon& a, const StandaloneMuon& b) {
    return std::tie(b.pt_gev, a.eta, a.phi) < std::tie(a.pt_gev, b.eta, b.phi);
  });
}

}  // namespace trigstone
