// Level-1 tracks: acceptance, efficiency and resolution of charged particles.
#pragma once

#include <optional>

#include "base/random.h"
#include "events/detector_config.h"
#include "events/event.h"
#include "events/particle.h"

namespace trigstone {

// Relative pT resolution of a hadron or muon track.
double track_pt_resolution(const DetectorConfig::Tracker& config, double pt_gev, double eta);

// Longitudinal impact resolution in cm: the offline formula times `z0_resolution_scale`.
double track_z0_resolution_cm(const DetectorConfig::Tracker& config, double pt_gev, double eta);

inline constexpr int kStubLayers = 6, kStubsMin = 4;  // of the outer tracker; of a track

// Direction and impact point in the middles of the steps of the 96-bit track word.
void set_track_position(Token& token, double tan_lambda, double z0_cm, double dxy_cm);

// Probability that a charged particle becomes a track.
double track_efficiency(const DetectorConfig::Tracker& config, ParticleClass particle_class,
                        double pt_gev, double eta);

// False for what measure_track never makes a track of: outside |eta|, or too far below the momentum
// threshold to be measured above it.
bool may_be_track(const DetectorConfig::Tracker& config, const Particle& particle);

// The token of a charged particle, as seen from the beam line (at_perigee), from a collision at
// `vertex_z_cm`; nothing when it is outside the acceptance, lost or too far from the line. Impact
// parameters are rounded to the steps of the 96-bit track word; chi^2 is left to track_quality.h.
// Always draws the same number of random values for a particle in the acceptance.
std::optional<Token> measure_track(const DetectorConfig::Tracker& config, const Particle& particle,
                                   double vertex_z_cm, Random& random);

}  // namespace trigstone
