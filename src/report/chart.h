// Curves with bands, and events in eta and phi, as SVG that takes its colours from the page's style.
#pragma once

#include <string>
#include <vector>

#include "report/sections.h"

namespace trigstone {

// Series are told apart by colour, dash and the legend below. Numbers must be finite; on a
// logarithmic axis those that are not positive are left out.
std::string draw_curves(const CurveAxis& x, const CurveAxis& y, const std::vector<Curve>& curves,
                        const std::string& title);

// A circle a particle: area as pT, hard ones in the colour of their kind above grey pile-up.
std::string draw_event(const std::vector<EventParticle>& particles, const std::string& title);

// At most about `count` round numbers in [low, high]; powers of ten on a logarithmic axis.
std::vector<double> axis_ticks(double low, double high, bool log, int count);

}  // namespace trigstone
