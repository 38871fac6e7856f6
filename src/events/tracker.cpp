#include "events/tracker.h"

#include <bit>
#include <cmath>

#include "events/bands.h"
#include "events/smearing.h"
#include "events/track_word.h"

namespace trigstone {

namespace {

// Hadrons this far below the threshold cannot pass it: ten standard deviations of the worst
// resolution in the table.
constexpr double kFarBelow = 0.7;

// The layers that were hit, one bit each. A track has at least kStubsMin of them: the efficiency
// is that of tracks, so what is missing is filled up from inside.
unsigned hit_layers(double efficiency, Random& random) {
  unsigned pattern = 0;
  for (int layer = 0; layer < kStubLayers; ++layer) {
    if (random.chance(efficiency)) pattern |= 1U << layer;
  }
  while (std::popcount(pattern) < kStubsMin) pattern |= pattern + 1;
  return pattern;
}

// The value in the middle of the step that holds `value`, as firmware would read the field back.
float digitised(double value, double step, int bits) {
  return static_cast<float>((floor_steps(value, step, bits) + 0.5) * step);
}

}  // namespace

void set_track_position(Token& token, double tan_lambda, double z0_cm, double dxy_cm) {
  token.eta = std::asinh(digitised(tan_lambda, kTrackTanLambdaStep, 16));
  token.z0_cm = digitised(z0_cm, kTrackZ0StepCm, 12);
  token.dxy_cm = digitised(dxy_cm, kTrackD0StepCm, 13);
}

double track_pt_resolution(const DetectorConfig::Tracker& config, double pt_gev, double eta) {
  const auto* band = find_band(config.pt_resolution, eta);
  if (band == nullptr) band = &config.pt_resolution.back();
  const auto [edge, at_1_gev, at_10_gev, at_100_gev] = *band;
  if (pt_gev < 1) return at_1_gev;
  if (pt_gev < 10) return at_1_gev + (at_10_gev - at_1_gev) * (pt_gev - 1) / 9;
  if (pt_gev < 100) return at_10_gev + (at_100_gev - at_10_gev) * (pt_gev - 10) / 90;
  return at_100_gev * pt_gev / 100;
}

double track_z0_resolution_cm(const DetectorConfig::Tracker& config, double pt_gev, double eta) {
  // ZVertexResolution of the card: micrometres, falls with log pT up to 10 GeV.
  const double by_pt = pt_gev < 10 ? 1 - 0.8 * std::log10(pt_gev) : 0.2;
  const double offline_um = by_pt * std::pow(10.0, 0.5 * std::fabs(eta) + 1.5);
  return config.z0_resolution_scale * offline_um * 1e-4;
}

double track_efficiency(const DetectorConfig::Tracker& config, ParticleClass particle_class,
                        double pt_gev, double eta) {
  if (particle_class == ParticleClass::kElectron) {
    const auto* band = find_band(config.electron_efficiency, eta);
    if (band == nullptr) return 0;
    return pt_gev > 10 ? (*band)[3] : (*band)[1] + (*band)[2] * pt_gev;
  }
  const bool muon = particle_class == ParticleClass::kMuon;
  const auto* band = find_band(muon ? config.muon_efficiency : config.hadron_efficiency, eta);
  return band == nullptr ? 0 : (*band)[1];
}

bool may_be_track(const DetectorConfig::Tracker& config, const Particle& particle) {
  return particle.pt_gev >= kFarBelow * config.pt_min_gev &&
         std::fabs(particle.eta) <= config.eta_max;
}

std::optional<Token> measure_track(const DetectorConfig::Tracker& config, const Particle& particle,
                                   double vertex_z_cm, Random& random) {
  const double pt_gev = particle.pt_gev, eta = particle.eta;
  if (!may_be_track(config, particle)) return {};
  const bool electron = particle.particle_class == ParticleClass::kElectron;
  const bool found = random.chance(track_efficiency(config, particle.particle_class, pt_gev, eta));
  const auto* band = find_band(config.electron_energy_resolution, eta);
  const double relative_sigma =
      electron && band != nullptr ? (*band)[1] : track_pt_resolution(config, pt_gev, eta);
  Token token;
  token.pt_gev = static_cast<float>(smear_log_normal(pt_gev, relative_sigma * pt_gev, random));
  token.phi = particle.phi;
  const double z0_sigma_cm = track_z0_resolution_cm(config, pt_gev, eta);
  const double z0_cm = vertex_z_cm + particle.dz_cm + z0_sigma_cm * random.normal();
  const double dxy_cm = particle.dxy_cm + config.dxy_resolution_cm * random.normal();
  set_track_position(token, std::sinh(eta), z0_cm, dxy_cm);
  const unsigned hits = hit_layers(config.stub_efficiency, random);
  token.hit_pattern = static_cast<int8_t>(hits);
  token.quality = static_cast<int8_t>(std::popcount(hits));
  token.kind =
      static_cast<int8_t>(electron                                          ? TokenKind::kElectron
                          : particle.particle_class == ParticleClass::kMuon ? TokenKind::kMuon
                                                                            : TokenKind::kTrack);
  token.charge = static_cast<int8_t>(particle.charge > 0 ? 1 : -1);
  const bool displaced = std::fabs(particle.dxy_cm) > config.dxy_max_cm;
  if (!found || displaced || token.pt_gev < config.pt_min_gev) return {};
  return token;
}

}  // namespace trigstone
