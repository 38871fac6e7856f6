// How well the stubs of a Level-1 track fit together, and tracks whose stubs no particle made.
//
// chi^2 is that of residuals with the stated resolution: per degree of freedom, stubs - 2 in the
// transverse view (curvature, phi) and in the longitudinal one (tan lambda, z0), and stubs for
// their bends. Fakes have residuals `fake_residual_scale` times as wide.
#pragma once

#include <vector>

#include "base/random.h"
#include "events/detector_config.h"
#include "events/event.h"

namespace trigstone {

// Draws the three chi^2 of a track with residuals `residual_scale` times the resolution.
void measure_chi2(Token& track, Random& random, double residual_scale = 1);

// Appends the fake tracks of a crossing whose real ones are `tracks`: Poisson, with a mean of
// fakes_per_track_pair for each ordered pair of them, at most one a real track. pT falls as 1/pT^2
// from the threshold on (flat in curvature); eta, phi and z0 are flat. Truth: is_fake, and
// is_pileup, as none comes from the hard collision.
void add_fake_tracks(const DetectorConfig& config, std::vector<Token>& tracks, Random& random);

}  // namespace trigstone
