// Where a particle meets the calorimeter: straight lines and helices in a solenoid.
#pragma once

#include "events/detector_config.h"
#include "events/particle.h"

namespace trigstone {

// Direction seen from the centre of the detector.
struct CalorimeterEntry {
  float eta = 0, phi = 0;
};

// Follows `particle` from (0, 0, `vertex_z_cm`) to the cylinder of the solenoid. `sinh_eta` is
// sinh(particle.eta). The displacement of the production point is neglected (a tower is 11 cm
// wide). The returned phi may leave [-pi, pi).
CalorimeterEntry propagate(const Particle& particle, float sinh_eta, float vertex_z_cm,
                           const DetectorConfig::Solenoid& solenoid);

}  // namespace trigstone
