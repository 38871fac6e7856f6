#include "events/solenoid.h"

#include <array>
#include <numbers>

#include "events/flight_kernels.h"

namespace trigstone {

namespace {

// Radius of curvature in cm of 1 GeV in 1 T: p = 0.299792458 B R (GeV, T, m).
constexpr float kCmPerGevTesla = 100.0F / 0.299792458F;

// Radius of curvature in cm; infinite for what flies straight.
double curvature_cm(const Particle& particle, const DetectorConfig::Solenoid& solenoid) {
  return double{kCmPerGevTesla} * particle.pt_gev /
         (solenoid.field_t * std::abs(int{particle.charge}));
}

}  // namespace

Flight flight_of(const Particle& particle, float sinh_eta,
                 const DetectorConfig::Solenoid& solenoid) {
  const auto radius_cm = static_cast<float>(solenoid.radius_cm);
  Flight flight;
  flight.sinh_eta = sinh_eta;
  flight.arc_cm = radius_cm;
  if (particle.charge == 0) return flight;
  const float curvature_cm = kCmPerGevTesla * particle.pt_gev /
                             (static_cast<float>(solenoid.field_t) * std::abs(particle.charge));
  // Half the turning angle at the barrel; a curling particle never gets there.
  const float half_sine = radius_cm / (2 * curvature_cm);
  const float half_angle = half_sine < 1 ? std::asin(half_sine) : 0.0F;
  flight.arc_cm = half_sine < 1 ? 2 * curvature_cm * half_angle : kEndlessCm;
  // A positive particle turns clockwise in a field along +z.
  flight.turn = particle.charge > 0 ? -half_angle : half_angle;
  flight.diameter_cm = particle.charge > 0 ? -2 * curvature_cm : 2 * curvature_cm;
  return flight;
}

CalorimeterEntry propagate(const Particle& particle, float sinh_eta, float vertex_z_cm,
                           const DetectorConfig::Solenoid& solenoid) {
  const Flight flight = flight_of(particle, sinh_eta, solenoid);
  using Lanes = std::array<float, kFlightPadding + 1>;  // the first is ours
  const Lanes sinh = {flight.sinh_eta}, arc = {flight.arc_cm}, turn = {flight.turn};
  const Lanes diameter = {flight.diameter_cm}, azimuth = {particle.phi};
  Lanes eta, phi;
  propagate_all({sinh.data(), arc.data(), turn.data(), diameter.data(), azimuth.data()}, 1,
                {.vertex_z_cm = vertex_z_cm}, Cylinder(solenoid), eta.data(), phi.data());
  return {eta[0], phi[0]};
}

Particle at_perigee(const Particle& particle, const DetectorConfig::Solenoid& solenoid) {
  const double radius_cm = curvature_cm(particle, solenoid);
  if (particle.path_cm == 0 || !std::isfinite(radius_cm)) return particle;
  // Normals point to the right of the flight, where the centre of a positive particle's circle
  // lies.
  const double side = particle.charge > 0 ? 1 : -1, phi = particle.phi;
  const double along_x = std::cos(phi), along_y = std::sin(phi);
  const double from_line = particle.dxy_cm + side * radius_cm;
  const double centre_x = particle.path_cm * along_x + from_line * along_y;
  const double centre_y = particle.path_cm * along_y - from_line * along_x;
  Particle seen = particle;
  const double perigee_phi = std::atan2(side * centre_x, -side * centre_y);
  const double turn = std::remainder(perigee_phi - phi, 2 * std::numbers::pi);
  const double arc_cm = side * radius_cm * turn;
  seen.phi = static_cast<float>(perigee_phi);
  seen.dxy_cm = static_cast<float>(side * (std::hypot(centre_x, centre_y) - radius_cm));
  seen.path_cm = static_cast<float>(arc_cm);
  seen.dz_cm = static_cast<float>(particle.dz_cm +
                                  (particle.path_cm - arc_cm) * std::sinh(double{particle.eta}));
  return seen;
}

}  // namespace trigstone
