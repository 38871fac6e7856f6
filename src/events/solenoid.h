// Straight lines and helices in a solenoid: where a particle meets the calorimeter, and how it
// looks from the beam line.
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

// Longer than any way to the end planes.
inline constexpr float kEndlessCm = 1e30F;

// What of a particle's way does not depend on where its collision lies, so that a library of
// collisions works it out once.
struct Flight {
  float sinh_eta = 0;
  float arc_cm = 0;       // transverse path to the barrel; kEndlessCm when it curls up before
  float turn = 0;         // change of phi at the barrel
  float diameter_cm = 0;  // of the helix, with the sign of `turn`; 0 when neutral
};
// `sinh_eta` is sinh(particle.eta).
Flight flight_of(const Particle& particle, float sinh_eta,
                 const DetectorConfig::Solenoid& solenoid);

// Follows one particle from (0, 0, `vertex_z_cm`) to the cylinder. The displacement of the
// production point is neglected (a tower is 11 cm wide). The returned phi may leave [-pi, pi).
// `sinh_eta` is sinh(particle.eta). Many at a time: flight_kernels.h, which this calls.
CalorimeterEntry propagate(const Particle& particle, float sinh_eta, float vertex_z_cm,
                           const DetectorConfig::Solenoid& solenoid);

// A particle made away from the beam line as whoever follows its helix back sees it: direction and
// impact parameters at the point closest to the line, `path_cm` the arc from there. One with
// `path_cm` 0 comes back as it is, bit for bit. The field is taken to reach to where it was made.
Particle at_perigee(const Particle& particle, const DetectorConfig::Solenoid& solenoid);

}  // namespace trigstone
