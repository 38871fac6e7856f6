#include "events/solenoid.h"

#include <cmath>

namespace trigstone {

namespace {

// Radius of curvature in cm of 1 GeV in 1 T: p = 0.299792458 B R (GeV, T, m).
constexpr float kCmPerGevTesla = 100.0F / 0.299792458F;
// A particle along the beam leaves through the hole; far beyond any calorimeter.
constexpr float kEtaAlongBeam = 20.0F;

float eta_of(float z_cm, float radius_cm) {
  return radius_cm > 0 ? std::asinh(z_cm / radius_cm) : std::copysign(kEtaAlongBeam, z_cm);
}

}  // namespace

CalorimeterEntry propagate(const Particle& particle, float sinh_eta, float vertex_z_cm,
                           const DetectorConfig::Solenoid& solenoid) {
  const auto radius_cm = static_cast<float>(solenoid.radius_cm);
  const auto half_length_cm = static_cast<float>(solenoid.half_length_cm);
  const float end_z_cm = std::copysign(half_length_cm, sinh_eta);
  // Transverse path length to the end plane; infinite for a particle at eta = 0.
  const float to_end_cm = (end_z_cm - vertex_z_cm) / sinh_eta;
  if (particle.charge == 0) {
    const bool barrel = radius_cm < to_end_cm;
    const float path_cm = barrel ? radius_cm : to_end_cm;
    const float z_cm = barrel ? vertex_z_cm + path_cm * sinh_eta : end_z_cm;
    return {eta_of(z_cm, path_cm), particle.phi};
  }
  const float curvature_cm = kCmPerGevTesla * particle.pt_gev /
                             (static_cast<float>(solenoid.field_t) * std::abs(particle.charge));
  // Half the turning angle at the barrel; a curling particle never gets there.
  const float half_sine = radius_cm / (2 * curvature_cm);
  const bool reaches = half_sine < 1;
  const float half_angle_barrel = reaches ? std::asin(half_sine) : 0.0F;
  const bool barrel = reaches && 2 * curvature_cm * half_angle_barrel < to_end_cm;
  const float half_angle = barrel ? half_angle_barrel : to_end_cm / (2 * curvature_cm);
  // A positive particle turns clockwise in a field along +z.
  const float turn = particle.charge > 0 ? -half_angle : half_angle;
  if (barrel) {
    const float z_cm = vertex_z_cm + 2 * curvature_cm * half_angle * sinh_eta;
    return {eta_of(z_cm, radius_cm), particle.phi + turn};
  }
  if (!std::isfinite(half_angle)) return {std::copysign(kEtaAlongBeam, sinh_eta), particle.phi};
  // After more than half a turn the chord points backwards: the sine carries that sign.
  const float chord_cm = 2 * curvature_cm * std::sin(half_angle);
  const float flip = chord_cm < 0 ? 3.14159265F : 0.0F;
  return {eta_of(end_z_cm, std::fabs(chord_cm)), particle.phi + std::fmod(turn, 6.2831853F) + flip};
}

}  // namespace trigstone
