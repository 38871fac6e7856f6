// Where the particles of a collision meet the calorimeter, many at a time.
//
// The same numbers come out on every machine: one algorithm, of additions and products alone (no
// fused ones), whatever the instruction set.
#pragma once

#include <cstddef>
#include <cstdint>

#include "events/solenoid.h"

namespace trigstone {

// Arrays that the kernels read or write end with this many numbers more than there are particles.
inline constexpr size_t kFlightPadding = 16;

// What flight_of() says of each particle, and its azimuth.
struct FlightColumns {
  const float* sinh_eta = nullptr;
  const float* arc_cm = nullptr;
  const float* turn = nullptr;
  const float* diameter_cm = nullptr;
  const float* phi = nullptr;

  FlightColumns from(size_t first) const {
    return {sinh_eta + first, arc_cm + first, turn + first, diameter_cm + first, phi + first};
  }
};

// Where a collision lies and how it is turned.
struct FlightStart {
  float vertex_z_cm = 0, rotation = 0;
  bool mirrored = false;
};

// Follows flights to the cylinder; `eta` and `phi` are the direction of the entry as seen from the
// centre. Errors below 1e-5. A phi may leave [-pi, pi). What never leaves the cylinder, and what
// flies along the beam, has |eta| > 15.
void propagate_all(const FlightColumns& flights, size_t count, const FlightStart& start,
                   const Cylinder& cylinder, float* eta, float* phi);

// The towers of a calorimeter: rows of equal cells in phi, numbered row by row. The central rows
// count from -eta to +eta, then come those of the forward +z, then of the forward -z side.
struct TowerGrid {
  float eta_step = 0, forward_eta_step = 0, forward_eta = 0, eta_max = 0;
  int32_t central_rows = 0, forward_rows = 0;  // of both sides; of one
  int32_t central_cells = 0, forward_cells = 0;

  int32_t towers() const { return central_rows * central_cells + 2 * forward_rows * forward_cells; }
};

// The tower of each direction and how far it lies from the tower's middle; towers() for what is
// outside.
void find_towers(const TowerGrid& grid, size_t count, const float* eta, const float* phi,
                 int32_t* tower, float* eta_offset, float* phi_offset);

}  // namespace trigstone
