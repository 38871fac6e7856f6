// Where a particle meets the calorimeter: straight lines and helices in a solenoid.
#pragma once

#include <cmath>

#include "events/detector_config.h"
#include "events/particle.h"

namespace trigstone {

// Direction seen from the centre of the detector.
struct CalorimeterEntry {
  float eta = 0, phi = 0;
};

// The cylinder of the solenoid.
struct Cylinder {
  float radius_cm = 0, half_length_cm = 0;

  explicit Cylinder(const DetectorConfig::Solenoid& solenoid)
      : radius_cm(static_cast<float>(solenoid.radius_cm)),
        half_length_cm(static_cast<float>(solenoid.half_length_cm)) {}
};

// What of a particle's way does not depend on where its collision lies, so that a library of
// collisions works it out once.
struct Flight {
  float sinh_eta = 0;
  float arc_cm = 0;       // transverse path to the barrel; infinite when it curls up before
  float turn = 0;         // change of phi at the barrel
  float diameter_cm = 0;  // of the helix, with the sign of `turn`; 0 when neutral
};
// `sinh_eta` is sinh(particle.eta).
Flight flight_of(const Particle& particle, float sinh_eta,
                 const DetectorConfig::Solenoid& solenoid);

// Follows a flight of azimuth `phi` from (0, 0, `vertex_z_cm`) to the cylinder. The displacement of
// the production point is neglected (a tower is 11 cm wide). The returned phi may leave [-pi, pi).
inline CalorimeterEntry propagate(const Flight& flight, float phi, float vertex_z_cm,
                                  const Cylinder& cylinder) {
  // A particle along the beam leaves through the hole; far beyond any calorimeter.
  constexpr float kEtaAlongBeam = 20.0F, kTurn = 6.2831853F, kHalfTurn = 3.14159265F;
  const float end_z_cm = std::copysign(cylinder.half_length_cm, flight.sinh_eta);
  // Transverse path length to the end plane; infinite for a particle at eta = 0.
  const float to_end_cm = (end_z_cm - vertex_z_cm) / flight.sinh_eta;
  if (flight.arc_cm < to_end_cm) {
    const float z_cm = vertex_z_cm + flight.arc_cm * flight.sinh_eta;
    return {std::asinh(z_cm / cylinder.radius_cm), phi + flight.turn};
  }
  float chord_cm = to_end_cm;
  if (flight.diameter_cm != 0) {
    const float half_angle = to_end_cm / std::fabs(flight.diameter_cm);
    if (!std::isfinite(half_angle)) return {std::copysign(kEtaAlongBeam, flight.sinh_eta), phi};
    // After more than half a turn the chord points backwards: the sine carries that sign.
    chord_cm = std::fabs(flight.diameter_cm) * std::sin(half_angle);
    const float turn = flight.diameter_cm < 0 ? -half_angle : half_angle;
    const float flip = chord_cm < 0 ? kHalfTurn : 0.0F;
    phi = phi + (half_angle < kTurn ? turn : std::fmod(turn, kTurn)) + flip;
    chord_cm = std::fabs(chord_cm);
  }
  return {chord_cm > 0 ? std::asinh(end_z_cm / chord_cm) : std::copysign(kEtaAlongBeam, end_z_cm),
          phi};
}

// The same for a particle by itself. `sinh_eta` is sinh(particle.eta).
CalorimeterEntry propagate(const Particle& particle, float sinh_eta, float vertex_z_cm,
                           const DetectorConfig::Solenoid& solenoid);

}  // namespace trigstone
